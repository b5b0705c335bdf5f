"""
Images out of an answer, whatever its layout and however it is cut.
"""

import base64
import hashlib
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.model_json import SKELETON_BYTES, Answer, AnswerReader
from shared.errors import ModelUnknown, StorageError
from tests.integration.model.memory import peak_bytes_of
from tests.integration.model.sinks import DigestSink, FullSink, KeepingSink
from tests.payloads.azure_openai import success

# What writers may put for a character of base64.
SPELLINGS = ("plain", "\\/", "\\u002F", "\\u002b", "\\u003D", "\\n")


def read(body: bytes, size_bytes: int = 7) -> tuple[Answer, KeepingSink]:
    sink = KeepingSink()
    return AnswerReader(cut(body, size_bytes), sink).read(), sink


def cut(body: bytes, size_bytes: int) -> Iterator[bytes]:
    return (body[start : start + size_bytes] for start in range(0, len(body), size_bytes))


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def spelled(text: str, spelling: str) -> str:
    """The same text otherwise escaped."""
    if spelling == "\\n":
        return text.replace("A", "A\\n")
    if spelling == "plain":
        return text
    return text.replace(json.loads(f'"{spelling}"'), spelling)


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
keys = st.sampled_from(["b64_json", "data", "error2", "x"]) | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def entries(draw: st.DrawFn) -> dict[str, object]:
    """One member of `data`: an image among other things, or none."""
    image = draw(st.binary(max_size=200) | st.none())
    before = draw(st.dictionaries(st.text().filter(lambda key: key != "b64_json"), values))
    after = draw(st.dictionaries(st.text().filter(lambda key: key != "b64_json"), values))
    found = {} if image is None else {"b64_json": encoded(image)}
    return {**before, **found, **{k: v for k, v in after.items() if k not in before}}


@given(
    data=st.lists(entries(), max_size=4),
    around=st.dictionaries(keys.filter(lambda key: key != "data"), values, max_size=4),
    first=st.booleans(),
    indent=st.sampled_from([None, 0, 3, "\t"]),
    ascii_only=st.booleans(),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=20),
)
def test_the_same_bytes_as_json_and_base64_give(
    data: list[dict[str, object]],
    around: dict[str, object],
    first: bool,
    indent: int | str | None,
    ascii_only: bool,
    cuts: list[int],
) -> None:
    """Any layout and any chunking give what json.loads and b64decode give."""
    document = {"data": data, **around} if first else {**around, "data": data}
    body = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()
    chunks: list[bytes] = []
    while body:
        size_bytes = cuts[len(chunks) % len(cuts)]
        chunks.append(body[:size_bytes])
        body = body[size_bytes:]
    sink = KeepingSink()
    answer = AnswerReader(iter(chunks), sink).read()
    expected = [base64.b64decode(str(entry["b64_json"])) for entry in data if entry.get("b64_json")]
    assert [sink.stored[index] for index in range(answer.images)] == expected
    assert len(sink.stored) == answer.images
    assert {k: v for k, v in answer.document.items() if k != "data"} == around


@given(image=st.binary(min_size=1, max_size=400), spelling=st.sampled_from(SPELLINGS))
def test_every_spelling_of_a_payload(image: bytes, spelling: str) -> None:
    """Escaped characters, escaped line breaks and cuts at every byte change nothing."""
    text = spelled(encoded(image), spelling)
    body = b'{"data":[{"b64_json":"%b"}]}' % text.encode()
    for size_bytes in (1, 2, 3, 5, 64, len(body)):
        _, sink = read(body, size_bytes)
        assert sink.stored == {0: image}


@pytest.mark.parametrize("text", ["YWI", "YWI=", "YQ", "YQ=", "YQ==", "YWJjZA", "YWJj"])
def test_missing_padding(text: str) -> None:
    """The equals signs at the end say nothing that the length does not."""
    _, sink = read(json.dumps(success(text)).encode())
    assert sink.stored == {0: base64.b64decode(text.rstrip("=") + "==")}


def test_keys_may_be_escaped() -> None:
    """A key is what it says, not how it is written."""
    body = b'{"d\\u0061ta" : [ {"b64\\u005fjson" : "QUJD"} ] }\n'
    assert read(body)[1].stored == {0: b"ABC"}


