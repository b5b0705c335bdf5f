"""The hooks of a deployment, run as azd runs them, with an `az` that answers from a script."""

import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

HOOKS = Path(__file__).parents[3] / "infra" / "hooks"
# Answers by the words it is called with; writes down every call, and what files held.
PROGRAM = """#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
words = sys.argv[1:]
named = [pathlib.Path(word.lstrip("@")) for word in words if word.startswith(("/", "@/"))]
held = [file.read_text() for file in named if file.is_file()]
with (here / "calls.jsonl").open("a") as log:
    log.write(json.dumps([pathlib.Path(__file__).name, words, held]) + "\\n")
for start, answer in json.loads((here / "answers.json").read_text()):
    if " ".join(words).startswith(start):
        print(json.dumps(answer))
        break
"""
MODEL = {"name": "gpt-image-2", "version": "2026-04-21", "skus": [{"name": "GlobalStandard"}]}
QUOTA = {"name": {"value": "OpenAI.GlobalStandard.gpt-image-2"}, "limit": 6, "currentValue": 4}
TOLD = {"ok": True, "problems": [], "routing": {"deployment": "weu", "reason": None}}
READY = [
    ("provider show", "Registered"),
    ("cognitiveservices model list", [{"model": MODEL}]),
    ("cognitiveservices usage list", [QUOTA]),
]


class Machine:
    """A folder with the two programs, and the environment that azd would give."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
        for name in ("az", "azd"):
            program = folder / name
            program.write_text(PROGRAM.format(python=sys.executable))
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.answers([])

    def answers(self, answers: list[tuple[str, Any]]) -> None:
        (self.folder / "answers.json").write_text(json.dumps(answers))

    def run(self, script: str, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, str(HOOKS / script), *arguments]
        env = {**self.environment, **given}
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, env=env)

    @property
    def calls(self) -> list[Any]:
        log = self.folder / "calls.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


class App:
    """A deployed app that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.open_calls = [2, 0]
        self.missing: str | None = None
        self.told: tuple[int, Any] = (200, TOLD)
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*app.get(self.path))

            def do_POST(self) -> None:
                app.asked.append(self.path)
                self.rfile.read(int(self.headers.get("content-length") or 0))
                if self.path == "/api/policy/check":
                    self._answer(*app.told)
                else:
                    refused = self.path == "/api/images"
                    self._answer(400 if refused else 200, {"code": "invalid_request"})

            def _answer(self, status: int, body: Any) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/api"

    def get(self, path: str) -> tuple[int, Any]:
        if path == "/api/health":
            return 200, {"status": "alive"}
        calls = self.open_calls.pop(0) if len(self.open_calls) > 1 else self.open_calls[0]
        deployments = [{"name": "weu", "openCalls": calls}]
        return 503 if self.missing else 200, {"missing": self.missing, "deployments": deployments}


@pytest.fixture
def app() -> Iterator[App]:
    running = App()
    thread = Thread(target=running.server.serve_forever)
    thread.start()
    yield running
    running.server.shutdown()
    thread.join()
    running.server.server_close()


def test_ready(machine: Machine) -> None:
    """With model and quota there, the operator's key is made; its digest is what is deployed."""
    machine.answers(READY)
    done = machine.run("preflight.py", AZURE_ENV_NAME="dev")

    said = {words[2]: words[3] for name, words, _ in machine.calls if name == "azd"}
    key = said["DARKROOM_OPERATOR_KEY"]
    assert done.returncode == 0, done.stderr
    assert said["DARKROOM_OPERATOR_KEY_SHA256"] == hashlib.sha256(key.encode()).hexdigest()
    assert key not in done.stdout + done.stderr


def test_every_fault_at_once(machine: Machine) -> None:
    """No model, no quota, a provider that is not registered, a long name: all are named."""
    machine.answers(
        [
            ("provider show --namespace Microsoft.App", "NotRegistered"),
            ("provider show", "Registered"),
            ("cognitiveservices model list", []),
            ("cognitiveservices usage list", [QUOTA | {"currentValue": 5}]),
        ]
    )
    done = machine.run("preflight.py", AZURE_ENV_NAME="x" * 33)

    assert done.returncode == 1
    for fault in ("33 characters", "Microsoft.App is NotRegistered", "gpt-image-2", "has 1 left"):
        assert fault in done.stderr


def test_deployed_again(machine: Machine) -> None:
    """What an earlier deployment of ours takes of the quota does not stop the next one."""
    mine = {"name": "gpt-image-2", "sku": {"capacity": 2}}
    machine.answers(
        [
            *READY[:2],
            ("cognitiveservices usage list", [QUOTA | {"currentValue": 6}]),
            ("group exists --name rg-dev", True),
            ("cognitiveservices account list", [{"name": "oai-1"}]),
            ("cognitiveservices account deployment list", [mine]),
        ]
    )

    assert machine.run("preflight.py", AZURE_ENV_NAME="dev").returncode == 0
    assert machine.run("preflight.py", AZURE_ENV_NAME="other").returncode == 1


