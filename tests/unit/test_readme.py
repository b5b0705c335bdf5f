"""The README's samples of settings: what a reader pastes is taken."""

import re
from pathlib import Path

from shared.setting_entries import parse_callers, parse_deployments

README = Path(__file__).parents[2] / "README.md"


def test_samples_of_settings() -> None:
    """Two deployments of one model, by priority; a caller with a budget, `default` closed."""
    deployments, callers = re.findall(
        r"^```json\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S
    )
    first, second = parse_deployments(deployments)
    book = parse_callers(callers)
    caller = book.by_key("test")

    assert (first.model, first.priority) == (second.model, second.priority - 1)
    assert caller is not None and caller.monthly_budget_usd == 50
    assert book.default.roles == frozenset()
