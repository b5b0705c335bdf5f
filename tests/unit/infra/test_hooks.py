"""The hooks of a deployment, run as azd runs them, with an `az` that answers from a script."""

import hashlib
import importlib
import json
import os
import shutil
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
        if isinstance(answer, dict) and "fails" in answer:
            sys.exit(answer["fails"])
        print(json.dumps(answer))
        break
"""
MODEL = {"name": "gpt-image-2", "version": "2026-04-21", "skus": [{"name": "GlobalStandard"}]}
QUOTA = {"name": {"value": "OpenAI.GlobalStandard.gpt-image-2"}, "limit": 6, "currentValue": 4}
TOLD = {"ok": True, "problems": [], "routing": {"deployment": "weu", "reason": None}}
READY = [
    ("account show", "subscription-1"),
    ("provider show", "Registered"),
    ("functionapp list-flexconsumption-locations", [{"name": "swedencentral"}]),
    ("storage sku list", ["SwedenCentral"]),
    ("cognitiveservices model list", [{"model": MODEL}]),
    ("cognitiveservices usage list", [QUOTA]),
]
HERE = {
    "AZURE_ENV_NAME": "dev",
    "AZURE_LOCATION": "swedencentral",
    "AZURE_SUBSCRIPTION_ID": "subscription-1",
}


class Machine:
    """A folder with the two programs, and the environment that azd would give."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hooks = HOOKS
        self.environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
        for name in ("az", "azd"):
            program = folder / name
            program.write_text(PROGRAM.format(python=sys.executable))
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.answers([])

    def answers(self, answers: list[tuple[str, Any]]) -> None:
        (self.folder / "answers.json").write_text(json.dumps(answers))

    def run(self, script: str, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, str(self.hooks / script), *arguments]
        env = {**self.environment, **given}
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, env=env)

    def takes_production(self) -> None:
        """As README.md has it: production.parameters.json is copied over the other."""
        infra = self.folder / "infra"
        shutil.copytree(HOOKS, infra / "hooks")
        hardened = HOOKS.parent / "production.parameters.json"
        shutil.copy(hardened, infra / "main.parameters.json")
        self.hooks = infra / "hooks"

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
    """With all of it there, the operator's key is made; its digest is what is deployed."""
    machine.answers(READY)
    done = machine.run("preflight.py", **HERE)

    said = {words[2]: words[3] for name, words, _ in machine.calls if name == "azd"}
    key = said["DARKROOM_OPERATOR_KEY"]
    assert done.returncode == 0, done.stderr
    assert said["DARKROOM_OPERATOR_KEY_SHA256"] == hashlib.sha256(key.encode()).hexdigest()
    assert key not in done.stdout + done.stderr


def test_every_fault_at_once(machine: Machine) -> None:
    """Whatever is in the way of a deployment is named before anything is made."""
    machine.answers(
        [
            ("provider show --namespace Microsoft.App", "NotRegistered"),
            ("cognitiveservices model list", []),
            ("cognitiveservices usage list", [QUOTA | {"currentValue": 5}]),
            *READY,
        ]
    )
    elsewhere = {"AZURE_LOCATION": "westus", "AZURE_SUBSCRIPTION_ID": "subscription-2"}
    done = machine.run("preflight.py", AZURE_ENV_NAME="x" * 33, **elsewhere)

    assert done.returncode == 1
    for fault in (
        "33 characters",
        "az account set --subscription subscription-2",
        "Microsoft.App is NotRegistered",
        "Flex Consumption is not in westus",
        "Standard_ZRS) is not in westus",
        "gpt-image-2 2026-04-21 is not in swedencentral",
        "has 1 left",
    ):
        assert fault in done.stderr, fault


