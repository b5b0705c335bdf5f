"""
Before workers are replaced: no new paid calls, and the open ones come to their end.

A worker that is stopped in the middle of a paid call leaves a request of unknown outcome. What
nobody told counts as open, and what is paused stays so until `smoke.py` takes it up again.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from operator_key import key_of_app
from tools import KEY, HookFailed, Pause, alive, ask, sleep, until

# A deployment, as /health/ready tells of it.
Told = dict[str, Any]
# One answer in between may be the platform's, of a worker that is just being replaced.
ASK_S, ASK_EVERY_S = 30, 5
# A call ends within its deadline of ten minutes.
WAIT_S = 660
# Each process tells for up to ten seconds what it last saw, and a call may still depart three
# seconds after it looked at the breaker: what the second look sees was read after that.
APART_S, IN_A_ROW = 15, 2


def main(pause: Pause = sleep) -> int:
    url = os.environ.get("DARKROOM_API_URL")
    if not url or not alive(url, ASK_S, pause):
        print("  nothing to drain: no app answers.")
        return 0
    fault = _fault(url, pause)
    if fault:
        print(f"  not drained: {fault}", file=sys.stderr)
        print("  what is paused stays so until: python3 infra/hooks/smoke.py", file=sys.stderr)
    else:
        print("  all deployments are paused, and no paid call is open.")
    return 1 if fault else 0


def deployments(url: str, key: str) -> list[Told] | None:
    """None where it was not told: no answer, no storage, or a key that the app does not know."""
    status, ready = ask("GET", f"{url}/health/ready", key)
    return (ready or {}).get("deployments") or None if status == 200 else None


def _fault(url: str, pause: Pause) -> str | None:
    known = _known(url, pause)
    if known is None:
        return (
            "the app runs, and does not tell how its deployments are (docs/operations.md#deploy)."
        )
    key, found = known
    names = [one["name"] for one in found]
    refused = [name for name in names if not _paused(f"{url}/deployments/{name}/pause", key, pause)]
    if refused:
        return f"{', '.join(refused)} could not be paused."
    if not _quiet(url, key, pause):
        return "after eleven minutes calls are still open, or something was taken up again."
    return None


def _known(url: str, pause: Pause) -> tuple[str, list[Told]] | None:
    """The key that the app knows, and what it tells to whoever has it."""
    seen: list[tuple[str, list[Told]]] = []

    def look() -> bool:
        told = ((key, told) for key in _keys() if (told := deployments(url, key)))
        seen.extend(islice(told, 1))
        return bool(seen)

    return seen[0] if until(look, ASK_S, ASK_EVERY_S, pause) else None


def _keys() -> Iterator[str]:
    """The one that azd knows may be new: the app knows it from the next `azd provision` on."""
    if key := os.environ.get(KEY):
        yield key
    group, app = os.environ.get("AZURE_RESOURCE_GROUP"), os.environ.get("DARKROOM_APP_NAME")
    with suppress(HookFailed):
        if group and app and (key := key_of_app(group, app)):
            yield key


def _paused(place: str, key: str, pause: Pause) -> bool:
    return until(lambda: ask("POST", place, key)[0] == 200, ASK_S, ASK_EVERY_S, pause)


def _quiet(url: str, key: str, pause: Pause) -> bool:
    in_a_row = 0

    def look() -> bool:
        nonlocal in_a_row
        in_a_row = in_a_row + 1 if _nothing_open(url, key) else 0
        return in_a_row == IN_A_ROW

    return until(look, WAIT_S, APART_S, pause)


def _nothing_open(url: str, key: str) -> bool:
    """Of a page that does not know of the pauses yet, nothing is believed."""
    told = deployments(url, key)
    if told is None or any(one["state"] != "paused" for one in told):
        print("  not yet told as paused; waiting.")
        return False
    calls = sum(one["openCalls"] for one in told)
    if calls:
        print(f"  {calls} paid call(s) open; waiting.")
    return not calls


if __name__ == "__main__":
    raise SystemExit(main())
