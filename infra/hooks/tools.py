"""What the hooks share: `az`, `azd` and the app, with the standard library alone."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

TIMEOUT_S = 120
KEY = "DARKROOM_OPERATOR_KEY"
Pause = Callable[[float], None]
sleep: Pause = time.sleep
# A first start installs, loads and asks for its first token.
START_S, LOOK_EVERY_S = 240, 5


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


def arm(method: str, place: str, api_version: str, *arguments: str) -> Any:
    """
    One call of Azure's control plane.

    Raises:
        HookFailed: with what it says.
    """
    url = f"{place}?api-version={api_version}"
    return az("rest", "--method", method, "--url", url, *arguments)


def resource(kind: str, name: str) -> str:
    """
    Raises:
        HookFailed: azd has not told us the resource group.
    """
    group = f"/subscriptions/{{subscriptionId}}/resourceGroups/{wanted('AZURE_RESOURCE_GROUP')}"
    return f"{group}/providers/{kind}/{name}"


def until(
    look: Callable[[], bool],
    wait_s: float,
    every_s: float,
    pause: Pause = sleep,
) -> bool:
    """Whether it came true: looked at first, then after each pause, as long as it is waited for."""
    for _ in range(int(wait_s // every_s)):
        if look():
            return True
        pause(every_s)
    return look()


def alive(url: str, wait_s: float = 0, pause: Pause = sleep) -> bool:
    return until(lambda: ask("GET", f"{url}/health")[0] == 200, wait_s, LOOK_EVERY_S, pause)


@contextmanager
def private_file(content: Any) -> Iterator[str]:
    """
    Text, or what becomes JSON, in a file that only we can read: an argument would be seen by every
    process.
    """
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        yield name
    finally:
        Path(name).unlink()


def remember(name: str, value: str) -> None:
    """
    Into azd's environment, a file of this machine that git does not see.

    Raises:
        HookFailed: with what azd says, or for a value that cannot stand between quotes.
    """
    if "'" in value or not value.isprintable():
        raise HookFailed(f"{name} has a quote or a line break.")
    with private_file(f"{name}='{value}'\n") as file:
        _run("azd", "env", "set", "--file", file)
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
    except (OSError, HTTPException):
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
    command = " ".join((program, *arguments[:3]))
    try:
        done = subprocess.run(
            [found, *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise HookFailed(f"{command}: no answer within {TIMEOUT_S} seconds.") from None
    if done.returncode:
        raise HookFailed(f"{command}: {done.stderr.strip()[-500:]}")
    return done.stdout