@pytest.mark.parametrize(
    ("skus", "mail", "code", "said"),
    [
        ([{"name": "S0"}], "ops@contoso.com", 0, "ready"),
        ([{"name": "F0"}], "ops@contoso.com", 1, "Content Safety is not in swedencentral"),
        ([{"name": "S0"}], "", 1, "azd env set DARKROOM_ALERT_EMAIL VALUE"),
    ],
)
def test_production_asks_for_more(
    machine: Machine, skus: list[dict[str, str]], mail: str, code: int, said: str
) -> None:
    """The hardened parameters need Content Safety, zones, quota for more, and an address."""
    machine.takes_production()
    quota = ("cognitiveservices usage list", [QUOTA | {"currentValue": 0}])
    machine.answers([quota, ("cognitiveservices account list-skus", skus), *READY])
    done = machine.run("preflight.py", DARKROOM_ALERT_EMAIL=mail, **HERE)

    asked = [words for _, words, _ in machine.calls if "list-flexconsumption-locations" in words]
    assert done.returncode == code and said in done.stdout + done.stderr, done.stderr
    assert asked[0][2:4] == ["--zone-redundant", "true"]


def test_a_model_for_alt_texts(machine: Machine) -> None:
    """Where one is wanted, it has to be in the region too, with quota left."""
    machine.takes_production()
    parameters = machine.hooks.parent / "main.parameters.json"
    given = json.loads(parameters.read_text())
    chat = {"name": "alt", "model": "gpt-5-mini", "version": "2025-08-07"}
    offer = {"sku": "GlobalStandard", "capacity": 50}
    given["parameters"]["altTextDeployment"] = {"value": chat | offer}
    parameters.write_text(json.dumps(given))
    there = {"name": chat["model"], "version": chat["version"], "skus": MODEL["skus"]}
    quota = {"name": {"value": "OpenAI.GlobalStandard.gpt-5-mini"}, "limit": 50, "currentValue": 0}
    others = [("cognitiveservices account list-skus", [{"name": "S0"}]), *READY]
    enough = ("cognitiveservices usage list", [QUOTA | {"currentValue": 0}, quota])
    offered = ("cognitiveservices model list", [{"model": MODEL}, {"model": there}])
    mail = {"DARKROOM_ALERT_EMAIL": "ops@contoso.com"}

    machine.answers([enough, *others])
    missing = machine.run("preflight.py", **HERE, **mail)
    machine.answers([enough, offered, *others])
    good = machine.run("preflight.py", **HERE, **mail)

    assert "gpt-5-mini 2025-08-07 is not in swedencentral" in missing.stderr
    assert (missing.returncode, good.returncode) == (1, 0), good.stderr


def test_deployed_again(machine: Machine) -> None:
    """What an earlier deployment of ours takes of the quota does not stop the next one."""
    mine = {"name": "gpt-image-2", "sku": {"capacity": 2}}
    accounts = [{"name": "oai-1", "kind": "OpenAI"}, {"name": "cs-1", "kind": "ContentSafety"}]
    machine.answers(
        [
            ("cognitiveservices usage list", [QUOTA | {"currentValue": 6}]),
            *READY,
            ("group exists --name rg-dev", True),
            ("cognitiveservices account list --resource-group", accounts),
            ("cognitiveservices account deployment list", [mine]),
        ]
    )

    assert machine.run("preflight.py", **HERE).returncode == 0
    assert machine.run("preflight.py", **HERE | {"AZURE_ENV_NAME": "other"}).returncode == 1
    lists = [words for _, words, _ in machine.calls if words[1:4:2] == ["account", "list"]]
    assert {words[words.index("--name") + 1] for words in lists if "--name" in words} <= {"oai-1"}


def test_names_that_a_deleted_environment_keeps(machine: Machine) -> None:
    """A vault and an account of the same environment are in the way, each with its way out."""
    place = "/subscriptions/s/resourceGroups/{}/providers/Microsoft.KeyVault/vaults/kv"
    vaults = [
        {"name": name, "properties": {"vaultId": place.format(group), "location": "westeurope"}}
        for name, group in (("kv-1", "RG-dev"), ("kv-2", "rg-dev2"))
    ]
    account = {
        "name": "oai-1",
        "location": "swedencentral",
        "id": "/subscriptions/s/providers/Microsoft.CognitiveServices/locations/swedencentral"
        "/resourceGroups/rg-dev/deletedAccounts/oai-1",
    }
    machine.answers(
        [
            *READY,
            ("keyvault list-deleted", vaults),
            ("cognitiveservices account list-deleted", [account]),
        ]
    )
    done = machine.run("preflight.py", **HERE)

    assert done.returncode == 1
    assert "az keyvault recover --name kv-1 --resource-group rg-dev" in done.stderr
    assert "account purge --name oai-1 --resource-group rg-dev" in done.stderr
    assert "kv-2" not in done.stderr


