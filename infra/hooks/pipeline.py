"""
In a pipeline, before anything is deployed: azd begins there without what it knew last time.

The operator's key comes from the app itself, so that no pipeline has to keep it; with it azd's own
hooks drain the app before new settings, or new code, restart it.
"""

import sys

from operator_key import key_of_app
from tools import KEY, HookFailed, alive, az, remember, wanted


def main() -> int:
    try:
        known = _recall(f"rg-{wanted('AZURE_ENV_NAME')}")
    except HookFailed as failed:
        print(f"  failed: {failed}", file=sys.stderr)
        return 1
    print("  azd knows the app and its operator's key." if known else "  no app runs yet.")
    return 0


def _recall(group: str) -> bool:
    """Whether an app runs; azd then knows its address and the operator's key."""
    if not az("group", "exists", "--name", group):
        return False
    apps = az("functionapp", "list", "--resource-group", group)
    if not apps:
        return False
    url = f"https://{apps[0]['defaultHostName']}/api"
    try:
        key = key_of_app(group, apps[0]["name"])
    except HookFailed:
        # Broken off between templates and code: no host that could tell, and nothing to drain.
        if alive(url):
            raise
        return False
    if not key and alive(url):
        raise HookFailed("the app has no key named operator: see docs/operations.md#deploy")
    if key:
        remember(KEY, key)
    remember("DARKROOM_API_URL", url)
    return True


if __name__ == "__main__":
    raise SystemExit(main())
