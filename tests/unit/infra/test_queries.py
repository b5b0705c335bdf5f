"""The queries of alerts and workbook ask only for what the code really writes to its log."""

import ast
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from dev.infra_tables import QUERIES, described, made
from shared.chain.fact_log import TOLD
from shared.domain.deliveries import RETRIES_S
from shared.domain.facts import FACTS
from shared.domain.notices import NOTICES

SHARED = QUERIES.parent.parent / "shared"
FILES = sorted(QUERIES.rglob("*.kql"))
NAMED = re.compile(r'startswith "([\w.]+) "')
CHOSEN = re.compile(r'matches regex @"\^(\w+)\\\.\(([\w|]+)\)')
ASKED = re.compile(r'extract\(@"(\w+)=')
# What the platform itself writes.
HOST_TEXT = 'has "MaxDequeueCount"'
# As workbooks name them; the first need a time to draw along.
# https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-chart-visualizations
ALONG_TIME = {"areachart", "barchart", "linechart", "timechart"}
PLAIN = {"categoricalbar", "piechart", "table"}
# https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule: minutes.
WINDOWS = {"PT5M": 5, "PT10M": 10, "PT15M": 15, "PT30M": 30, "PT1H": 60, "P1D": 1440, "P2D": 2880}
# Each tells that something is so now; what it does not tell any more is over.
STATES = {"failure-rate", "quota-pressure", "server-errors", "sweep-missing", "waits-past-due"}


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


def test_no_line_is_sampled_away() -> None:
    """Alerts count log lines, so every one of them has to arrive."""
    host = json.loads((SHARED.parent / "host.json").read_text(encoding="utf-8"))
    sampling = host["logging"]["applicationInsights"]["samplingSettings"]

    assert {"Exception", "Trace"} <= set(sampling["excludedTypes"].split(";"))


@pytest.mark.parametrize("file", sorted(QUERIES.glob("views/*.kql")), ids=lambda file: file.stem)
def test_views_are_drawn_as_they_can_be(file: Path) -> None:
    """A chart along time has a time to go along, one of names has none."""
    said = described(file)
    last = re.findall(r"summarize .*", said["query"])[-1]

    assert said["shown"] in (ALONG_TIME if "bin(" in last else PLAIN)


@pytest.mark.parametrize("file", sorted(QUERIES.glob("alerts/*.kql")), ids=lambda file: file.stem)
def test_alert_looks_at_times_that_azure_takes(file: Path) -> None:
    """It looks at least as far back as to its last look, and as far as its query asks for."""
    said = described(file)
    every, over = WINDOWS[said["every"]], WINDOWS[said["over"]]
    asked = [int(minutes) for minutes in re.findall(r"ago\((\d+)m\)", said["query"])]

    # Azure fires a rule that does not resolve at each look that finds something: each line is
    # seen by two, so that one which arrives late is not missed, and nobody has more than two mails.
    assert over == 2 * every or said.get("resolves") != "no"
    assert every <= over and max(asked, default=0) <= over
    assert said["severity"] in "01234"


@pytest.mark.parametrize("alert", made()["alerts.json"], ids=lambda alert: alert["name"])
def test_events_do_not_resolve_by_themselves(alert: dict[str, Any]) -> None:
    """A line tells once of what goes on until somebody ends it: no mail may say that it is over."""
    assert alert["resolves"] == (alert["name"] in STATES)
    assert "autoMitigate: alert.resolves" in (QUERIES.parent / "modules/alerts.bicep").read_text()


def test_how_long_a_receiver_is_tried() -> None:
    """What the alert says of the last try is what the desk does."""
    means = described(QUERIES / "alerts" / "dead-deliveries.kql")["means"]

    assert "nearly two days" in means and 44 < sum(RETRIES_S) / 3600 < 48