NAMES = {
    "DARKROOM_VAULT_NAME": "kv-1",
    "DARKROOM_APP_NAME": "func-1",
    "AZURE_RESOURCE_GROUP": "rg-1",
    "DARKROOM_OPERATOR_KEY": "operator-key-of-this-test",
}


def stored(machine: Machine) -> list[dict[str, str]]:
    held = [
        files[0] for _, words, files in machine.calls if words[:3] == ["keyvault", "secret", "set"]
    ]
    return list(json.loads(held[-1])) if held else []


def test_first_signing_key(machine: Machine) -> None:
    """An empty vault gets one key of 32 bytes; no secret is in anybody's list of processes."""
    done = machine.run("keys.py", **NAMES)

    assert done.returncode == 0, done.stderr
    assert [len(one["key"]) for one in stored(machine)] == [44]
    arguments = json.dumps([words for _, words, _ in machine.calls])
    assert stored(machine)[0]["key"] not in arguments
    assert NAMES["DARKROOM_OPERATOR_KEY"] not in arguments
    assert not [held for *_, files in machine.calls for held in files if Path(held).exists()]


@pytest.mark.parametrize(("flag", "kids"), [("--rotate", 2), ("--retire", 1), ("", 0)])
def test_rotation(machine: Machine, flag: str, kids: int) -> None:
    """A new key comes before the old one, which goes on verifying until it is retired."""
    old = {"kid": "k1", "key": "b2xk"}
    machine.answers(
        [
            ("keyvault secret list", ["signing-keys"]),
            ("keyvault secret show", {"value": json.dumps([old])}),
        ]
    )
    done = machine.run("keys.py", *([flag] if flag else []), **NAMES)

    found = stored(machine)
    assert done.returncode == 0 and len(found) == kids
    assert not found or found[-1] == old


def test_drained(machine: Machine, app: App) -> None:
    """Deployments are paused first, and the deployment goes on when no call is open."""
    app.open_calls = [0]
    done = machine.run("drain.py", DARKROOM_API_URL=app.url, DARKROOM_OPERATOR_KEY="k")

    assert done.returncode == 0, done.stderr
    assert app.asked == ["/api/deployments/weu/pause"]


def test_nothing_to_drain(machine: Machine) -> None:
    """On the first deployment there is no app yet."""
    assert machine.run("drain.py").returncode == 0


def test_pipeline_takes_the_key_from_the_app(machine: Machine) -> None:
    """A pipeline that knows nothing has address and key before it drains, and shows no key."""
    key = "operator-key-of-this-test"
    machine.answers(
        [
            ("group exists --name rg-dev", True),
            ("functionapp list", [{"name": "func-1", "defaultHostName": "127.0.0.1:1"}]),
            ("functionapp keys list --resource-group rg-dev --name func-1", key),
        ]
    )
    done = machine.run("pipeline.py", AZURE_ENV_NAME="dev")

    told = {words[2]: words[3] for name, words, _ in machine.calls if name == "azd"}
    assert done.returncode == 0, done.stderr
    assert told["DARKROOM_OPERATOR_KEY"] == key
    assert told["DARKROOM_API_URL"] == "https://127.0.0.1:1/api"
    assert "nothing to drain" in done.stdout and key not in done.stdout + done.stderr


def test_pipeline_of_a_new_environment(machine: Machine) -> None:
    """Where nothing is deployed there is nothing to know."""
    machine.answers([("group exists", False)])
    done = machine.run("pipeline.py", AZURE_ENV_NAME="dev")

    assert (done.returncode, done.stdout.strip()) == (0, "nothing is deployed yet.")


def test_smoke(machine: Machine, app: App) -> None:
    """Work is taken up again, what is no request is refused, and one would be taken."""
    done = machine.run("smoke.py", DARKROOM_API_URL=app.url, DARKROOM_OPERATOR_KEY="k")

    assert done.returncode == 0, done.stderr
    assert app.asked == ["/api/deployments/weu/resume", "/api/images", "/api/policy/check"]
    assert "go to weu" in done.stdout


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [
        ((200, TOLD | {"routing": {"deployment": None, "reason": "paused"}}), 0, "(paused)"),
        ((403, {"code": "forbidden"}), 0, ""),
        ((404, None), 1, "answered with 404"),
        ((200, {"ok": False, "problems": [{"code": "budget_exhausted"}]}), 1, "budget_exhausted"),
    ],
)
def test_smoke_tells_what_a_request_would_meet(
    machine: Machine, app: App, told: tuple[int, Any], code: int, said: str
) -> None:
    """Refused, or no dry run at all, fails the deployment; to wait, or no right, does not."""
    app.told = told
    done = machine.run("smoke.py", DARKROOM_API_URL=app.url, DARKROOM_OPERATOR_KEY="k")

    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr


def test_smoke_finds_what_is_missing(machine: Machine, app: App) -> None:
    """A container that is not there fails the deployment, by name."""
    app.missing = "requests"
    done = machine.run("smoke.py", DARKROOM_API_URL=app.url, DARKROOM_OPERATOR_KEY="k")

    assert done.returncode == 1 and "requests" in done.stderr
