"""
Before a deployment replaces the workers: no new paid calls, and the open ones come to their end.

A worker that is stopped in the middle of a paid call leaves a request of unknown outcome.
"""

import os
import sys
import time
from typing import Any

from tools import KEY, ask

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
    for _ in range(WAIT_S // LOOK_EVERY_S):
        calls = sum(one["openCalls"] for one in deployments(url, key))
        if not calls:
            print("  no paid call is open.")
            return True
        print(f"  {calls} paid call(s) open; waiting.")
        time.sleep(LOOK_EVERY_S)
    print("  calls are still open after eleven minutes; see docs/operations.md.", file=sys.stderr)
    return False


if __name__ == "__main__":
    raise SystemExit(main())
