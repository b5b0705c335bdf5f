"""
In a pipeline, before anything is deployed: azd begins there without what it knew last time.

The operator's key comes from the app itself, so that no pipeline has to keep it; then the app is
drained, since new settings restart it before azd's own hook would.
"""

import sys

import drain
from tools import KEY, HookFailed, ask, az, remember, wanted


def main() -> int:
    try:
        known = _recall(f"rg-{wanted('AZURE_ENV_NAME')}")
    except HookFailed as failed:
        print(f"  failed: {failed}", file=sys.stderr)
        return 1
    if not known:
        print("  no app runs yet.")
        return 0
    return drain.main()


def _recall(group: str) -> bool:
    """Whether an app runs; azd then knows its address and the operator's key."""
    if not az("group", "exists", "--name", group):
        return False
    apps = az("functionapp", "list", "--resource-group", group)
    if not apps:
        return False
    app = apps[0]
    url = f"https://{app['defaultHostName']}/api"
    place = ("--resource-group", group, "--name", app["name"])
    try:
        key = az("functionapp", "keys", "list", *place, "--query", "functionKeys.operator")
    except HookFailed:
        # Broken off between templates and code: no host that could tell, and nothing to drain.
        if ask("GET", f"{url}/health")[0] == 200:
            raise
        return False
    if key:
        remember(KEY, key)
    remember("DARKROOM_API_URL", url)
    return True


if __name__ == "__main__":
    raise SystemExit(main())
