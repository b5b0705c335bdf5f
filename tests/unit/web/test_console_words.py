"""The console has words for whatever the app may tell it."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import pytest

from shared.chain.conditions import Condition
from shared.domain.batch_views import BatchSummary
from shared.domain.deliveries import Line
from shared.domain.facts import FACTS
from shared.domain.policy_document import RuleCondition
from shared.domain.policy_views import PolicyStanding, Then
from shared.web.batches import ROW_STATUSES
from shared.web.health import Ready
from shared.web.listing import STATUSES

CONSOLE = Path(__file__).parents[3] / "shared" / "web" / "console"
KEY = re.compile(r'^  "?([\w.]+)"?: [(\[]', re.MULTILINE)


def words(file: str, name: str) -> set[str]:
    """The keys of one table of a module."""
    text = (CONSOLE / file).read_text()
    begin = text.index(f"const {name} = ")
    return set(KEY.findall(text[begin : text.index("\n};", begin)]))


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("STATES", STATUSES),
        ("BREAKERS", get_args(Condition.model_fields["state"].annotation)),
        ("BATCHES", get_args(BatchSummary.model_fields["status"].annotation)),
        ("POLICIES", get_args(PolicyStanding.model_fields["state"].annotation)),
        ("FOLLOWS", get_args(Then)),
        ("HEALTH", get_args(Ready.model_fields["status"].annotation)),
        ("DELIVERIES", get_args(Line.model_fields["outcome"].annotation)),
    ],
)
def test_every_state_has_a_name(name: str, codes: Iterable[str]) -> None:
    """Requests, deployments, health and deliveries: none is shown by its bare code."""
    assert set(codes) <= words("words.js", name)


def test_every_row_has_a_state() -> None:
    """Rows of a batch are told as their requests are, or by what only rows can be."""
    assert set(ROW_STATUSES) <= words("words.js", "ROWS") | words("words.js", "STATES")


def test_every_condition_is_a_sentence() -> None:
    """Each part that a rule may have is told in words."""
    fields = {one.alias or name for name, one in RuleCondition.model_fields.items()}

    assert fields <= words("conditions.js", "PARTS")


def test_every_fact_is_a_sentence() -> None:
    """A time line tells each kind of fact that a journal may hold, and none that is not."""
    assert words("facts.js", "TOLD") == set(FACTS)
