"""
What azd knew last time, where it begins without: in a pipeline, and on another operator's machine.

The operator's key comes from the app itself, so that no pipeline has to keep it, and nobody makes a
second one; with it azd's hooks drain the app before new settings, or new code, restart it.
"""

from operator_key import key_of_app
from tools import KEY, HookFailed, alive, az, remember


def recall(group: str) -> bool:
    """
    Whether an app runs; azd then knows its address and the operator's key.

    Raises:
        HookFailed: an app runs that nobody could drain.
    """
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
