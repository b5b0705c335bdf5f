"""The submit body: every fault at once, each with a right JSON Pointer."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.inputs import MAX_IMAGE_BYTES
from shared.domain.names import RESERVED_FIELDS
from shared.domain.submission import QueueBody, SubmitBody, events_asked, parse
from shared.domain.transitions import EVENTS, FINAL_EVENTS

STAGE = {"name": "brand", "deadline": "PT1H"}


def pointers(body: object, model: type[SubmitBody] = SubmitBody) -> list[str]:
    return list(dict.fromkeys(fault.pointer for fault in parse(body, model)[1]))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"none": 1}, ["#/none"]),
        ({"a/b~c": 1}, ["#/a~1b~0c"]),
        ({"approval": 5}, ["#/approval"]),
        ({"approval": "maybe"}, ["#/approval"]),
        ({"approval": {"after": [STAGE] * 6}}, ["#/approval/after"]),
        ({"approval": {"before": [STAGE] * 6}}, ["#/approval/before"]),
        ({"approval": {"after": [{"rule": "most"}]}}, ["#/approval/after/0/rule"]),
        ({"approval": {"after": [{"rule": {"atLeast": 0}}]}},
         ["#/approval/after/0/rule/atLeast"]),
        ({"approval": {"after": [{"deadline": "3h"}]}}, ["#/approval/after/0/deadline"]),
        ({"approval": {"after": [{"deadline": 5}]}}, ["#/approval/after/0/deadline"]),
        ({"approval": {"after": [{"name": "!"}]}}, ["#/approval/after/0/name"]),
        ({"approval": {"after": [{"x": 1}], "y": 1}}, ["#/approval/after/0/x", "#/approval/y"]),
        ({"approval": {"after": [{"reviewers": ["a@b", ""]}]}}, ["#/approval/after/0/reviewers/1"]),
        ({"metadata": {"str": [], "ok": 1}}, ["#/metadata/str"]),
        ({"metadata": {"a/b": {}}}, ["#/metadata/a~1b"]),
        ({"metadata": {"k" * 101: 1}}, ["#/metadata/" + "k" * 100]),
        ({"metadata": {"k": "x" * 201}}, ["#/metadata/k"]),
        ({"metadata": {str(k): k for k in range(51)}}, ["#/metadata"]),
        ({"callbackEvents": ["final", 5, ""]}, ["#/callbackEvents/1", "#/callbackEvents/2"]),
        ({"callbackEvents": "final"}, ["#/callbackEvents"]),
        ({"template": {}}, ["#/template/name"]),
        ({"template": {"name": "x", "variables": {"bool": []}}}, ["#/template/variables/bool"]),
        ({"approval": {"after": [{"reviewers": ["ana", "9a0f9a0f-0000-4000-8000-9a0f9a0f9a0f"]}]}},
         ["#/approval/after/0/reviewers/0"]),
        ({"prompt": "  \n "}, ["#/prompt"]),
        ({"prompt": "a\x00b"}, ["#/prompt"]),
        ({"prompt": "two\nlines"}, []),
        ({"inputImages": []}, ["#/inputImages"]),
        ({"inputImages": [{"url": "https://x"}] * 17}, ["#/inputImages"]),
        ({"inputImages": [{"blob": "uploads/x/y"}, {}, {"url": "x", "blob": "y"}, 5]},
         ["#/inputImages/1", "#/inputImages/2", "#/inputImages/3"]),
        ({"inputImages": [{"base64": text} for text in ("AAAA", "AA", "AAAA\n", "", "data:,", 5)],
          "mask": {"base64": "_-_-"}},
         [*(f"#/inputImages/{k}/base64" for k in (1, 2, 3, 4, 5)), "#/mask/base64"]),
        ({"mask": {"url": ""}}, ["#/mask/url"]),
        ({"callback_url": "https://x"}, ["#/callback_url"]),
    ],
)  # fmt: skip
def test_pointers(body: dict[str, Any], expected: list[str]) -> None:
    """A fault points at the very place in what was sent, through unions and nested objects."""
    assert pointers(body) == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", 1), ("prompt", ""), ("n", "1"), ("n", True), ("n", 0), ("n", 11), ("n", 1.5),
        ("outputCompression", 101), ("partialImages", 4), ("partialImages", True),
        ("size", None), ("metadata", []), ("template", "x"),
        ("callbackUrl", "x" * 8193), ("altText", "x" * 2001), ("model", ["gpt-image-2"]),
    ],
)  # fmt: skip
def test_strictness(field: str, value: object) -> None:
    """Nothing is converted, cut or guessed."""
    assert pointers({field: value}) == [f"#/{field}"]


def test_whole_numbers() -> None:
    """A whole number is one however it is written: flows write 2.0 where they mean 2."""
    body, faults = parse({"prompt": "x", "n": 2.0, "outputCompression": 90.0}, SubmitBody)

    assert (body.n, type(body.n), body.output_compression, faults) == (2, int, 90, [])
    assert pointers({"n": 1e300}) == pointers({"n": float("nan")}) == ["#/n"]


def test_base64_that_would_be_too_large() -> None:
    """It is refused before it is decoded."""
    text = "A" * ((MAX_IMAGE_BYTES + 2) // 3 * 4 + 4)

    assert pointers({"mask": {"base64": text}}) == ["#/mask/base64"]
    assert "AAAA" not in repr(parse({"inputImages": [{"base64": "AAAA"}]}, SubmitBody))


def test_all_faults_and_the_rest() -> None:
    """Every fault is named in one answer, and the fields without one are read."""
    body = {"prompt": "x", "n": 0, "size": 5, "ID": 1, "popReceipt": 2, "quality": "high", "zz": 0}
    found, faults = parse(body, SubmitBody)

    assert {fault.pointer for fault in faults} == {
        *("#/n", "#/size", "#/ID", "#/popReceipt", "#/zz")
    }
    assert (found.prompt, found.quality, found.n) == ("x", "high", 1)


@pytest.mark.parametrize("name", sorted(RESERVED_FIELDS))
@pytest.mark.parametrize("change", [str.lower, str.upper, str.title])
def test_reserved_names(name: str, change: Any) -> None:
    """No field may have a name that the host gives to the message itself, in any case."""
    assert parse({change(name): 1}, QueueBody)[1][0].detail == "This name is reserved."


def test_queue_fields_belong_to_the_queue() -> None:
    """A key and a caller are taken in a message, and unknown over HTTP."""
    body = {"idempotencyKey": "k", "caller": "li"}

    assert pointers(body, QueueBody) == []
    assert pointers(body) == ["#/idempotencyKey", "#/caller"]


@pytest.mark.parametrize("body", [None, [], "x", 1])
def test_no_object(body: object) -> None:
    """A body that is no object has one fault, at its root."""
    assert pointers(body) == ["#"]


def test_half_a_character_as_a_name() -> None:
    """A name that is no Unicode text is a fault like any other."""
    assert pointers({"\ud800": 1, "n": 0}) == ["#/?", "#/n"]


def test_messages_say_what_is_wrong() -> None:
    """No fault shows the validator's own words for its kind of error."""
    faults = parse({"approval": {"after": [{"deadline": 1}]}, "x": 1}, SubmitBody)[1]

    assert [fault.detail for fault in faults] == [
        "expected an ISO 8601 duration such as PT72H.",
        "Unknown field.",
    ]