NAMES = {
    "DARKROOM_VAULT_NAME": "kv-1",
    "DARKROOM_APP_NAME": "func-1",
    "AZURE_RESOURCE_GROUP": "rg-1",
    "DARKROOM_OPERATOR_KEY": "operator-key-of-this-test",
}


VAULT = "rest --method get --url /subscriptions/{subscriptionId}/resourceGroups/rg-1/providers/"
VAULT += "Microsoft.KeyVault/vaults/kv-1/secrets?"
SITE = "/subscriptions/{subscriptionId}/resourceGroups/rg-1/providers/Microsoft.Web/sites/func-1"
OPERATOR = f"rest --method put --url {SITE}/host/default/functionKeys/operator"
READ = {"name": "DARKROOM_SIGNING_KEYS", "properties": {"status": "Resolved"}}
READS = (f"rest --method get --url {SITE}/config/configreferences/appsettings", {"value": [READ]})


def stored(machine: Machine) -> list[dict[str, str]]:
    """The signing keys as they went into the vault, whichever way."""
    for _, words, files in machine.calls:
        if words[:3] == ["keyvault", "secret", "set"]:
            return list(json.loads(files[-1]))
        if "vaults/kv-1/secrets/signing-keys" in " ".join(words):
            return list(json.loads(json.loads(files[-1])["properties"]["value"]))
    return []


def test_first_signing_key(machine: Machine) -> None:
    """An empty vault gets one key of 32 bytes; no secret is in anybody's list of processes."""
    machine.answers([READS])
    done = machine.run("keys.py", **NAMES)

    assert done.returncode == 0, done.stderr
    assert [len(one["key"]) for one in stored(machine)] == [44]
    arguments = json.dumps([words for _, words, _ in machine.calls])
    assert stored(machine)[0]["key"] not in arguments
    assert NAMES["DARKROOM_OPERATOR_KEY"] not in arguments
    assert not [held for *_, files in machine.calls for held in files if Path(held).exists()]


def test_first_key_asks_nothing_of_a_closed_vault(machine: Machine) -> None:
    """The first deployment of a private network may come from outside of it."""
    machine.answers([READS])
    machine.run("keys.py", **NAMES)

    programs = {words[0] for _, words, _ in machine.calls}
    assert programs == {"rest"}


def test_app_reads_the_first_key(machine: Machine) -> None:
    """The platform is told to read the vault again after the key is there, and did."""
    machine.answers([READS])
    machine.run("keys.py", **NAMES)

    said = [" ".join(words) for _, words, _ in machine.calls]
    put = next(k for k, one in enumerate(said) if "secrets/signing-keys" in one)
    again = next(k for k, one in enumerate(said) if "appsettings/refresh" in one)
    assert put < again and said[again].startswith("rest --method post")


@pytest.mark.parametrize(("flag", "kids"), [("--rotate", 2), ("--retire", 1), ("", 0)])
def test_rotation(machine: Machine, flag: str, kids: int) -> None:
    """A new key comes before the old one, which goes on verifying until it is retired."""
    old = {"kid": "k1", "key": "b2xk"}
    machine.answers(
        [
            (VAULT, ["signing-keys"]),
            ("keyvault secret show", {"value": json.dumps([old])}),
            READS,
        ]
    )
    done = machine.run("keys.py", *([flag] if flag else []), **NAMES)

    found = stored(machine)
    assert done.returncode == 0 and len(found) == kids
    assert not found or found[-1] == old


