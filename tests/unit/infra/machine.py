"""A machine with `az` and `azd` that answer from a script, and the hooks run on it."""

import importlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
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
    def remembered(self) -> dict[str, str]:
        """What azd was told, by way of a file."""
        files = [held for name, _, held in self.calls if name == "azd"]
        return dict(re.findall(r"^(\w+)='(.*)'$", "".join(map("".join, files)), re.MULTILINE))

    @property
    def calls(self) -> list[Any]:
        log = self.folder / "calls.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


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


class Hooks:
    """Hooks in this process: time passes without anybody waiting for it."""

    def __init__(self, machine: Machine, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.machine, self.app = machine, app
        self.environment = {**NAMES, "DARKROOM_API_URL": app.url, **machine.environment}
        monkeypatch.syspath_prepend(str(HOOKS))
        monkeypatch.setattr(os, "environ", self.environment)

    def run(self, name: str, *arguments: Any, **given: str) -> int:
        self.environment.update(given)
        main = importlib.import_module(name).main
        return int(main(*arguments, pause=self.app.wait))
