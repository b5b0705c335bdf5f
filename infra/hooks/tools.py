"""What the hooks share: `az`, `azd` and the app, with the standard library alone."""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

TIMEOUT_S = 120
KEY = "DARKROOM_OPERATOR_KEY"


class HookFailed(Exception):
    """The text is for whoever deploys: what is wrong, and what to do."""


def az(*arguments: str) -> Any:
    """
    The JSON that `az` answers; None where it answers nothing.

    Raises:
        HookFailed: with what it says.
    """
    text = _run("az", *arguments, "--output", "json", "--only-show-errors")
    return json.loads(text) if text.strip() else None


def remember(name: str, value: str) -> None:
    """Into azd's environment, a file of this machine that git does not see."""
    _run("azd", "env", "set", name, value)
    os.environ[name] = value


def wanted(name: str) -> str:
    """
    Raises:
        HookFailed: azd has not told us.
    """
    if value := os.environ.get(name):
        return value
    raise HookFailed(f"{name} is not set; run this by azd, not by hand.")


def ask(
    method: str, url: str, key: str | None = None, body: Mapping[str, Any] | None = None
) -> tuple[int, Any]:
    """Status and JSON of one request to the app; status 0 when nobody answers."""
    data = json.dumps(body).encode() if body is not None else None
    headers = {"x-functions-key": key} if key else {}
    headers |= {"content-type": "application/json"} if data else {}
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return answer.status, _json(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, _json(error.read())
    except OSError:
        return 0, None


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _run(program: str, *arguments: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise HookFailed(f"{program} is not installed, or not on the path.")
    done = subprocess.run(
        [found, *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    if done.returncode:
        raise HookFailed(f"{program} {' '.join(arguments[:3])}: {done.stderr.strip()[-500:]}")
    return done.stdout
