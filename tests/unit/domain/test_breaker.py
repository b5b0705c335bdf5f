"""The breaker: what opens it, for how long, who may probe, and who is held."""

from datetime import timedelta

import pytest

from shared.domain.breaker import MAX_SUSPECTS, RESOURCE_BLOCKED, RULES, Breaker, Standing
from shared.domain.step import GRACE, LEASE_S
from shared.domain.upstream import NOT_SENT, UNKNOWN
from tests.fakes import START

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LAPSE = timedelta(seconds=LEASE_S) + GRACE
BLOCKED = Breaker().failed(START, RESOURCE_BLOCKED, "a.1")
SUSPECTED = Breaker().refused_by_filter(START, "r1", "flow")


def probed(breaker: Breaker, code: str, key: str) -> Breaker:
    """The breaker after its probe came back with this."""
    assert breaker.until
    return breaker.probing(breaker.until, key).failed(breaker.until, code, key)


def lengths(code: str, openings: int) -> list[timedelta]:
    """How long it is open each time, when every probe fails."""
    breaker = Breaker()
    for k in range(5):
        breaker = breaker.failed(START, code, f"{k}.1")
    found, opened_at = [], START
    for k in range(openings):
        assert breaker.until
        found.append(breaker.until - opened_at)
        opened_at = breaker.until
        breaker = probed(breaker, code, f"probe.{k}")
    return found


def test_codes_are_those_of_the_model_client() -> None:
    """Each rule is for a way in which a call can end without images."""
    assert set(RULES) <= {*NOT_SENT, *UNKNOWN}


@pytest.mark.parametrize(
    "code", [code for code, rule in RULES.items() if rule.in_a_row == 1], ids=str
)
def test_what_opens_at_once(code: str) -> None:
    """A blocked resource and a wrong setup open it at the first call."""
    breaker = Breaker().failed(START, code, "a.1")

    assert (breaker.state, breaker.reason, breaker.since) == ("open", code, START)


def test_a_block_of_the_resource_doubles_to_a_day() -> None:
    """One hour first, then twice as long after each failed probe, at most a day."""
    assert lengths(RESOURCE_BLOCKED, 7) == [HOUR * k for k in (1, 2, 4, 8, 16, 24, 24)]


@pytest.mark.parametrize("code", ["upstream_unauthorized", "upstream_failed", "unreachable"])
def test_others_double_to_a_quarter_of_an_hour(code: str) -> None:
    """A minute first, at most 15."""
    assert lengths(code, 6) == [MINUTE * k for k in (1, 2, 4, 8, 15, 15)]


def test_five_failures_in_a_row() -> None:
    """Four failures are nothing; the fifth within ten minutes opens it."""
    codes = ["upstream_failed", "unreachable", "timed_out", "upstream_failed"]
    breaker = Breaker()
    for k, code in enumerate(codes):
        breaker = breaker.failed(START + k * MINUTE, code, f"{k}.1")

    assert breaker.state == "closed"
    assert breaker.failed(START + 4 * MINUTE, "timed_out", "5.1").reason == "timed_out"
    assert breaker.failed(START + 11 * MINUTE, "timed_out", "5.1").state == "closed"


def test_a_success_ends_the_row() -> None:
    """Failures before an answer do not count with those after it."""
    breaker = Breaker()
    for k in range(4):
        breaker = breaker.failed(START, "upstream_failed", f"{k}.1")

    breaker = breaker.worked(START).failed(START, "upstream_failed", "5.1")

    assert (breaker.state, len(breaker.failures)) == ("closed", 1)


@pytest.mark.parametrize("code", ["throttled", "storage_failed", "broken_answer", "cancelled"])
def test_what_never_opens(code: str) -> None:
    """A full quota is for pacing, and our own trouble says nothing about the deployment."""
    breaker = Breaker()
    for k in range(20):
        breaker = breaker.failed(START, code, f"{k}.1")

    assert breaker == Breaker()


def test_a_failure_told_twice_counts_once() -> None:
    """The same call cannot make a row by itself."""
    breaker = Breaker()
    for _ in range(9):
        breaker = breaker.failed(START, "upstream_failed", "a.1")

    assert len(breaker.failures) == 1


def test_calls_from_before_do_not_lengthen_the_block() -> None:
    """Of ten calls that meet the same block, one opens it and the others change nothing."""
    later = [BLOCKED.failed(START + MINUTE, code, "b.1") for code in RULES]

    assert later == [BLOCKED] * len(RULES)


def test_one_probe() -> None:
    """From `until` on one call may be made; the others wait for its lease."""
    assert BLOCKED.until == START + HOUR
    probing = BLOCKED.probing(BLOCKED.until, "b.1")

    assert BLOCKED.standing(BLOCKED.until - MINUTE, "b.1") == Standing("blocked", BLOCKED.until)
    assert BLOCKED.standing(BLOCKED.until, "b.1") == Standing("probe")
    assert probing.standing(BLOCKED.until, "b.1") == Standing("probe")
    assert probing.standing(BLOCKED.until, "c.1") == Standing("blocked", BLOCKED.until + LAPSE)
    assert probing.probing(BLOCKED.until, "c.1") == probing
    assert probing.probing(BLOCKED.until + MINUTE, "b.1") == probing


def test_a_lost_probe_lapses() -> None:
    """A worker that died with the probe does not keep it for ever."""
    assert BLOCKED.until
    lapsed = BLOCKED.until + LAPSE
    again = BLOCKED.probing(BLOCKED.until, "b.1").probing(lapsed, "c.1")

    assert again.probe and again.probe.key == "c.1"
    assert again.failed(lapsed, RESOURCE_BLOCKED, "b.1") == again