def test_operators_key_waits_for_the_code(machine: Machine, app: App) -> None:
    """Before the first deployment it is not taken, and nobody minds; later that is a fault."""
    machine.answers([READS, (OPERATOR, {"fails": "BadRequest"})])

    assert machine.run("keys.py", **NAMES).returncode == 0
    done = machine.run("keys.py", DARKROOM_API_URL=app.url, **NAMES)
    assert done.returncode == 1 and "BadRequest" in done.stderr


def test_a_program_that_hangs(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a fault with a name, not a trace that nobody can read."""
    monkeypatch.syspath_prepend(str(HOOKS))
    monkeypatch.setenv("PATH", machine.environment["PATH"])
    tools = importlib.import_module("tools")
    monkeypatch.setattr(tools, "TIMEOUT_S", 0.001)

    with pytest.raises(tools.HookFailed, match="az account show --output: no answer"):
        tools.az("account", "show")


def test_looks_until_it_came_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at before the first pause, and once more after the last."""
    monkeypatch.syspath_prepend(str(HOOKS))
    tools = importlib.import_module("tools")
    seen, pauses = iter([False, False, True]), list[float]()

    assert tools.until(lambda: next(seen), 20, 10, pauses.append) and pauses == [10, 10]
    assert not tools.until(lambda: False, 20, 10, pauses.append) and len(pauses) == 4


@pytest.mark.parametrize(
    ("references", "said"),
    [
        ([READ], "Resolved"),
        ([READ | {"name": "func-1/DARKROOM_SIGNING_KEYS"}], "Resolved"),
        (
            [READ | {"properties": {"status": "SecretNotFound", "details": "none"}}],
            "SecretNotFound (none)",
        ),
        ([READ | {"name": "OTHER"}], "DARKROOM_SIGNING_KEYS is no reference"),
    ],
)
def test_what_the_platform_says_of_the_keys(
    monkeypatch: pytest.MonkeyPatch, references: list[dict[str, Any]], said: str
) -> None:
    """Whether it has read them, and what is in the way where it has not."""
    monkeypatch.syspath_prepend(str(HOOKS))

    assert importlib.import_module("references").state(references) == said


def test_drained(machine: Machine, app: App) -> None:
    """Deployments are paused first, and the deployment goes on when no call is open."""
    app.open_calls = [0]
    done = machine.run("drain.py", DARKROOM_API_URL=app.url, **NAMES)

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

    assert (done.returncode, done.stdout.strip()) == (0, "no app runs yet.")


def test_pipeline_goes_on_where_it_was_broken_off(machine: Machine) -> None:
    """An app without code cannot tell its keys; the next run deploys the code all the same."""
    machine.answers(
        [
            ("group exists", True),
            ("functionapp list", [{"name": "func-1", "defaultHostName": "127.0.0.1:1"}]),
            ("functionapp keys list", {"fails": "BadRequest"}),
        ]
    )
    done = machine.run("pipeline.py", AZURE_ENV_NAME="dev")

    assert (done.returncode, done.stdout.strip()) == (0, "no app runs yet."), done.stderr


def test_smoke(machine: Machine, app: App) -> None:
    """Work is taken up again, what is no request is refused, one would be taken, and what next."""
    given = NAMES | {"DARKROOM_NEXT_STEPS": "Review page: there."}
    done = machine.run("smoke.py", DARKROOM_API_URL=app.url, **given)

    assert done.returncode == 0, done.stderr
    assert app.asked == ["/api/deployments/weu/resume", "/api/images", "/api/policy/check"]
    assert "go to weu" in done.stdout and "Review page: there." in done.stdout
    words = [words for _, words, _ in machine.calls]
    assert [" ".join(one).startswith(OPERATOR) for one in words] == [True]


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
    done = machine.run("smoke.py", DARKROOM_API_URL=app.url, **NAMES)

    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr


def test_smoke_finds_what_is_missing(machine: Machine, app: App) -> None:
    """A container that is not there fails the deployment, by name."""
    app.missing = "requests"
    done = machine.run("smoke.py", DARKROOM_API_URL=app.url, **NAMES)

    assert done.returncode == 1 and "requests" in done.stderr
