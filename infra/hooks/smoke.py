"""
After a deployment: the app is alive, knows the operator's key, has everything it needs, takes up
its work, and its door checks what comes in: it refuses what is no request, and would take one.
Nothing is bought and nothing stored.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any

import resume
from operator_key import give_key
from tools import KEY, START_S, HookFailed, Pause, alive, ask, sleep, wanted

# No request, whatever it is made of: the answer names what is wrong with it.
NO_REQUEST = {"prompt": "smoke test", "n": 0}
REQUEST = {"prompt": "smoke test"}


def main(pause: Pause = sleep) -> int:
    try:
        faults = list(_faults(wanted("DARKROOM_API_URL"), wanted(KEY), pause))
    except HookFailed as failed:
        faults = [str(failed)]
    for fault in faults:
        print(f"  smoke test: {fault}", file=sys.stderr)
    if not faults:
        print(f"  {os.environ.get('DARKROOM_NEXT_STEPS', '')}")
    return 1 if faults else 0


def _faults(url: str, key: str, pause: Pause) -> Iterator[str]:
    if not alive(url, START_S, pause):
        yield f"{url}/health does not answer."
        return
    give_key(pause)
    yield from resume.faults(url, key, pause)
    status, ready = ask("GET", f"{url}/health/ready", key)
    if status != 200 or ready.get("missing"):
        yield f"not ready ({status}); missing: {(ready or {}).get('missing')}."
    status, problem = ask("POST", f"{url}/images", key, NO_REQUEST)
    if status not in (400, 403) or not (problem or {}).get("code"):
        yield f"a request that is none was answered with {status}."
    else:
        print("  alive, ready, and its door is shut to what is no request.")
    yield from _dry_run(*ask("POST", f"{url}/policy/check", key, REQUEST))


def _dry_run(status: int, told: dict[str, Any] | None) -> Iterator[str]:
    """What a real request would meet; an operator's key may be one that cannot ask for images."""
    if status == 403:
        return
    if status != 200 or told is None:
        yield f"a dry run was answered with {status}."
    elif not told["ok"]:
        codes = ", ".join(problem["code"] for problem in told["problems"])
        yield f"a request would be refused: {codes}."
    elif told["routing"]["reason"] == "paused":
        yield "a request would wait: its deployments are paused."
    else:
        where = told["routing"]
        goes = where["deployment"] or f"nowhere now ({where['reason']})"
        print(f"  a request would be accepted, and go to {goes}.")


if __name__ == "__main__":
    raise SystemExit(main())
