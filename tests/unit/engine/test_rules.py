"""A definition that Azure would refuse, or the stand-in cannot run, is refused by its faults."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from dev.engine.rules import faults_of

Json = dict[str, Any]
CALL = {"method": "POST", "uri": "@parameters('url')"}
GOOD: Json = {
    "$schema": "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/"
    "2016-06-01/workflowdefinition.json#",
    "contentVersion": "1.0.0.0",
    "parameters": {"url": {"type": "String"}},
    "triggers": {"manual": {"type": "Request", "kind": "Http", "inputs": {"schema": {}}}},
    "actions": {
        "Count": {
            "type": "InitializeVariable",
            "inputs": {"variables": [{"name": "n", "type": "Integer", "value": 0}]},
            "runAfter": {},
        },
        "Ask": {
            "type": "Http",
            "inputs": {**CALL, "retryPolicy": {"type": "none"}},
            "limit": {"timeout": "PT1H"},
            "runAfter": {"Count": ["Succeeded"]},
        },
        "Each": {
            "type": "Foreach",
            "foreach": "@body('Ask')",
            "actions": {"Say": {"type": "Compose", "inputs": "@item()", "runAfter": {}}},
            "runAfter": {"Ask": ["Succeeded", "Failed"]},
        },
        "Test": {
            "type": "If",
            "expression": {"and": [{"equals": ["@outputs('Ask')?['statusCode']", 200]}]},
            "actions": {},
            "else": {"actions": {}},
            "runAfter": {"Each": ["Succeeded"]},
        },
    },
    "outputs": {},
}


def test_a_good_one() -> None:
    """There is nothing wrong with it."""
    assert faults_of(GOOD) == []


def put(*path: str, value: Any) -> Callable[[Json], None]:
    def change(definition: Json) -> None:
        place = definition
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = value

    return change


def action(name: str, *path: str, value: Any) -> Callable[[Json], None]:
    return put("actions", name, *path, value=value)


SECURED = {"secureData": {"properties": ["all"]}}
END = {"type": "Terminate", "inputs": {"runStatus": "Failed"}, "runAfter": {}}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (put("$schema", value="x"), "$schema: must be"),
        (put("contentVersion", value="1"), "contentVersion: four numbers"),
        (put("extra", value=1), "`extra` is no field"),
        (put("parameters", "url", "type", value="string"), "a type is one of"),
        (put("parameters", "url", value={"type": "SecureString", "defaultValue": "s"}), "default"),
        (put("triggers", "manual", "kind", value="Button"), "kind Http"),
        (put("triggers", "manual", "inputs", "schema", value={"pattern": "x"}), "know pattern"),
        (action("Ask", "type", value="Https"), "no action of the type `Https`"),
        (action("Ask", "input", value={}), "`input` is no field"),
        (action("Ask", "inputs", value={"method": "POST"}), "`uri` is missing"),
        (action("Ask", "inputs", "url", value="x"), "`url` is no field"),
        (action("Ask", "inputs", "method", value="SEND"), "/method: unknown"),
        (action("Ask", "inputs", "retryPolicy", value={"type": "fixed", "count": 2}), "interval"),
        (
            action("Ask", "inputs", "retryPolicy", value={"type": "none", "count": 0, "x": 1}),
            "`x` is no field",
        ),
        (action("Ask", "limit", value={"timeout": "1h"}), "no duration"),
        (action("Ask", "runAfter", value={"Nothing": ["Succeeded"]}), "no `Nothing` beside it"),
        (action("Ask", "runAfter", value={"Count": ["Done"]}), "a status is one of"),
        (action("Count", "runAfter", value={"Test": ["Succeeded"]}), "wait for each other"),
        (action("Each", "actions", "End", value=END), "stands in no loop"),
        (action("Each", "actions", "Count2", value=GOOD["actions"]["Count"]), "at the top only"),
        (action("Each", "actions", "Ask", value=END), "stands twice"),
        (action("Each", "runtimeConfiguration", value=SECURED), "secureData is of"),
        (action("bad name", value=END), "not allowed"),
        (action("End", value=END | {"inputs": {"runStatus": "Done"}}), "runStatus is one of"),
        (action("Test", "expression", value={"like": ["a", "b"]}), "no operator `like`"),
        (action("Test", "expression", value={"equals": ["a"]}), "compares two values"),
        (action("Each", "foreach", value="@guid()"), "no function `guid`"),
        (action("Each", "foreach", value="@equals(1)"), "wrong number of arguments"),
        (action("Each", "foreach", value="@body('Test')"), "has ended by then"),
        (action("Each", "foreach", value="@parameters('none')"), "no parameter `none`"),
        (action("Each", "foreach", value="@variables('none')"), "no variable `none`"),
        (action("Each", "foreach", value="@concat("), "Not to be read"),
    ],
)  # fmt: skip
def test_each_fault_is_named(change: Callable[[Json], None], fault: str) -> None:
    """One thing wrong, and its fault is among those that are told."""
    definition = deepcopy(GOOD)
    change(definition)

    assert any(fault in one for one in faults_of(definition)), faults_of(definition)
