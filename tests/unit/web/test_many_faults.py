"""Bodies of nonsense: what is wrong with them is told in one short answer, after little work."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from shared.domain.body_faults import MAX_ERRORS, faults_of
from shared.domain.policy_reading import Surroundings, read_policy
from shared.domain.submission import MAX_EVENTS
from shared.errors import MAX_FAULTS, MORE, InvalidRequest, PolicyBroken
from shared.web.bodies import MAX_VALUES, parsed
from tests.unit.web.world import FLOW, OPERATOR, READER, World

MANY = 20_000
NAMES = [f"name{k}" for k in range(MANY)]


class Counted(Mapping[str, Any]):
    """An error as pydantic tells it, which counts how often it is read."""

    read = 0

    def __init__(self, **fields: Any) -> None:
        self._fields = fields

    def __getitem__(self, name: str) -> Any:
        Counted.read += 1
        return self._fields[name]

    def __iter__(self) -> Any:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


@pytest.mark.parametrize(
    ("door", "key", "body"),
    [
        ("submit", FLOW, {"prompt": "x", "callbackEvents": [1] * MANY}),
        ("submit", FLOW, {"prompt": "x", "inputImages": [{}] * MANY}),
        ("submit", FLOW, {"prompt": "x", "metadata": {name: [] for name in NAMES}}),
        ("submit", FLOW, {"prompt": "x", "approval": {"after": [1] * MANY}}),
        ("submit", FLOW, {"prompt": "x", **dict.fromkeys(NAMES)}),
        ("submit", FLOW, {"prompt": "x", **{f"\ud800{name}": 1 for name in NAMES}}),
        ("submit", FLOW, {"template": {"name": "a", "variables": {name: [] for name in NAMES}}}),
        ("submit_batch", FLOW, {"items": [1] * 1_000}),
        ("submit_batch", FLOW, {"items": [{"prompt": "x", "callbackEvents": [1] * MANY}] * 2}),
        ("subscribe", READER, {"notificationUrl": "https://x.example", "events": [1] * MANY}),
        ("put_template", OPERATOR, {"title": "-", "prompt": "-", "tags": [1] * MANY}),
    ],
)
def test_one_answer(door: str, key: str, body: dict[str, Any]) -> None:
    """However many there are, it names the first, and says that there are more."""
    answer = World().http(door, body, key=key, name="a")

    assert answer.status == 400, answer.json
    errors = answer.json["errors"]
    assert len(errors) == MAX_FAULTS + 1
    assert errors[-1]["detail"] == MORE.detail
    assert answer.json["detail"] == f"More than {MAX_FAULTS} fault(s) in the request."


def test_longer_than_it_may_be() -> None:
    """A list of good items is refused as a whole."""
    body = {"prompt": "x", "callbackEvents": ["final"] * (MAX_EVENTS + 1)}

    [fault] = World().http("submit", body).json["errors"]

    assert fault["pointer"] == "#/callbackEvents"


def test_no_error_is_compared_with_each_other() -> None:
    """Each of the first errors is read a few times, however many there are, and no other one."""
    few, most = MAX_ERRORS // 10, 3 * MAX_ERRORS
    reads = []
    for count in (few, MAX_ERRORS, most):
        Counted.read = 0
        errors = [Counted(loc=("a", k), type="too_short", msg="-") for k in range(count)]
        assert len(faults_of(errors, {"a": [1] * count})) == min(count, MAX_ERRORS)
        reads.append(Counted.read)

    assert reads == [reads[0], 10 * reads[0], 10 * reads[0]]


def test_what_repeats_an_inner_fault() -> None:
    """It is left out; a place whose name only begins alike is none around it."""
    errors = [
        {"loc": ("a",), "type": "too_short", "msg": "short"},
        {"loc": ("a", 0, "b"), "type": "literal_error", "msg": "inner"},
        {"loc": ("ab",), "type": "too_short", "msg": "short"},
    ]

    found = faults_of(errors, {"a": [{"b": 1}], "ab": []})

    assert [fault.pointer for fault in found] == ["#/a/0/b", "#/ab"]


@pytest.mark.parametrize("value", ["[1]", '{"a": [1, 2]}'])
def test_more_values_than_a_body_has(value: str) -> None:
    """It is refused before anybody looks what each of them is."""
    most = "[" + ",".join([value] * (MAX_VALUES // 2)) + "]"

    assert len(parsed(b"[" + b"1," * (MAX_VALUES - 1) + b"1]")) == MAX_VALUES  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest) as refused:
        parsed(most.replace("[", "[0,", 1).encode())

    assert [fault.pointer for fault in refused.value.faults] == ["#"]


def test_policy_of_nonsense() -> None:
    """A document has as many faults as there is any use in."""
    rules = [{"id": "x", "reason": "-", "when": {"callers": [1] * MANY}, "then": "warn"}]
    data = json.dumps({"version": "1", "rules": rules}).encode()

    with pytest.raises(PolicyBroken) as broken:
        read_policy(data, Surroundings(max_wait_days=30))

    assert len(broken.value.faults) == MAX_ERRORS