def test_only_the_members_of_data_are_images() -> None:
    """The same key elsewhere is a value like others."""
    body = b'{"b64_json":"QUJD","x":{"data":[{"b64_json":"QUJD"}]},"data":{"b64_json":"QUJD"}}'
    answer, sink = read(body)
    assert (answer.images, sink.stored) == (0, {})
    assert answer.document == json.loads(body)


@pytest.mark.parametrize("value", ["null", '""', "7", '{"b64_json":"QUJD"}', '["QUJD"]'])
def test_what_is_no_image(value: str) -> None:
    """Anything but a string with something in it is none, and keeps the others' order."""
    body = f'{{"data":[{{"b64_json":{value}}},{{"b64_json":"QUJD"}}]}}'.encode()
    assert read(body)[1].stored == {0: b"ABC"}


@pytest.mark.parametrize(
    "text",
    ["QQ==QUJD", "Q", "QUJDR", "QU*D", "=QUJ", "QU=D", "QUJD====", "QUJDQ===", "a\\\\b="],
)
def test_what_is_no_base64(text: str) -> None:
    """A paid image that cannot be read is not stored, and the caller is told."""
    sink = KeepingSink()
    body = b'{"data":[{"b64_json":"QUJD"},{"b64_json":"%b"}]}' % text.encode()
    with pytest.raises(ModelUnknown):
        AnswerReader(cut(body, 3), sink).read()
    assert sink.stored == {0: b"ABC"}


BODY = json.dumps({"created": 1, **success(encoded(b"12345678"), encoded(b"87654321"))}).encode()


@pytest.mark.parametrize("length", range(len(BODY)))
def test_a_body_cut_anywhere(length: int) -> None:
    """Whatever came whole is stored, nothing else, and the outcome is unknown."""
    sink = KeepingSink()
    with pytest.raises(ModelUnknown):
        AnswerReader(cut(BODY[:length], 5), sink).read()
    assert all(data in (b"12345678", b"87654321") for data in sink.stored.values())


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":[{"b64_json":"QUJD","b64_json":"REVG"}]}',
        b'{"data":[{"b64_json":"QUJD"}],"data":[{"b64_json":"REVG"}]}',
        b'{"data":[{"b64_json":"QUJD"}],"data":[]}',
        b'{"data":[{"b64_json" "QUJD"}]}',
        b'{"data":[{"b64_json":"QUJD"}]} {}',
        b'[{"b64_json":"QUJD"}]',
        b'{"data":[{"b64_json":"QUJD"}]]}',
        b"[" * 5000,
        b'{"a":' * 5000,
        b"}}}}",
        b'{"data":[],"n":' + b"1" * 5000 + b"}",
        b'{"data":[],"x":"\xff"}',
        b"<html></html>",
    ],
)
def test_what_cannot_be_understood(body: bytes) -> None:
    """Keys twice, broken and endless nesting, no JSON at all: the outcome is unknown."""
    for size_bytes in (1, 1000, len(body)):
        with pytest.raises(ModelUnknown):
            read(body, size_bytes)


@pytest.mark.parametrize("body", [b'{"x":"' + b"y" * (SKELETON_BYTES + 99), b"1," * SKELETON_BYTES])
def test_the_rest_is_bounded(body: bytes) -> None:
    """What is kept beside the images cannot grow without end."""
    with pytest.raises(ModelUnknown, match="too long"):
        read(body, 65_536)


def test_the_sinks_errors_come_through() -> None:
    """When storing fails the caller learns just that."""
    with pytest.raises(StorageError, match="Full"):
        AnswerReader(cut(BODY, 9), FullSink()).read()


def test_ten_images_take_the_memory_of_a_few_chunks() -> None:
    """80 MB of images in one answer never need the room of three of them."""
    image = bytes(range(256)) * 32_768
    text = base64.b64encode(image)

    def body() -> Iterator[bytes]:
        yield b'{"created":1,"data":[{}'
        for _ in range(10):
            yield b',{"b64_json":"'
            yield from cut(text, 65_536)
            yield b'"}'
        yield b"]}"

    sink = DigestSink()
    peak_bytes = peak_bytes_of(lambda: AnswerReader(body(), sink).read())
    assert sink.digests == [hashlib.sha256(image).hexdigest()] * 10
    assert peak_bytes < len(image)
