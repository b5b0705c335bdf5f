"""
Whether the app has read its signing keys.

The platform reads a vault's secret when the setting is written, which is before the first key is
there, and then once a day; until it is asked to read again:
https://learn.microsoft.com/azure/app-service/app-service-key-vault-references#understand-rotation
"""

from collections.abc import Sequence
from typing import Any

from tools import HookFailed, arm, resource, until, wanted

SETTING = "DARKROOM_SIGNING_KEYS"
API_VERSION = "2022-03-01"
# A role that was just given counts within ten minutes.
WAIT_S, LOOK_EVERY_S = 600, 15


def wait_until_read() -> None:
    """
    Raises:
        HookFailed: with the platform's reason.
    """
    site = resource("Microsoft.Web/sites", wanted("DARKROOM_APP_NAME"))
    seen = ["Unknown"]

    def read() -> bool:
        arm("post", f"{site}/config/configreferences/appsettings/refresh", API_VERSION)
        found = arm("get", f"{site}/config/configreferences/appsettings", API_VERSION)
        seen[0] = state((found or {}).get("value") or [])
        return seen[0] == "Resolved"

    if not until(read, WAIT_S, LOOK_EVERY_S):
        raise HookFailed(f"the app cannot read its signing keys: {seen[0]}")
    print("  the app reads its signing keys.")


def state(references: Sequence[dict[str, Any]]) -> str:
    """`Resolved`, or what is in the way."""
    for one in references:
        if one["name"].rpartition("/")[2] == SETTING:
            found = one["properties"]
            details = "" if found["status"] == "Resolved" else f" ({found.get('details')})"
            return f"{found['status']}{details}"
    return f"{SETTING} is no reference"
