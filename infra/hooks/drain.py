"""
Before a deployment replaces the workers: no new paid calls, and the open ones come to their end.

A worker that is stopped in the middle of a paid call leaves a request of unknown outcome.
"""

import os
import sys
from typing import Any

from tools import KEY, ask, until

# A call ends within its deadline of ten minutes.
WAIT_S, LOOK_EVERY_S = 660, 10


def main() -> int:
    url, key = os.environ.get("DARKROOM_API_URL"), os.environ.get(KEY)
    found = deployments(url, key) if url and key else []
    if not found:
        print("  nothing to drain: no app answers yet.")
        return 0
    for one in found:
        status, _ = ask("POST", f"{url}/deployments/{one['name']}/pause", key)
        print(f"  {one['name']}: {'paused' if status == 200 else f'not paused ({status})'}")
    return 0 if _drained(str(url), key) else 1


def deployments(url: str | None, key: str | None) -> list[dict[str, Any]]:
    status, ready = ask("GET", f"{url}/health/ready", key)
    return list((ready or {}).get("deployments") or []) if status in (200, 503) else []


def _drained(url: str, key: str | None) -> bool:
    if until(lambda: not _open_calls(url, key), WAIT_S, LOOK_EVERY_S):
        print("  no paid call is open.")
        return True
    print("  calls are still open after eleven minutes; see docs/operations.md.", file=sys.stderr)
    return False


def _open_calls(url: str, key: str | None) -> int:
    calls = sum(one["openCalls"] for one in deployments(url, key))
    if calls:
        print(f"  {calls} paid call(s) open; waiting.")
    return calls


if __name__ == "__main__":
    raise SystemExit(main())
