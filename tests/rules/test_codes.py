"""Codes that people meet: whoever looks one up finds it, on the pages and in the console."""

import ast
import importlib
import re
from collections.abc import Iterator

from shared.domain.resource import ERROR_DETAILS
from tests.rules.sources import ROOT, tracked

RUNBOOK = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
WORDS = (ROOT / "shared" / "web" / "console" / "words.js").read_text(encoding="utf-8")


def attentions() -> Iterator[str]:
    """Each code with which the app asks an operator, wherever it does."""
    for path in tracked():
        if not (path.startswith("shared/") and path.endswith(".py")):
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "RaiseAttention(" in text else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("RaiseAttention"):
                names = vars(importlib.import_module(path[:-3].replace("/", ".")))
                yield eval(ast.unparse(node.args[0]), names)


def listed(page: str) -> list[str]:
    """The codes of a page's table, whose first column they are."""
    section = RUNBOOK.partition(f'<a id="{page}"></a>')[2].partition('<a id="')[0]
    table = section.partition("| code |")[2].partition("\n\n")[0]
    firsts = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    return [code for first in firsts for code in re.findall(r"`(\w+)`", first)]


def test_each_attention_is_on_its_page() -> None:
    """What an operator is asked, the page explains, once, and nothing else."""
    assert sorted(listed("needs-attention")) == sorted(set(attentions()))


def test_each_attention_has_words_in_the_console() -> None:
    """The card says what lies behind a code and what retrying does."""
    table = WORDS.partition("const ATTENTIONS = {")[2].partition("\n};")[0]

    assert set(re.findall(r"^  (\w+): \[", table, re.MULTILINE)) == set(attentions())


def test_each_failure_is_on_its_page() -> None:
    """Whatever a request fails with is a code of the resource, and has its row."""
    assert sorted(listed("failure-rate")) == sorted(ERROR_DETAILS)
    assert set(attentions()) <= set(ERROR_DETAILS)
