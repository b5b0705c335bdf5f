"""Metadata, its overwriting by the body, and output texts."""

import json

import pytest
from azure.functions.meta import Datum
from azure.functions.queue import QueueMessage

from dev.functions_host.bindings import ParamType, decode
from dev.functions_host.message_text import decode_text, encode_body, trigger_metadata
from dev.functions_host.message_text import trigger_value as value_of
from dev.functions_host.queue_output import QueueOutput, messages_of
from dev.functions_host.queue_store import Leased
from tests.integration.functions_host.fake_queue import AT, FakeQueue

PARAM = ParamType("queueTrigger", None)


def received(body: str) -> QueueMessage:
    """What a handler gets for a body."""
    message = Leased("real-id", "real-receipt", body, 2, AT, AT, AT)
    value = value_of(body.encode(), "")
    found = decode(PARAM, value, trigger_metadata(message, value))
    assert isinstance(found, QueueMessage)
    return found


def test_plain_message() -> None:
    """Id, receipt, count and aware times of the real message."""
    message = received("text")
    assert message.get_body() == b"text"
    assert (message.id, message.pop_receipt, message.dequeue_count) == (
        "real-id",
        "real-receipt",
        2,
    )
    assert message.insertion_time == message.expiration_time == message.time_next_visible == AT


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        ('{"id": "mine"}', "id", "mine"),
        ('{"ID": "mine"}', "id", "mine"),
        ('{"id": {"a": 1}}', "id", "{'a': 1}"),
        ('{"id": 7}', "id", "7"),
        ('{"dequeueCount": 3}', "dequeue_count", 3),
        ('{"popReceipt": "x"}', "pop_receipt", "x"),
        ('{"id": null}', "id", "real-id"),
        ('{"id": ["mine"]}', "id", "real-id"),
        ('[{"id": "mine"}]', "id", "real-id"),
        ('{"id": "mine"', "id", "real-id"),
    ],
)
def test_body_fields_overwrite_metadata(body: str, name: str, expected: object) -> None:
    """Top-level fields of a JSON object, ignoring case, but not null and not arrays."""
    assert getattr(received(body), name) == expected


@pytest.mark.parametrize(
    "body",
    ['{"dequeueCount": "x"}', '{"expirationTime": "tomorrow"}', '{"insertionTime": "soon"}'],
)
def test_a_bad_overwrite_fails_before_the_handler(body: str) -> None:
    """The conversion raises, so every attempt fails and the message ends in poison."""
    with pytest.raises(ValueError, match=r"."):
        received(body)


def test_wire_types() -> None:
    """Strings travel as strings, numbers and times as JSON text, the body as a string."""
    message = Leased("i", "r", "b", 1, AT, AT, AT)
    metadata = trigger_metadata(message, value_of(b"b", ""))
    types = {name: datum.type for name, datum in metadata.items()}
    assert types["Id"] == types["PopReceipt"] == types["QueueTrigger"] == "string"
    assert types["DequeueCount"] == types["InsertionTime"] == "json"
    assert metadata["InsertionTime"].value == '"2026-11-20T10:00:00+00:00"'
    assert value_of(b"\xff", "BINARY").type == "bytes"


def test_encodings() -> None:
    """base64 both ways; without encoding the text is the body."""
    assert encode_body(b"hi", is_base64=True) == "aGk="
    assert decode_text("aGk=", is_base64=True) == b"hi"
    assert encode_body(b"hi", is_base64=False) == "hi"
    with pytest.raises(ValueError, match="base64"):
        decode_text("{}", is_base64=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Datum(b'{"a":1}', "bytes"), [b'{"a":1}']),
        (Datum('{"a":1,"b":[]}', "string"), [b'{\n  "a": 1,\n  "b": []\n}']),
        (Datum('[1,"x",{"a":"\u00e9"},true]', "string"), None),
        (Datum("  plain ", "string"), [b"  plain "]),
        (Datum("[]", "string"), []),
        (Datum('["a","b"]', "json"), [b"a", b"b"]),
    ],
)
def test_output_messages(value: Datum, expected: list[bytes] | None) -> None:
    """Bytes untouched, arrays split, objects written back with indentation."""
    expected = (
        expected
        if expected is not None
        else [b"1", b"x", '{\n  "a": "\u00e9"\n}'.encode(), b"True"]
    )
    assert messages_of(value) == expected


def test_text_in_braces_that_is_no_json_fails() -> None:
    """The host only looks at the braces, then parses; the invocation fails."""
    with pytest.raises(json.JSONDecodeError):
        messages_of(Datum("{oops}", "string"))


def test_output_creates_the_queue_and_wakes() -> None:
    """Unlike a trigger, an output creates its queue."""
    queue, woken = FakeQueue(there=False), []
    output = QueueOutput(queue, is_base64=True, wake=lambda: woken.append(1))
    output.send(Datum(b"hi", "bytes"))
    assert (queue.texts(), woken) == (["aGk="], [1])
