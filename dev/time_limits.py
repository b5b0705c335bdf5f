"""
What must be over before what, added up from the code's own numbers: one paragraph for
`docs/settings.md`, and the sums that `tests/rules/test_time_limits.py` holds them to.
"""

import json
import re
from datetime import timedelta
from pathlib import Path

from shared.adapters import storage
from shared.chain import due, held_answers
from shared.chain.services import WAITING_PLACES
from shared.domain import names, step

ROOT = Path(__file__).parent.parent
# What an invocation does beside the paid call: a few dozen storage calls, each quick or failed.
EVERYTHING_ELSE_S = 60
HOST = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))
QUEUES = HOST["extensions"]["queues"]
TABLES = json.loads((ROOT / "infra" / "tables.json").read_text(encoding="utf-8"))
SAMPLE = json.loads((ROOT / "local.settings.sample.json").read_text(encoding="utf-8"))["Values"]
TEXT = """\
## Threads, batches, time-outs and leases, added up

A paid call ends within {call_s} s and everything else of its look within {rest_s} s: {look_s} s,
before its lease of {lease_s} s ends; with {fetch_s} s for input images, {screen_s} s for
screening and {draft_s} s for drafts of alt texts that is {all_s} s, before
the host stops a function at {function_s} s. A storage call ends, or has failed, within {append_s}
s. So an append begun under a cover that is {fresh_s} s old is over {covered_s} s after the cover
was put, before the cover is due at {cover_s} s. A message that fails is tried {tries} times,
{pause_s} s apart, so for {poison_s} s; what it was for has a due entry meanwhile and afterwards.
One process has at most {batch} + {threshold} = {per_queue} messages of a queue in work, and
{http} requests by HTTP. On Flex Consumption each queue function has its own processes; were one
to serve HTTP as well, that would be {azure}, and `PYTHON_THREADPOOL_THREAD_COUNT` is {threads}
there. The local host serves all {queues} queues and HTTP in one process:
{queues} \N{MULTIPLICATION SIGN} {per_queue} + {http} = {local}, and the sample file says {sample}.
Of the requests by HTTP at most {waiting} are held for a caller who waits, each at most {held_s} s.
"""


def seconds(text: str) -> int:
    hours, minutes, rest = map(int, text.split(":"))
    return int(timedelta(hours=hours, minutes=minutes, seconds=rest).total_seconds())


def http_concurrency() -> int:
    """What `infra/modules/app.bicep` lets one instance answer at a time."""
    text = (ROOT / "infra" / "modules" / "app.bicep").read_text(encoding="utf-8")
    found = re.search(r"^var httpConcurrency = (\d+)$", text, re.MULTILINE)
    assert found, "app.bicep does not say how many requests an instance takes"
    return int(found[1])


def sums() -> dict[str, int]:
    """Each number of the paragraph by its name."""
    times, threads = _times(), _threads()
    return times | threads


def _times() -> dict[str, int]:
    tries = 1 + storage.RETRIES
    append_s = tries * 2 * storage.TRY_S + storage.RETRIES * (storage.PAUSE_S + 1)
    fresh_s = int(due.FRESH_FOR.total_seconds())
    pause_s, messages = seconds(QUEUES["visibilityTimeout"]), QUEUES["maxDequeueCount"]
    return {
        "call_s": step.CALL_DEADLINE_S,
        "rest_s": EVERYTHING_ELSE_S,
        "look_s": step.CALL_DEADLINE_S + EVERYTHING_ELSE_S,
        "lease_s": step.LEASE_S,
        "fetch_s": int(step.ALL_FETCHES_S),
        "screen_s": int(step.SCREENING_S),
        "draft_s": int(step.ALL_DRAFTS_S),
        "all_s": int(step.ALL_FETCHES_S + step.SCREENING_S + step.ALL_DRAFTS_S)
        + step.LEASE_S
        + EVERYTHING_ELSE_S,
        "function_s": seconds(HOST["functionTimeout"]),
        "append_s": append_s,
        "fresh_s": fresh_s,
        "covered_s": fresh_s + append_s,
        "cover_s": int(due.COVER_LEAD.total_seconds()),
        "tries": messages,
        "pause_s": pause_s,
        "poison_s": pause_s * messages,
    }


def _threads() -> dict[str, int]:
    batch, threshold, http = QUEUES["batchSize"], QUEUES["newBatchThreshold"], http_concurrency()
    return {
        "batch": batch,
        "threshold": threshold,
        "per_queue": batch + threshold,
        "http": http,
        "azure": batch + threshold + http,
        "threads": TABLES["threads"],
        "queues": len(names.QUEUES),
        "local": (batch + threshold) * len(names.QUEUES) + http,
        "waiting": WAITING_PLACES,
        "held_s": int(held_answers.MOST_WAIT_S),
        "sample": int(SAMPLE["PYTHON_THREADPOOL_THREAD_COUNT"]),
    }


def paragraph() -> str:
    return TEXT.format(**sums())
