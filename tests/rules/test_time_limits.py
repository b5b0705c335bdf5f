"""The time limits, added up: what must be over before what."""

import json
from datetime import timedelta

from shared.adapters import storage
from shared.chain import due, held_answers, ledger, open_requests
from shared.chain.services import WAITING_PLACES
from shared.domain import budget, deliveries, step
from tests.rules.sources import ROOT

HOST = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))["Values"]
QUEUES = HOST["extensions"]["queues"]
# What an invocation does beside the paid call: a few dozen storage calls, each quick or failed.
EVERYTHING_ELSE_S = 60
# One function app process on Flex Consumption serves one queue function, or HTTP alone; the
# local host serves all six and HTTP in one process.
HTTP_CONCURRENCY = 16
QUEUE_FUNCTIONS = 6
# Logic Apps and Power Automate give up a call that is not answered by then; Azure itself at 230 s.
ENGINE_PATIENCE_S = 120


def seconds(text: str) -> float:
    hours, minutes, rest = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes), seconds=float(rest)).total_seconds()


def test_call_ends_before_lease_ends_before_function_ends() -> None:
    """A paid call is over before its lease is, and the lease before the host stops us."""
    function_s = seconds(HOST["functionTimeout"])

    assert step.CALL_DEADLINE_S + EVERYTHING_ELSE_S < step.LEASE_S
    assert function_s > step.ALL_FETCHES_S + step.LEASE_S + EVERYTHING_ELSE_S


def test_append_ends_before_its_cover_is_due() -> None:
    """Whoever appends under a fresh cover is done before the sweep can take the cover up."""
    tries = 1 + storage.RETRIES
    append_s = tries * 2 * storage.TRY_S + storage.RETRIES * (storage.PAUSE_S + 1)

    assert due.FRESH_FOR.total_seconds() + append_s < due.COVER_LEAD.total_seconds()


def test_a_delivery_attempt_ends_before_it_counts_as_abandoned() -> None:
    """Nobody begins the next attempt while the last may still be under way."""
    assert deliveries.INLINE_TIMEOUT_S < deliveries.TIMEOUT_S
    assert deliveries.ABANDONED_AFTER.total_seconds() > deliveries.TIMEOUT_S * 2


def test_there_are_threads_enough() -> None:
    """Every message and request the host may hand over at once finds a thread."""
    per_function = QUEUES["batchSize"] + QUEUES["newBatchThreshold"]
    local = int(SAMPLE["PYTHON_THREADPOOL_THREAD_COUNT"])

    assert local >= per_function * QUEUE_FUNCTIONS + HTTP_CONCURRENCY
    assert per_function + HTTP_CONCURRENCY <= 32, "what docs/host.md says for Azure"


def test_waiting_callers_leave_room_for_others() -> None:
    """
    A wait that was asked for holds a thread, but never most of them, and never past what the
    caller's own engine has patience for.
    """
    assert WAITING_PLACES * 4 <= HTTP_CONCURRENCY
    assert held_answers.MOST_WAIT_S + EVERYTHING_ELSE_S <= ENGINE_PATIENCE_S


def test_failed_messages_come_back_within_the_poison_pause() -> None:
    """Five tries at 30 s are over before the due entry that a poisoned nudge leaves behind."""
    pause_s = seconds(QUEUES["visibilityTimeout"])

    assert pause_s * QUEUES["maxDequeueCount"] < timedelta(minutes=5).total_seconds()


def test_no_invocation_outlives_what_is_remembered_for_it() -> None:
    """Whoever wakes up late finds that the books still know what was settled meanwhile."""
    function = timedelta(seconds=seconds(HOST["functionTimeout"]))

    assert function < budget.REMEMBERED
    assert function < open_requests.STALE_AFTER
    assert function < ledger.ABANDONED_AFTER
