"""The watch over deployments: every ten minutes, what nobody else came by to say."""

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.chain.sweep import sweep
from shared.domain.deployments import Deployment
from shared.domain.facts import NotSent
from shared.domain.names import STATE, breaker_of
from shared.domain.notices import DeploymentRetiring, deployment_stream
from tests.fakes import START, VirtualClock
from tests.unit.web.world import World, terms

LAST_DAY = date(2026, 12, 16)


def deployment(name: str, model: str) -> Deployment:
    return Deployment(name, "https://res.example", "image", model, "v1", None, 60.0)


def world(now: datetime, *models: str) -> World:
    found = tuple(deployment(f"d{k}", model) for k, model in enumerate(models))
    return World(terms=terms(deployments=found), clock=VirtualClock(now))


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def notices(w: World, name: str = "d0") -> list[object]:
    return [fact.data for fact in w.s.streams.load(deployment_stream(name)).facts]


def test_retirement_is_told_once() -> None:
    """Sixty days before the model's last day, once, however often the sweep comes by."""
    w = world(noon(LAST_DAY - timedelta(days=61)), "gpt-image-1.5")
    sweep(w.s)
    early = notices(w)
    w.clock.advance(86_400)
    for _ in range(3):
        sweep(w.s)
        w.clock.advance(600)

    assert early == []
    assert notices(w) == [DeploymentRetiring(model="gpt-image-1.5", retires_on="2026-12-16")]


@pytest.mark.parametrize("model", ["gpt-image-2.5-flare", "gpt-image-1", "gpt-image-2"])
def test_no_date_near(model: str) -> None:
    """Nothing is said without a date, long before it, or after it."""
    w = world(START, model)

    sweep(w.s)

    assert notices(w) == []


def test_after_the_last_day() -> None:
    """Nobody is warned of what has happened."""
    w = world(noon(LAST_DAY + timedelta(days=1)), "gpt-image-1.5")

    sweep(w.s)

    assert notices(w) == []


def test_a_lost_notice_is_made_up_for() -> None:
    """Every ten minutes, not every minute."""
    w = world(START + timedelta(minutes=1), "gpt-image-2")
    outcome = NotSent(attempt=1, code="upstream_unauthorized", not_before=START)
    w.s.breakers.report("d0", "a.1", "a", "flow", outcome)
    del w.store.blobs["requests", deployment_stream("d0")]

    sweep(w.s)
    soon = notices(w)
    w.clock.advance(9 * 60)
    sweep(w.s)

    assert (len(soon), len(notices(w))) == (0, 1)


def test_one_that_cannot_be_read_does_not_stop_the_others() -> None:
    """The next deployment is looked after all the same."""
    w = world(noon(LAST_DAY), "gpt-image-2", "gpt-image-1.5")
    w.s.blobs.put(STATE, breaker_of("d0"), b"{}x")

    sweep(w.s)

    assert [len(notices(w, name)) for name in ("d0", "d1")] == [0, 1]
