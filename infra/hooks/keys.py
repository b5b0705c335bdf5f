"""
After provisioning: the vault has a signing key, and the app knows the operator's key.

`python3 infra/hooks/keys.py --rotate` puts a new signing key before the others: it signs from
then on, and the others go on verifying. `--retire` drops all but the first.
"""

import base64
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools import KEY, HookFailed, az, wanted

SECRET = "signing-keys"
KEY_BYTES = 32
# Tokens live as long as the longest wait for people, and an undo window beyond.
KEPT = 4
API_VERSION = "2024-11-01"


def main(arguments: list[str]) -> int:
    try:
        _signing_keys(wanted("DARKROOM_VAULT_NAME"), arguments)
        _operator_key()
    except HookFailed as failed:
        print(f"  failed: {failed}", file=sys.stderr)
        return 1
    return 0


def _signing_keys(vault: str, arguments: list[str]) -> None:
    known = _known(vault)
    if known and "--rotate" not in arguments and "--retire" not in arguments:
        print("  the vault has signing keys.")
        return
    keys = known[:1] if "--retire" in arguments else [_new_key(), *known[: KEPT - 1]]
    _store(vault, keys)
    print(f"  the vault has {len(keys)} signing key(s); {keys[0]['kid']} signs.")
    if known:
        print("  Restart the app, so that it reads them: az functionapp restart.")


def _known(vault: str) -> list[dict[str, Any]]:
    names = az("keyvault", "secret", "list", "--vault-name", vault, "--query", "[].name") or []
    if SECRET not in names:
        return []
    found = az("keyvault", "secret", "show", "--vault-name", vault, "--name", SECRET)
    return list(json.loads(found["value"]))


def _new_key() -> dict[str, str]:
    """Named after its day and second, so that two of one day differ."""
    kid = datetime.now(UTC).strftime("k%y%m%d%H%M%S")
    return {"kid": kid, "key": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}


def _store(vault: str, keys: list[dict[str, Any]]) -> None:
    with _private(keys) as name:
        given = ("--vault-name", vault, "--name", SECRET, "--file", name)
        az("keyvault", "secret", "set", *given, "--encoding", "utf-8", "--query", "id")


def _operator_key() -> None:
    """A host key of the app: the platform checks it, and the app knows it by its digest."""
    group, app = wanted("AZURE_RESOURCE_GROUP"), wanted("DARKROOM_APP_NAME")
    place = f"resourceGroups/{group}/providers/Microsoft.Web/sites/{app}"
    url = f"/subscriptions/{{subscriptionId}}/{place}/host/default/functionKeys/operator"
    with _private({"properties": {"name": "operator", "value": wanted(KEY)}}) as name:
        az(
            *("rest", "--method", "put", "--url", f"{url}?api-version={API_VERSION}"),
            *("--body", f"@{name}", "--query", "name"),
        )
    print(f"  the operator's key is set: azd env get-value {KEY}")


@contextmanager
def _private(content: Any) -> Iterator[str]:
    """A file that only we can read: an argument would be seen by every process."""
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "w") as file:
            json.dump(content, file)
        yield name
    finally:
        Path(name).unlink()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
