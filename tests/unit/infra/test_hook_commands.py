"""The hooks ask Azure's command line only for what it has."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.az import AZ, EVERYWHERE

HOOKS = sorted((Path(__file__).parents[3] / "infra" / "hooks").glob("*.py"))
# tools.py gives these to every command.
ALWAYS = {"--output", "--only-show-errors"}


def asked(file: Path) -> Iterator[tuple[str, set[str]]]:
    """Each command that is written out, with its flags."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "az":
            words = [
                one.value
                for argument in node.args
                for one in ast.walk(argument)
                if isinstance(one, ast.Constant) and isinstance(one.value, str)
            ]
            flags = {word for word in words if word.startswith("--")}
            plain = " ".join(words[: next((k for k, w in enumerate(words) if w in flags), None)])
            yield next((name for name in AZ if name == plain), plain), flags


@pytest.mark.parametrize("file", HOOKS, ids=lambda file: file.stem)
def test_commands_are_real(file: Path) -> None:
    """No command or flag that Azure's command line does not have."""
    for name, flags in asked(file):
        assert name in AZ, name
        assert flags <= AZ[name] | EVERYWHERE | ALWAYS, (name, flags)


def test_commands_are_found() -> None:
    """There is something to compare: the hooks ask a lot."""
    assert len([name for file in HOOKS for name, _ in asked(file)]) >= 12