def test_a_probe_that_says_nothing_is_given_back() -> None:
    """After a full quota, or a call that was not made, the next one may probe at once."""
    assert BLOCKED.until
    breaker = probed(BLOCKED, "throttled", "b.1")

    assert breaker == BLOCKED
    assert breaker.standing(BLOCKED.until, "c.1") == Standing("probe")


def test_a_probe_with_another_failure_begins_anew() -> None:
    """The block goes on with the new reason, and its own first time."""
    assert BLOCKED.until
    breaker = probed(BLOCKED, "deployment_missing", "b.1")

    assert (breaker.reason, breaker.since) == ("deployment_missing", START)
    assert breaker.until == BLOCKED.until + MINUTE


def test_a_working_probe_closes() -> None:
    """An answer closes it, and the next block begins with the first time again."""
    assert BLOCKED.until
    closed = probed(BLOCKED, RESOURCE_BLOCKED, "b.1").worked(BLOCKED.until)
    again = closed.failed(START + DAY, RESOURCE_BLOCKED, "c.1")

    assert closed == Breaker()
    assert again.until == START + DAY + HOUR


def test_pause() -> None:
    """Paused, nobody may call, whatever the breaker is; resumed, it is as it was."""
    paused = Breaker().pausing(START, "ops")

    assert paused.standing(START + DAY, "a.1") == Standing("paused")
    assert (paused.phase(START), Breaker().phase(START)) == ("paused", "closed")
    assert paused.pausing(START + DAY, "other") == paused
    resumed = paused.resuming(START + HOUR, "ops", release=False)
    assert resumed.standing(START + HOUR, "a.1") == Standing("free")
    assert resumed.resuming(START + DAY, "other", release=False) == resumed


def test_resume_lets_a_block_be_tried() -> None:
    """An operator need not wait a day for a probe; if it fails, the time doubles all the same."""
    at = START + MINUTE
    resumed = BLOCKED.resuming(at, "ops", release=False)

    assert (BLOCKED.phase(at), resumed.phase(at)) == ("open", "halfOpen")
    assert resumed.standing(at, "b.1") == Standing("probe")
    assert probed(resumed, RESOURCE_BLOCKED, "b.1").until == at + 2 * HOUR
    assert resumed.resuming(at + MINUTE, "ops", release=False) == resumed


def test_callers_are_held_after_a_block() -> None:
    """Whose refusals went before it is held until a day after its end; nobody else is."""
    blocked = SUSPECTED.failed(START + MINUTE, RESOURCE_BLOCKED, "b.1")
    closed = blocked.worked(START + 2 * HOUR)

    assert not SUSPECTED.held("flow", START)
    assert blocked.held("flow", START + 9 * DAY)
    assert closed.held("flow", START + DAY + HOUR)
    assert not closed.held("flow", START + DAY + 2 * HOUR)
    assert not blocked.held("other", START + MINUTE)


def test_refusals_after_a_block_hold_nobody() -> None:
    """They count towards the next one."""
    closed = SUSPECTED.failed(START, RESOURCE_BLOCKED, "b.1").worked(START + HOUR)

    assert not closed.refused_by_filter(START + 2 * HOUR, "r2", "other").held(
        "other", START + 2 * HOUR
    )


def test_other_failures_hold_nobody() -> None:
    """A wrong key is nobody's prompt."""
    breaker = SUSPECTED.failed(START, "upstream_unauthorized", "b.1")

    assert not breaker.held("flow", START)


def test_old_refusals_are_forgotten() -> None:
    """What was refused a day before the block is no reason for it; only the last 20 count."""
    late = SUSPECTED.failed(START + DAY, RESOURCE_BLOCKED, "b.1")
    many = SUSPECTED
    for k in range(MAX_SUSPECTS):
        many = many.refused_by_filter(START + MINUTE, f"n{k}", "other")

    assert not late.held("flow", START + DAY)
    assert len(many.suspects) == MAX_SUSPECTS
    assert not many.failed(START + HOUR, RESOURCE_BLOCKED, "b.1").held("flow", START + HOUR)


def test_a_second_block_holds_both() -> None:
    """Who is still held when the next block begins stays held with the new ones."""
    first = SUSPECTED.failed(START, RESOURCE_BLOCKED, "b.1").worked(START + HOUR)
    second = first.refused_by_filter(START + 2 * HOUR, "r2", "other").failed(
        START + 3 * HOUR, RESOURCE_BLOCKED, "c.1"
    )

    assert [second.held(name, START + 9 * DAY) for name in ("flow", "other")] == [True, True]


def test_a_second_block_holds_nobody_again() -> None:
    """Whose time is over by then is free."""
    first = SUSPECTED.failed(START, RESOURCE_BLOCKED, "b.1").worked(START + HOUR)
    second = first.failed(START + 3 * DAY, RESOURCE_BLOCKED, "c.1")

    assert not second.held("flow", START + 3 * DAY)


def test_an_operator_lets_them_go() -> None:
    """Only when asked to: resuming after a deploy releases nobody."""
    blocked = SUSPECTED.failed(START, RESOURCE_BLOCKED, "b.1")

    assert blocked.resuming(START, "ops", release=False).held("flow", START)
    released = blocked.resuming(START, "ops", release=True)
    assert not released.held("flow", START)
    assert not probed(released, RESOURCE_BLOCKED, "c.1").held("flow", START)
