"""What is released: one version everywhere, and pipelines that call only what is there."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from dev.cli import COMMANDS
from shared.web.health import VERSION
from tests.rules.sources import ROOT

GITHUB = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PIPELINES = [*GITHUB, ROOT / "azure-pipelines.yml"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINNED = re.compile(r"[\w./-]+@(v\d+|[0-9a-f]{40})")


def values(tree: Any, *keys: str) -> Iterator[Any]:
    """Whatever stands under one of these keys, at any depth."""
    branches = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, branch in branches:
        if key in keys:
            yield branch
        if isinstance(branch, dict | list):
            yield from values(branch, *keys)


def loaded(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def scripts(file: Path) -> str:
    return "\n".join(values(loaded(file), "run", "script", "inlineScript"))


def test_one_version() -> None:
    """Package, app, template and changelog tell the same version."""
    template = loaded(ROOT / "azure.yaml")["metadata"]["template"]
    released = re.findall(r"^## \[(\d\S+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)

    assert PROJECT["version"] == VERSION
    assert template == f"darkroom@{VERSION}"
    assert released[:1] in ([], [VERSION])


def test_license() -> None:
    """The package names the license whose text lies beside it."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert text.startswith(f"{PROJECT['license']} License")
    assert "The Darkroom authors" in text


@pytest.mark.parametrize("file", PIPELINES, ids=lambda file: file.stem)
def test_pipelines_call_what_is_there(file: Path) -> None:
    """Each command of ours that a pipeline runs exists, under that name."""
    text = scripts(file)
    commands = re.findall(r"python3 dev (\w+)", text)
    modules = re.findall(r"-m (dev\.\w+)", text)
    paths = re.findall(r"(?:python3|--file) (infra/\S+)", text)

    assert commands or modules or paths
    assert set(commands) <= {command.name for command in COMMANDS}
    for path in [*(f"{module.replace('.', '/')}.py" for module in modules), *paths]:
        assert (ROOT / path).is_file(), path


def test_pipelines_test_before_they_deploy() -> None:
    """The full test runs on each change, and nothing is deployed that failed the fast part."""
    assert "python3 dev test" in scripts(ROOT / ".github" / "workflows" / "ci.yml")
    deploy = scripts(ROOT / ".github" / "workflows" / "deploy.yml")
    stages = loaded(ROOT / "azure-pipelines.yml")["stages"]

    assert deploy.index("python3 dev check") < deploy.index("azd provision")
    assert [stage.get("dependsOn") for stage in stages] == [None, "test"]


@pytest.mark.parametrize("file", PIPELINES, ids=lambda file: file.stem)
def test_paid_calls_end_before_settings_change(file: Path) -> None:
    """Whoever provisions has compiled and looked before; azd's own hooks drain the app."""
    text = scripts(file)
    steps = ("bicep build", "azd provision --preview", "azd provision --no")
    places = [text.find(step) for step in (*steps, "azd deploy")]

    assert places == sorted(places) if "azd deploy" in text else max(places[1:]) < 0 <= places[0]


@pytest.mark.parametrize("file", PIPELINES, ids=lambda file: file.stem)
def test_pipelines_keep_no_secret(file: Path) -> None:
    """Credentials are federated: no stored secret is asked for, in any spelling."""
    text = file.read_text(encoding="utf-8")

    assert not re.search(r"secrets\.|client-secret|AZURE_CREDENTIALS|password", text, re.I)


@pytest.mark.parametrize("file", GITHUB, ids=lambda file: file.stem)
def test_actions_are_pinned(file: Path) -> None:
    """By major version or commit; and a job may do no more than it says."""
    used, rights = list(values(loaded(file), "uses")), loaded(file)["permissions"]

    assert used and all(PINNED.fullmatch(action) for action in used)
    assert rights.pop("id-token", None) == ("write" if file.stem == "deploy" else None)
    assert rights == {"contents": "read"}


def test_pythons_of_the_pipeline() -> None:
    """The oldest Python that we support is tested, and the one that is deployed."""
    tables = json.loads((ROOT / "infra" / "tables.json").read_text(encoding="utf-8"))
    [versions] = values(loaded(ROOT / ".github" / "workflows" / "ci.yml")["jobs"], "matrix")

    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert versions["python"] == [oldest, tables["pythonVersion"]]
