"""The time limits, added up: what must be over before what."""

from datetime import timedelta

from dev.infra_tables import RETENTION
from dev.time_limits import SAMPLE, TABLES, sums
from shared.adapters import storage
from shared.chain import held_answers, ledger, open_requests
from shared.chain.services import WAITING_PLACES
from shared.domain import budget, deliveries
from shared.domain.alt_texts import DRAFT_LEASE_S, DRAFT_S
from shared.domain.step import LAST_LOOK_AFTER
from shared.setting_table import SETTINGS
from tests.rules.sources import ROOT

SUMS = sums()
# Logic Apps and Power Automate give up a call that is not answered by then; Azure itself at 230 s.
ENGINE_PATIENCE_S = 120


def test_call_ends_before_lease_ends_before_function_ends() -> None:
    """A paid call is over before its lease is, and the lease before the host stops us."""
    assert SUMS["look_s"] < SUMS["lease_s"]
    assert SUMS["all_s"] < SUMS["function_s"]
    assert DRAFT_S < DRAFT_LEASE_S


def test_append_ends_before_its_cover_is_due() -> None:
    """Whoever appends under a fresh cover is done before the sweep can take the cover up."""
    assert SUMS["covered_s"] < SUMS["cover_s"]


def test_a_delivery_attempt_ends_before_it_counts_as_abandoned() -> None:
    """Nobody begins the next attempt while the last may still be under way."""
    assert deliveries.INLINE_TIMEOUT_S < deliveries.TIMEOUT_S
    assert deliveries.ABANDONED_AFTER.total_seconds() > deliveries.TIMEOUT_S * 2


def test_there_are_threads_enough() -> None:
    """Every message and request the host may hand over at once finds a thread and a connection."""
    assert SUMS["azure"] <= SUMS["threads"] <= storage.CONNECTIONS
    assert SUMS["local"] <= SUMS["sample"]


def test_waiting_callers_leave_room_for_others() -> None:
    """
    A wait that was asked for holds a thread, but never most of them, and never past what the
    caller's own engine has patience for.
    """
    assert SUMS["http"] >= WAITING_PLACES * 4
    assert held_answers.MOST_WAIT_S + SUMS["rest_s"] <= ENGINE_PATIENCE_S


def test_sample_has_the_days_that_are_deployed() -> None:
    """Retention on a developer's machine is that of `infra/tables.json` and of the table."""
    for name, setting in RETENTION.items():
        default = next(row.default for row in SETTINGS if row.name == setting)
        assert SAMPLE[setting] == default == str(TABLES["retention"][name])


def test_page_of_the_host_says_the_same() -> None:
    """`docs/host.md` adds the threads up with the numbers that hold."""
    text = (ROOT / "docs" / "host.md").read_text(encoding="utf-8")
    per_queue, http = SUMS["per_queue"], SUMS["http"]

    assert f"{per_queue} + {http} = **{SUMS['threads']}**" in text
    assert (
        f"{per_queue} \N{MULTIPLICATION SIGN} {SUMS['queues']} + {http} = {SUMS['local']}" in text
    )


def test_no_invocation_outlives_what_is_remembered_for_it() -> None:
    """Whoever wakes up late finds that the books still know what was settled meanwhile."""
    function = timedelta(seconds=SUMS["function_s"])

    assert function < budget.REMEMBERED
    assert function < open_requests.STALE_AFTER
    assert function < LAST_LOOK_AFTER
    assert function < ledger.ABANDONED_AFTER
