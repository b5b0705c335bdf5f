"""How often a flow polls in typical runs: the numbers that decision 17 gives."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from shared.domain.facts import FactData
from shared.domain.polling import pause_s
from shared.domain.values import Stage
from tests.unit.histories import (
    BARE,
    OPTIONS,
    completed,
    intended,
    not_sent,
    opened,
    raised,
    request_of,
    seconds,
    unknown,
)

PAGE = Path(__file__).parents[3] / "docs" / "decisions" / "0017-polling-and-waiting.md"
AN_HOUR_S, A_DAY_S = 3600, 86_400
# Until a request that was accepted has its call under way.
STARTS_AFTER_S = 2


def polls(*parts: tuple[float, tuple[FactData, ...]], start_s: float | None = None) -> int:
    """Polls of a run whose state is each history's until so many seconds have passed."""
    now_s, count = 0.0, 0
    start = None if start_s is None else seconds(start_s)
    for until_s, history in parts:
        request = request_of(*history)
        while now_s < until_s:
            now_s += pause_s(request, seconds(now_s), start)
            count += 1
    return count


def generated(quality: str, call_s: float) -> tuple[tuple[float, tuple[FactData, ...]], ...]:
    options = OPTIONS.model_copy(update={"n": 1, "quality": quality})
    accepted = BARE.model_copy(update={"options": options})
    called = (accepted, intended())
    return (STARTS_AFTER_S, (accepted,)), (STARTS_AFTER_S + call_s, called)


def reviewed(quality: str, call_s: float, decided_s: float) -> int:
    stages = (Stage(name="brand", deadline_s=7 * A_DAY_S),)
    made = generated(quality, call_s)
    accepted = made[0][1][0].model_copy(update={"stages": stages})
    asked = (accepted, intended(), completed(), opened(deadline_s=7 * A_DAY_S))
    return polls(*made, (decided_s, asked))


def queued() -> int:
    waiting = (BARE, intended(), not_sent())
    return polls((240, waiting), (280, waiting), start_s=240)


def troubled() -> int:
    asked = raised(deadline_s=14 * A_DAY_S)
    history = (BARE, intended(), unknown(inferred=True), asked)
    return polls((timedelta(days=14).total_seconds(), history))


RUNS = {
    "low, 12 s": polls(*generated("low", 12)),
    "medium, 40 s": polls(*generated("medium", 40)),
    "high, 130 s": polls(*generated("high", 130)),
    "a turn in 4 minutes, then 40 s": queued(),
    "approved after 10 minutes": reviewed("medium", 40, 600),
    "approved after 3 hours": reviewed("medium", 40, 3 * AN_HOUR_S),
    "approved after 3 days": reviewed("medium", 40, 3 * A_DAY_S),
    "an operator is not there for 14 days": troubled(),
}


def told() -> dict[str, int]:
    rows = re.findall(r"^\| (.+?) \| [\d,]+ \| ([\d,]+) \|$", PAGE.read_text("utf-8"), re.M)
    return {name: int(count.replace(",", "")) for name, count in rows}


@pytest.mark.parametrize("run", RUNS)
def test_what_the_page_says(run: str) -> None:
    """A flow polls as often as the page says."""
    assert told()[run] == RUNS[run]
