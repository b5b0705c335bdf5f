"""The queries of alerts and workbook ask only for what the code really writes to its log."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from dev.infra_tables import QUERIES, described
from shared.chain.fact_log import TOLD
from shared.domain.facts import FACTS
from shared.domain.notices import NOTICES

SHARED = QUERIES.parent.parent / "shared"
FILES = sorted(QUERIES.rglob("*.kql"))
NAMED = re.compile(r'startswith "([\w.]+) "')
CHOSEN = re.compile(r'matches regex @"\^(\w+)\\\.\(([\w|]+)\)')
ASKED = re.compile(r'extract\(@"(\w+)=')
# What the platform itself writes.
HOST_TEXT = 'has "MaxDequeueCount"'


def written() -> dict[str, set[str]]:
    """Each log event of the code with its fields."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in FACTS:
        found[name] |= {"request_id", "seq", "images", "amount", "template", *TOLD}
    for name in NOTICES:
        found[name] |= {"stream", "seq", *TOLD}
    for file in SHARED.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "logs.event":
                first = (
                    node.args[0].value if isinstance(node.args[0], ast.Starred) else node.args[0]
                )
                for name in re.findall(r"'([a-z_]+\.[a-zA-Z_]+)'", ast.unparse(first)):
                    found[name] |= {keyword.arg for keyword in node.keywords if keyword.arg}
    return found


def events_of(query: str) -> set[str]:
    chosen = {
        f"{head}.{tail}" for head, tails in CHOSEN.findall(query) for tail in tails.split("|")
    }
    return set(NAMED.findall(query)) | chosen


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_query_asks_for_what_is_written(file: Path) -> None:
    """Every event that a query names is in the code, and some of them has each field it takes."""
    query = described(file)["query"]
    names, log = events_of(query), written()
    fields = set().union(*(log[name] for name in names))

    assert names and names <= set(log), names - set(log)
    assert set(ASKED.findall(query)) <= fields
    assert query.count('"') % 2 == 0 and query.count("(") == query.count(")")


@pytest.mark.parametrize("file", sorted(QUERIES.glob("alerts/*.kql")), ids=lambda file: file.stem)
def test_alert_says_what_it_means(file: Path) -> None:
    """Each has a title, how grave it is, how often it looks, and its page of the runbook."""
    said = described(file)
    runbook = (QUERIES.parent.parent / "docs" / "operations.md").read_text(encoding="utf-8")

    assert {"title", "severity", "every", "over", "means"} <= set(said)
    assert f'<a id="{file.stem}"></a>' in runbook
