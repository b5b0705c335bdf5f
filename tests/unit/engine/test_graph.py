"""Which actions run, and what a group of them comes to."""

from collections.abc import Mapping
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.engine.graph import run_all
from dev.engine.outcome import ENDINGS, Outcome

Actions = dict[str, dict[str, Any]]


def ran(actions: Actions, endings: Mapping[str, str], stop: Event | None = None) -> Any:
    """The outcome of the group, and how each action ended; those not in `endings` succeed."""
    seen: dict[str, str] = {}

    def perform(name: str, action: Mapping[str, Any]) -> Outcome:
        seen[name] = endings.get(name, "Succeeded")
        return Outcome(seen[name])

    def skip(name: str, action: Mapping[str, Any]) -> Outcome:
        seen[name] = "Skipped"
        return Outcome("Skipped")

    return run_all(actions, perform, skip, stop or Event()), seen


def after(**before: list[str]) -> dict[str, Any]:
    return {"runAfter": before}


CAUGHT = {"Try": after(), "Catch": after(Try=["Failed", "TimedOut"])}


@pytest.mark.parametrize(
    ("actions", "endings", "status", "seen"),
    [
        (CAUGHT, {}, "Succeeded", {"Try": "Succeeded", "Catch": "Skipped"}),
        (CAUGHT, {"Try": "Failed"}, "Succeeded", {"Try": "Failed", "Catch": "Succeeded"}),
        (CAUGHT, {"Try": "TimedOut"}, "Succeeded", {"Try": "TimedOut", "Catch": "Succeeded"}),
        (CAUGHT, {"Try": "Failed", "Catch": "Failed"}, "Failed", None),
        ({"A": after(), "B": after(A=["Succeeded"])}, {"A": "Failed"}, "Failed", None),
        ({"A": after(), "B": after()}, {"A": "Failed"}, "Failed", None),
        ({}, {}, "Succeeded", {}),
    ],
)
def test_last_actions_decide(
    actions: Actions, endings: Mapping[str, str], status: str, seen: Mapping[str, str] | None
) -> None:
    """A failure that another action takes up is none of the group; one that stands at an end is."""
    found, how = ran(actions, endings)

    assert found == status
    assert seen is None or how == seen


def test_nothing_begins_after_the_end() -> None:
    """Once the run has ended, what is left is skipped."""
    stop = Event()
    stop.set()

    assert ran(CAUGHT, {}, stop)[1] == {"Try": "Skipped", "Catch": "Skipped"}


@given(st.data())
def test_runs_exactly_where_it_may(data: st.DataObject) -> None:
    """In any order of actions, each runs if and only if all before it ended as it says."""
    names = [f"A{k}" for k in range(data.draw(st.integers(1, 6)))]
    some = st.lists(st.sampled_from(ENDINGS), min_size=1, unique=True)
    actions: Actions = {}
    for k, name in enumerate(names):
        before = data.draw(st.lists(st.sampled_from(names[:k]), unique=True)) if k else []
        actions[name] = after(**{one: data.draw(some) for one in before})
    shuffled = dict(data.draw(st.permutations(list(actions.items()))))
    endings = {n: data.draw(st.sampled_from(("Succeeded", "Failed", "TimedOut"))) for n in names}

    _, seen = ran(shuffled, endings)

    assert set(seen) == set(names)
    for name, action in actions.items():
        may = all(seen[one] in statuses for one, statuses in action["runAfter"].items())
        assert seen[name] == (endings[name] if may else "Skipped")
