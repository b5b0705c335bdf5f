"""Prompt templates: what is refused when one is put, and what a prompt is with its values."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.policy_text import NO_WIDTH
from shared.domain.submission import Scalar
from shared.domain.template_variables import MOST, Variable, faults_of, written
from shared.domain.templates import TemplateBody, filled, parse

HERO: dict[str, Any] = {
    "title": "Campaign hero",
    "prompt": "{product} on {place}, photographed",
    "variables": {
        "product": {"type": "text", "maxLength": 20},
        "place": {"type": "choice", "choices": ["a beach", "a table"], "default": "a table"},
    },
    "example": {"product": "smart watch"},
}
NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,6}", fullmatch=True)
# Each by itself in a text; the last ones would spell by how many there are.
UNSEEN = (
    *"\0\x1b\x7f\x85\u2028\u2029\u200b\ufeff\u202e\u2066\U000e0041\U000e0100\U000e01ef",
    *"\ufe00\ufe0e\u200e\u200f\u061c\u00ad\u2062\u034f\u3164\u180b\u180e\u180f\u2800\u115f",
    *"\u1160\uffa0\u17b4\u17b5\ufff9\u206a\U0001d173",
    *("\u200c\u200d", "\u200d\u200d", "\ufe0f\ufe0f", "\u200d\ufe0f", "\ufe0f\u200c"),
)
# Full of braces and names of variables, which must never be read as such.
TEXTS = st.text(
    st.sampled_from("{}abcxyz 0é'\\$1")
    | st.characters(categories=["L", "N", "P"], exclude_characters="".join(NO_WIDTH)),
    min_size=1,
).filter(lambda text: bool(text.strip()) and len(text) <= 200)


def body(**changed: Any) -> TemplateBody:
    found, faults = parse(HERO | changed)
    assert found is not None and faults == [], faults
    return found


def wrong(raw: object) -> list[tuple[str, str]]:
    return [(fault.pointer.removeprefix("#/"), fault.detail) for fault in parse(raw)[1]]


def places(**changed: Any) -> list[str]:
    return [pointer for pointer, _ in wrong(HERO | changed)]


def refused(variable: Variable, value: Scalar) -> str:
    with pytest.raises(ValueError) as caught:
        written(variable, value)
    return str(caught.value)


def test_a_prompt_filled_in() -> None:
    """Values stand where their names stood; what is not given has its default."""
    prompt, faults = filled(body(), {"product": "smart watch"}, "#/v")

    assert (prompt, faults) == ("smart watch on a table, photographed", [])


def test_every_fault_at_once() -> None:
    """Shape and meaning, each at its place, in one answer."""
    found = wrong(
        {
            "prompt": "{product} on {sea",
            "variables": {
                "product": {"type": "text", "minimum": 0, "maxLength": 0},
                "9": {},
                "kind": {"type": "jpeg"},
            },
            "options": {"n": 0, "lens": "x"},
            "approval": "none",
            "tags": [1],
            "colour": "red",
        }
    )

    assert dict(found) == {
        "variables/product/maxLength": "Input should be greater than or equal to 1.",
        "variables/9": "String should match pattern '^[A-Za-z][A-Za-z0-9_]{0,39}$'.",
        "variables/kind/type": "Input should be 'text', 'choice', 'integer' or 'number'.",
        "options/n": "Input should be greater than or equal to 1.",
        "options/lens": "Unknown field.",
        "approval": "Input should be a valid object.",
        "tags/0": "Input should be a valid string.",
        "colour": "Unknown field.",
        "title": "Field required.",
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"prompt": "{product} {place} {colour} {light}"}, ["prompt"]),
        ({"prompt": "{product}"}, ["variables/place"]),
        ({"prompt": "{product} {place} }"}, ["prompt"]),
        ({"prompt": "{product} {place} {"}, ["prompt"]),
        ({"prompt": "{product} {place} {0}"}, ["prompt"]),
        ({"prompt": "{product} {place} {product.x}"}, ["prompt"]),
        ({"prompt": "{product} {place} {}"}, ["prompt"]),
        ({"prompt": " "}, ["prompt"]),
        ({"prompt": 5}, ["prompt"]),
        ({"title": ""}, ["title"]),
        ({"example": {}}, ["example/product"]),
        ({"example": {"product": "x", "colour": "red"}}, ["example/colour"]),
        ({"example": {"product": "x" * 21}}, ["example/product"]),
        ({"variables": {}, "prompt": "x", "example": {}}, []),
        ({"version": "3"}, ["version"]),
        ({"createdAt": "x"}, ["createdAt"]),
    ],
)
def test_what_does_not_go_together(changed: dict[str, Any], expected: list[str]) -> None:
    """A template that was put can be filled in, and says nothing that has no effect."""
    assert places(**changed) == expected


def test_unknown_variables_are_named() -> None:
    """All of them, in the order in which the prompt has them."""
    [(_, detail)] = wrong(HERO | {"prompt": "{product} {place} {b} {a} {b}"})

    assert detail == "It names variables that are not there: b, a."


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ({"type": "choice"}, ["choices"]),
        ({"type": "choice", "choices": ["a", "a"]}, ["choices/1"]),
        ({"type": "choice", "choices": ["a\nb", " ", "\u202ea"]}, [f"choices/{k}" for k in "012"]),
        ({"type": "choice", "choices": ["a"], "default": "b"}, ["default"]),
        ({"type": "choice", "choices": ["a"], "maxLength": 5}, ["maxLength"]),
        ({"type": "text", "choices": ["a"]}, ["choices"]),
        ({"type": "text", "minimum": 0}, ["minimum"]),
        ({"type": "integer", "minimum": 2, "maximum": 1}, ["maximum"]),
        ({"type": "integer", "minimum": 2, "maximum": 2}, []),
        ({"type": "integer", "multiline": True}, ["multiline"]),
        ({"type": "number", "maximum": 2, "default": 3}, ["default"]),
        ({"type": "text", "required": True, "default": "x"}, ["default"]),
        ({"type": "text", "required": False}, []),
        ({"type": "text", "default": 5}, ["default"]),
    ],
)
def test_what_is_wrong_with_a_variable(variable: dict[str, Any], expected: list[str]) -> None:
    """A field of another type, a default that could not be given, limits that let nothing by."""
    found = faults_of(Variable.model_validate(variable), "v")

    assert [fault.pointer.removeprefix("v/") for fault in found] == expected


@pytest.mark.parametrize(
    ("said", "needed"),
    [
        ({}, True),
        ({"required": True}, True),
        ({"required": False}, False),
        ({"default": "x"}, False),
        ({"default": ""}, True),
    ],
)
def test_required(said: dict[str, Any], needed: bool) -> None:
    """Whoever says nothing means required, so that no prompt has a hole; a default fills it."""
    found = body(variables={**HERO["variables"], "product": said})

    assert found.text.variables["product"].required is needed


@pytest.mark.parametrize("nothing", [None, ""])
def test_nothing_given(nothing: Scalar) -> None:
    """Null and an empty text are as good as left out: needed, the default, or nothing."""
    values = {"product": nothing, "place": nothing}
    assert [f.pointer for f in filled(body(), values, "#/v")[1]] == ["#/v/product"]

    free = body(variables={**HERO["variables"], "product": {"required": False}}, example={})
    assert filled(free, values, "#/v") == (" on a table, photographed", [])


def test_an_empty_prompt() -> None:
    """What comes out must be something."""
    found = body(
        prompt="{product}", variables={"product": {"required": False}}, example={"product": "x"}
    )

    assert [f.pointer for f in filled(found, {}, "#/v")[1]] == ["#/v"]


TEXT, LINES = Variable(max_length=10), Variable(multiline=True)
WHOLE = Variable(type="integer", minimum=1, maximum=12)
NUMBER = Variable(type="number", minimum=-0.5)
CHOICE = Variable(type="choice", choices=("warm", "cold"))


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        (TEXT, "x" * 10, "x" * 10),
        (TEXT, "👩\u200d🎤 ñ", "👩\u200d🎤 ñ"),
        (LINES, "a\r\nb\rc\td", "a\nb\nc\td"),
        (CHOICE, "cold", "cold"),
        (WHOLE, 12, "12"),
        (WHOLE, 1, "1"),
        (WHOLE, "3", "3"),
        (NUMBER, "-0.50", "-0.5"),
        (WHOLE, 3.0, "3"),
        (NUMBER, 3, "3"),
        (NUMBER, 2.50, "2.5"),
        (NUMBER, -0.0, "0"),
        (NUMBER, 1e8, "100000000"),
        (NUMBER, 0.1234567, "0.123457"),
        (NUMBER, MOST, str(MOST)),
    ],
)
def test_how_a_value_is_written(variable: Variable, value: Scalar, text: str) -> None:
    """A text as it is, numbers as people write them."""
    assert written(variable, value) == text


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        (TEXT, "x" * 11, "At most 10 characters."),
        (TEXT, " \u00a0", "There is nothing in it."),
        (TEXT, 5, "A text is needed."),
        (TEXT, True, "A text is needed."),
        *[(TEXT, f"a{end}b", "One line is needed: no line ends, no tabs.") for end in "\n\r\t"],
        *[
            (kind, f"a{hidden}b", "It holds characters that cannot be seen.")
            for hidden in UNSEEN
            for kind in (TEXT, LINES)
        ],
        (CHOICE, "Warm", "One of: warm, cold."),
        (CHOICE, 1, "A text is needed."),
        (WHOLE, 0, "From 1 to 12."),
        (WHOLE, 13, "From 1 to 12."),
        (WHOLE, 1.5, "A whole number is needed."),
        (WHOLE, True, "A number is needed."),
        *[
            (WHOLE, text, "A number is needed.")
            for text in ("three", " 3", "3,0", "1e1", "+3", "٣")
        ],
        (WHOLE, "13", "From 1 to 12."),
        (WHOLE, "3.5", "A whole number is needed."),
        (WHOLE, float("inf"), "A whole number is needed."),
        (NUMBER, -0.6, "From -0.5 to 1,000,000,000."),
        (NUMBER, float("nan"), "From -0.5 to 1,000,000,000."),
    ],
)
def test_what_a_value_may_not_be(variable: Variable, value: Scalar, reason: str) -> None:
    """The reason names the rule, never the value."""
    assert refused(variable, value) == reason


def test_unknown_values() -> None:
    """Whoever misspells a variable hears of it, and of the one that is missing."""
    _, faults = filled(body(), {"prodct": "x", "a/b": 1}, "#/template/variables")

    assert [fault.pointer for fault in faults] == [
        "#/template/variables/prodct",
        "#/template/variables/a~1b",
        "#/template/variables/product",
    ]


@given(st.lists(st.tuples(NAMES, TEXTS), min_size=1, max_size=6), st.data())
def test_one_pass(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    """Whatever values hold, braces and names of others too, is text: nothing is read twice."""
    values = dict(pairs)
    names = data.draw(st.lists(st.sampled_from(sorted(values)), min_size=len(values)))
    names += [name for name in values if name not in names]
    between = data.draw(st.lists(TEXTS, min_size=len(names), max_size=len(names)))
    escaped = [text.replace("{", "{{").replace("}", "}}") for text in between]
    prompt = "".join(f"{text}{{{name}}}" for text, name in zip(escaped, names, strict=True))
    variables = {name: {"maxLength": 200} for name in values}
    found, faults = parse(
        {"title": "t", "prompt": prompt, "variables": variables, "example": values}
    )

    assert found is not None and faults == []
    assert filled(found, values, "#/v") == (
        "".join(text + values[name] for text, name in zip(between, names, strict=True)),
        [],
    )


@given(st.text(st.sampled_from("{}ab1 "), max_size=12))
def test_no_prompt_breaks_it(prompt: str) -> None:
    """Any text is either refused, or filled in as it is read: the braces that stay are doubled."""
    found, faults = parse({"title": "t", "prompt": "x" + prompt})

    if faults:
        assert [fault.pointer for fault in faults] == ["#/prompt"]
    else:
        assert found is not None
        plain = "x" + prompt.replace("{{", "{").replace("}}", "}")
        assert filled(found, {}, "#/v") == (plain, [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from([*TemplateBody.model_json_schema()["properties"], "id", "x/~y"])


@given(st.dictionaries(FIELDS, JSON, max_size=8) | JSON)
def test_any_json_is_answered(raw: object) -> None:
    """Nothing that is sent makes more of it than a list of faults, one for each place."""
    found, faults = parse(raw)

    pointers = [fault.pointer for fault in faults]
    assert len(set(pointers)) == len(pointers)
    assert found is not None or pointers == ["#"]
    assert all(fault.detail.endswith(".") for fault in faults)


@pytest.mark.parametrize(
    "text",
    [
        "\u2764\ufe0f\u200d\U0001f525",
        "1\ufe0f\u20e3",
        "\u0645\u06cc\u200c\u062e",
        "\u0915\u094d\u200d\u0937",
    ],
)
def test_joiners_that_are_needed(text: str) -> None:
    """A heart on fire, a key, Persian and Hindi are written with them."""
    assert written(TEXT, text) == text


@given(st.sampled_from(string.printable + "\u202e\u200b"), st.integers(0, 3))
def test_no_hidden_character_passes(char: str, at: int) -> None:
    """On one line there is nothing that a reader of the prompt would not see."""
    text = "abc"[:at] + char + "abc"[at:]
    try:
        assert written(TEXT, text) == text
    except ValueError:
        assert not char.isprintable()
    else:
        assert char.isprintable()
