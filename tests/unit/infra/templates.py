"""The Bicep files as values, by a real parser of the language."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pycep import BicepParser

INFRA = Path(__file__).parents[3] / "infra"
MAIN = INFRA / "main.bicep"
MODULES = sorted((INFRA / "modules").glob("*.bicep"))


@cache
def parsed(file: Path) -> dict[str, Any]:
    return dict(BicepParser().parse(text=file.read_text(encoding="utf-8")))


def module(name: str) -> dict[str, Any]:
    return parsed(INFRA / "modules" / f"{name}.bicep")


def resources(kind: str = "") -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """File, name and body of each resource whose type begins so; of a loop, one turn of it."""
    for file in MODULES:
        for name, resource in parsed(file).get("resources", {}).items():
            if resource["type"].startswith(kind):
                config = resource["config"]
                yield file, name, config.get("config", config)


def path_of(node: Any) -> str:
    """`a.b.c`, as the parser has it in nested operators, and plain text as it is."""
    if isinstance(node, dict) and node.get("operator", {}).get("type") == "property_accessor":
        operands = node["operator"]["operands"]
        return f"{path_of(operands['operand_1'])}.{path_of(operands['operand_2'])}"
    return str(node)
