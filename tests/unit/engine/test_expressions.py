"""The expression language: reading, values, and what is refused."""

from collections.abc import Mapping
from typing import Any

import pytest

from dev.engine.errors import BadExpression, UnknownFunction
from dev.engine.evaluate import Frame, evaluated
from dev.engine.outcome import Outcome
from dev.engine.syntax import MAX_CHARS, parse


class Facts:
    """What holds in a run."""

    def __init__(self) -> None:
        self.id = "RUN1"
        body = {"n": 2, "list": [10, 20]}
        self.trigger: Mapping[str, Any] = {"headers": {"ce-type": "t"}, "body": body}
        self.parameters: Mapping[str, Any] = {"url": "https://d.example/api"}
        self.variables: dict[str, Any] = {"lost": False}


def frame() -> Frame:
    found = Frame(Facts())
    found.results["Ask"] = Outcome("Succeeded", {"statusCode": 200, "body": {"status": "ok"}})
    found.results["Left_out"] = Outcome("Skipped")
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("@@sign", "@sign"),
        ("a @@{brace}", "a @{brace}"),
        ("@triggerBody()?['n']", 2),
        ("n is @{triggerBody()?['n']}.", "n is 2."),
        ("@{triggerBody()}", '{"n":2,"list":[10,20]}'),
        ("@{null}@{true}", "True"),
        ("@triggerBody()['list'][1]", 20),
        ("@triggerBody()?['none']?['deeper']", None),
        ("@triggerBody().n", 2),
        ("@triggerOutputs()?.headers?['ce-type']", "t"),
        ("@body('Ask')?['status']", "ok"),
        ("@outputs('Ask')?['statusCode']", 200),
        ("@outputs('Left_out')?['statusCode']", None),
        ("@actions('Left_out')?['status']", "Skipped"),
        ("@parameters('url')", "https://d.example/api"),
        ("@variables('lost')", False),
        ("@{workflow().run.name}-x", "RUN1-x"),
        ("@concat('it''s ', string(1), 2)", "it's 12"),
        ("@CONCAT( 'a' , 'b' )", "ab"),
        ("@coalesce(null, '', 'x')", ""),
        ("@equals(1, true)", False),
        ("@equals('1', 1)", False),
        ("@startsWith('HTTPS://a', 'https')", True),
        ("@contains('Abc', 'b')", True),
        ("@contains('Abc', 'B')", False),
        ("@contains(createArray(1, 2), 2)", True),
        ("@contains(createArray(1, 2), true)", False),
        ("@contains(triggerBody(), 'n')", True),
        ("@if(empty(json('[]')), 1, 2)", 1),
        ("@join(createArray('a', 1), '-')", "a-1"),
        ("@last(split('a-b', '-'))", "b"),
        ("@last(json('[]'))", None),
        ("@not(and(true, or(false, true)))", False),
        ("@json('[1]')", [1]),
        ("@less(-1.5, 0)", True),
    ],
)
def test_values(text: str, value: object) -> None:
    """Each form of text has the value that the language's reference gives it."""
    found = evaluated(text, frame())

    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "@triggerBody()['none']",
        "@triggerBody()['list'][2]",
        "@triggerBody()['list'][-1]",
        "@triggerBody()['list'][true]",
        "@parameters('none')",
        "@body('Never')",
        "@item()",
        "@listCallbackUrl()",
        "@startsWith(null, 'a')",
        "@and('true')",
        "@json('{')",
        "@concat('a'",
        "@concat('a') b",
        "@'open",
        "@{concat('a')",
        "@nothing",
        "@[1]",
    ],
)
def test_no_value(text: str) -> None:
    """What the engine would fail on has no value here either."""
    with pytest.raises(BadExpression):
        evaluated(text, frame())


def test_unknown_function_by_name() -> None:
    """A function that the stand-in lacks is refused by its name, not guessed."""
    with pytest.raises(UnknownFunction, match="`guid`"):
        evaluated("@guid()", frame())


def test_limit_of_the_service() -> None:
    """An expression longer than Azure takes is refused."""
    with pytest.raises(BadExpression, match="8192"):
        parse("@concat('" + "a" * MAX_CHARS + "')")


def test_loops_have_items() -> None:
    """`item()` is that of the nearest loop, `items()` of the named one."""
    outer = frame().inside("Outer", "o")
    inner = outer.inside("Inner", "i")

    assert evaluated("@{item()}@{items('Outer')}@{items('Inner')}", inner) == "ioi"
    assert inner.subscribing("http://c").item == "i"
    assert (
        evaluated("@{listCallbackUrl()} @{item()}", inner.subscribing("http://c")) == "http://c i"
    )