def test_messages_speak_of_json() -> None:
    """A list is called a list, a duration a duration, and nobody is told of validation."""
    stage = {"deadline": "P1X"}
    faults = parse({"inputImages": [], "approval": {"after": [], "before": 1}}, SubmitBody)[1]
    faults += parse({"approval": {"after": [stage]}}, SubmitBody)[1]

    assert [fault.detail for fault in faults] == [
        "List should have at least 1 item, not 0.",
        "Input should be a valid list.",
        "Input should be a valid duration, quantity invalid in date part of duration.",
    ]


def test_approval_is_read() -> None:
    """Durations and defaults of a stage."""
    found, faults = parse({"approval": {"after": [{"deadline": "P2DT1H"}]}}, SubmitBody)

    assert faults == []
    assert not isinstance(found.approval, str)
    assert found.approval.after[0].deadline == timedelta(days=2, hours=1)
    assert found.approval.after[0].name == "review"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [*SubmitBody.model_json_schema()["properties"], "idempotencyKey", "caller"]
)


def resolves(pointer: str, body: Any) -> bool:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        body = body[int(name)] if isinstance(body, list) else body.get(name, body)
    return True


@given(st.dictionaries(FIELDS | st.text(max_size=5), JSON, max_size=5))
def test_any_body(body: dict[str, object]) -> None:
    """Any JSON is answered, and each pointer leads to a place in it or a field missing there."""
    found, faults = parse(body, QueueBody)

    assert isinstance(found, QueueBody)
    assert all(resolves(fault.pointer, body) for fault in faults)


def test_events_asked() -> None:
    """`final` is the five final types, `*` every one; each once, in a fixed order."""
    assert events_asked(("final",))[0] == tuple(event for event in EVENTS if event in FINAL_EVENTS)
    assert events_asked(("final", "*", EVENTS[0]))[0] == EVENTS
    assert events_asked(()) == ((), [])


def test_unknown_events_are_named() -> None:
    """An unknown event type is a fault at its place; the known ones are still there."""
    chosen, faults = events_asked((EVENTS[0], "darkroom.teleported"))

    assert chosen == (EVENTS[0],)
    assert [fault.pointer for fault in faults] == ["#/callbackEvents/1"]
