"""
After provisioning: the vault has a signing key, the app has read it, and knows the operator's key.
What was paused for new settings is taken up again.

`python3 infra/hooks/keys.py --rotate` puts a new signing key before the others: it signs from
then on, and the others go on verifying. `--retire` drops all but the first. These two read the
vault, so with a private network they work from inside of it only; the first key does not.
"""

import base64
import json
import os
import secrets
import sys
from datetime import UTC, datetime
from typing import Any

import resume
from operator_key import give_key, set_operator_key
from references import wait_until_read
from tools import (
    KEY,
    START_S,
    HookFailed,
    Pause,
    alive,
    arm,
    az,
    private_file,
    resource,
    sleep,
    wanted,
)

SECRET = "signing-keys"
KEY_BYTES = 32
# Tokens live as long as the longest wait for people, and an undo window beyond.
KEPT = 4
API_VERSION = "2024-11-01"


def main(arguments: list[str], pause: Pause = sleep) -> int:
    try:
        vault = wanted("DARKROOM_VAULT_NAME")
        if {"--rotate", "--retire"} & set(arguments):
            _change(vault, retire="--retire" in arguments)
            wait_until_read()
        else:
            _provisioned(vault, pause)
    except HookFailed as failed:
        print(f"  failed: {failed}", file=sys.stderr)
        return 1
    return 0


def _provisioned(vault: str, pause: Pause) -> None:
    is_new = _first_key(vault)
    wait_until_read()
    if is_new:
        _operator_key()
    else:
        _take_up(pause)


def _first_key(vault: str) -> bool:
    """
    Whether there was none, and so no app that ran.

    By way of Azure's control plane, as a template would: it asks neither for a role inside of the
    vault, which takes minutes to count after it was given, nor for a place inside its network.
    """
    place = resource("Microsoft.KeyVault/vaults", vault) + "/secrets"
    names = arm("get", place, API_VERSION, "--query", "value[].name") or []
    if SECRET in names:
        print("  the vault has signing keys.")
        return False
    key = _new_key()
    with private_file({"properties": {"value": json.dumps([key])}}) as name:
        arm("put", f"{place}/{SECRET}", API_VERSION, "--body", f"@{name}", "--query", "name")
    print(f"  the vault has its first signing key, {key['kid']}.")
    return True


def _change(vault: str, *, retire: bool) -> None:
    named = ("--vault-name", vault, "--name", SECRET)
    known = json.loads(az("keyvault", "secret", "show", *named)["value"])
    keys = known[:1] if retire else [_new_key(), *known[: KEPT - 1]]
    with private_file(keys) as name:
        given = ("--file", name, "--encoding", "utf-8", "--query", "id")
        az("keyvault", "secret", "set", *named, *given)
    print(f"  the vault has {len(keys)} signing key(s); {keys[0]['kid']} signs.")
    print("  Restart the app, so that it reads them: az functionapp restart.")


def _new_key() -> dict[str, Any]:
    """Named after its day and second, so that two of one day differ."""
    kid = datetime.now(UTC).strftime("k%y%m%d%H%M%S")
    return {"kid": kid, "key": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}


def _operator_key() -> None:
    """
    An app whose code is not there yet may not take a key; the hook after the deployment sets it.
    """
    try:
        set_operator_key()
    except HookFailed:
        url = os.environ.get("DARKROOM_API_URL")
        if url and alive(url):
            raise
        print("  the operator's key is set after the first deployment.")


def _take_up(pause: Pause) -> None:
    """
    An app that does not start with the new settings may need the new code, which azd deploys next:
    that is told, and no reason not to deploy it.

    Raises:
        HookFailed: it runs, and something stays paused.
    """
    url = wanted("DARKROOM_API_URL")
    if not alive(url, START_S, pause):
        print("  the app does not answer: what was paused stays so until", file=sys.stderr)
        print("  azd deploy, or python3 infra/hooks/smoke.py once it does.", file=sys.stderr)
        return
    give_key(pause)
    if faults := list(resume.faults(url, wanted(KEY), pause)):
        raise HookFailed(" ".join(faults))
    print("  every deployment is taken up again.")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
