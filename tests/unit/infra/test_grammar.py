"""A second grammar of Bicep, the one editors use, finds nothing to mend in any file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

from tests.unit.infra.templates import INFRA, MAIN

FILES = sorted(INFRA.rglob("*.bicep"))
PARSER = Parser(Language(tree_sitter_bicep.language()))
# A piece of main.bicep that every slip below is made in.
WHOLE = "  tags: tags\n"
SLIPS = ["  tags: \n", "  tags tags\n", "  tags: tags,\n}\n", "  tags: 'tags\n", "  tags: [tags\n"]


def faults(text: str) -> list[str]:
    return list(_faults(PARSER.parse(text.encode()).root_node))


def _faults(node: Node) -> Iterator[str]:
    if node.is_error or node.is_missing:
        yield f"line {node.start_point.row + 1}: {node.type}"
    for child in node.children:
        yield from _faults(child)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(INFRA)))
def test_every_template_is_whole(file: Path) -> None:
    """No statement is broken and nothing is missing."""
    assert faults(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("slip", SLIPS)
def test_slips_are_found(slip: str) -> None:
    """A value, a colon, a bracket or a quote less is told of."""
    text = MAIN.read_text(encoding="utf-8")
    assert WHOLE in text

    assert faults(text.replace(WHOLE, slip, 1))
