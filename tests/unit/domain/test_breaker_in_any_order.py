"""The breaker under outcomes that come in any order, late, and twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.breaker import MAX_SUSPECTS, RULES, Breaker
from shared.domain.step import GRACE, LEASE_S
from tests.fakes import START

Change = Callable[[Breaker, datetime], Breaker]

KEYS = ("a.1", "b.1", "c.1")
CODES = (*RULES, "throttled", "storage_failed")
LAPSE = timedelta(seconds=LEASE_S) + GRACE


def probing(key: str) -> Change:
    return lambda breaker, now: breaker.probing(now, key)


def failed(code: str, key: str) -> Change:
    return lambda breaker, now: breaker.failed(now, code, key)


def worked(breaker: Breaker, now: datetime) -> Breaker:
    return breaker.worked(now)


def refused(request: str, caller: str) -> Change:
    return lambda breaker, now: breaker.refused_by_filter(now, request, caller)


def pausing(breaker: Breaker, now: datetime) -> Breaker:
    return breaker.pausing(now, "ops")


def resuming(release: bool) -> Change:
    return lambda breaker, now: breaker.resuming(now, "ops", release)


keys = st.sampled_from(KEYS)
changes = st.one_of(
    st.builds(failed, st.sampled_from(CODES), keys),
    st.builds(failed, st.sampled_from(CODES), st.uuids().map(str)),
    st.builds(probing, keys),
    st.builds(refused, st.uuids().map(str), st.sampled_from(("flow", "other"))),
    st.builds(resuming, st.booleans()),
    st.sampled_from((worked, pausing)),
)
pauses_s = st.one_of(st.integers(0, 120), st.integers(0, 200_000))
histories = st.lists(st.tuples(pauses_s, changes), max_size=40)
searched = settings(max_examples=200, database=None)


def after(history: list[tuple[int, Change]]) -> tuple[Breaker, datetime]:
    breaker, now = Breaker(), START
    for pause_s, change in history:
        now += timedelta(seconds=pause_s)
        breaker = change(breaker, now)
    return breaker, now


def assert_legal(breaker: Breaker) -> None:
    opened = (breaker.reason, breaker.since, breaker.until)
    if breaker.state == "open":
        assert None not in opened
        assert breaker.openings >= 1
        assert breaker.failures == ()
    else:
        assert (*opened, breaker.probe) == (None, None, None, None)
        assert breaker.openings == 0
        assert len(breaker.failures) < 5
    assert len({suspect.request for suspect in breaker.suspects}) == len(breaker.suspects)
    assert len(breaker.suspects) <= MAX_SUSPECTS
    assert Breaker.model_validate_json(breaker.model_dump_json(by_alias=True)) == breaker


@searched
@given(histories)
def test_every_history_leaves_a_legal_value(history: list[tuple[int, Change]]) -> None:
    """Open and closed each have all of their fields and none of the other's; it can be stored."""
    assert_legal(after(history)[0])


@searched
@given(histories)
def test_open_time_is_bounded(history: list[tuple[int, Change]]) -> None:
    """A day after the last event at the latest, somebody may probe."""
    breaker, now = after(history)
    resumed = breaker.resuming(now, "ops", release=False) if breaker.paused else breaker

    assert resumed.standing(now + timedelta(hours=24) + LAPSE, "z.1").may_call


@searched
@given(histories)
def test_a_success_always_closes(history: list[tuple[int, Change]]) -> None:
    """Whatever went before."""
    breaker, now = after(history)

    assert breaker.worked(now).state == "closed"


@searched
@given(histories, pauses_s, changes)
def test_twice_is_once(history: list[tuple[int, Change]], pause_s: int, change: Change) -> None:
    """Whatever is told a second time in the same moment changes nothing more."""
    breaker, now = after([*history, (pause_s, change)])

    assert change(breaker, now) == breaker


@searched
@given(st.lists(st.tuples(pauses_s, keys, st.sampled_from((None, None, *CODES))), max_size=40))
def test_never_two_probes(history: list[tuple[int, str, str | None]]) -> None:
    """While the breaker is open, at most one call is under way that began as a probe."""
    breaker, now = Breaker().failed(START, "upstream_unauthorized", "first"), START
    under_way: dict[str, datetime] = {}
    for pause_s, key, code in history:
        now += timedelta(seconds=pause_s)
        under_way = {one: at for one, at in under_way.items() if now < at + LAPSE}
        if code is None and breaker.standing(now, key).may_call:
            breaker = breaker.probing(now, key)
            under_way.setdefault(key, now)
        elif code is not None and key in under_way:
            breaker = breaker.failed(now, code, key)
            del under_way[key]

        assert len(under_way) <= 1
