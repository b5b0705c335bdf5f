"""
Images out of answers of the Responses API, whatever their form and wherever they break.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.model_json import Answer
from shared.adapters.model_response_images import ResponseEventsReader, ResponseReader
from shared.errors import ModelUnknown, StorageError
from tests.integration.model.memory import peak_bytes_of
from tests.integration.model.sinks import DigestSink, FullSink, KeepingSink, KeptWriter
from tests.integration.model.streams import cut, frame, stream_of
from tests.payloads.azure_responses import (
    ADDED,
    CREATED,
    GENERATING,
    MESSAGE,
    REASONING,
    USAGE,
    ended,
    image_call,
    item_done,
    partial_image,
    response,
)

FINAL, OTHER, COARSE = b"final image" * 9, b"another image" * 9, b"coarse" * 9
images = st.binary(min_size=1, max_size=300)
JSON = dict[str, object]


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def drawn(data: bytes) -> JSON:
    return image_call(encoded(data))


def document(body: object, *sizes_bytes: int) -> tuple[Answer, KeepingSink]:
    sink = KeepingSink()
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ResponseReader(cut(text, *(sizes_bytes or (7,))), sink).read(), sink


def stream(body: bytes, *sizes_bytes: int) -> tuple[Answer, KeepingSink]:
    sink = KeepingSink()
    return ResponseEventsReader(cut(body, *(sizes_bytes or (7,))), sink).read(), sink


def sorted_by(key: bool | None, value: object) -> object:
    """The same value with the keys of every object in order, backwards, or as they are."""
    if isinstance(value, list):
        return [sorted_by(key, one) for one in value]
    if not isinstance(value, Mapping):
        return value
    names = list(value) if key is None else sorted(value, reverse=key)
    return {name: sorted_by(key, value[name]) for name in names}


@given(
    image=images,
    before=st.lists(st.sampled_from([REASONING, MESSAGE, image_call(None)]), max_size=2),
    order=st.sampled_from([None, True, False]),
    indent=st.sampled_from([None, 2]),
    sizes_bytes=st.lists(st.integers(1, 40), min_size=1, max_size=9),
)
def test_any_document(
    image: bytes, before: list[JSON], order: bool | None, indent: int | None, sizes_bytes: list[int]
) -> None:
    """Order of keys, layout and chunking change nothing; what stands around it is kept."""
    whole = sorted_by(order, response(*before, drawn(image), MESSAGE))
    answer, sink = document(json.dumps(whole, indent=indent).encode(), *sizes_bytes)
    assert (answer.images, sink.stored, sink.abandoned) == (1, {0: image}, [])
    assert answer.document["usage"] == USAGE


@given(
    final=images,
    coarse=st.lists(images, max_size=3),
    order=st.sampled_from([None, True, False]),
    named=st.booleans(),
    repeated=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    sizes_bytes=st.lists(st.integers(1, 40), min_size=1, max_size=9),
)
def test_any_stream(
    final: bytes,
    coarse: list[bytes],
    order: bool | None,
    named: bool,
    repeated: bool,
    end: str,
    sizes_bytes: list[int],
) -> None:
    """Repeated at the end or not, with types before or after it, the image is stored once."""
    last = response(drawn(final) if repeated else image_call(None), MESSAGE)
    events = [CREATED, ADDED, GENERATING, *(partial_image(encoded(one)) for one in coarse)]
    events += [item_done(drawn(final)), ended(last)]
    body = b"".join(
        frame(sorted_by(order, one), str(one["type"]) if named else None, end) for one in events
    )
    answer, sink = stream(body, *sizes_bytes)
    assert (sink.stored, sink.previews) == ({0: final}, coarse)
    assert (answer.images, answer.document["usage"]) == (1, USAGE)


@pytest.mark.parametrize(
    "events",
    [
        (item_done(drawn(FINAL)), ended(response(drawn(FINAL)))),
        (item_done(drawn(FINAL)), ended(response(REASONING, drawn(FINAL), MESSAGE))),
        (item_done(image_call(None)), ended(response(drawn(FINAL)))),
        (ended(response(drawn(FINAL))),),
        (ended(response(drawn(FINAL), status="incomplete")),),
        (ended(response(drawn(FINAL), status="failed", error={"code": "server_error"})),),
        (ADDED, item_done(MESSAGE | {"result": encoded(OTHER)}), ended(response(drawn(FINAL)))),
        (item_done(drawn(FINAL)), {"type": "error", "code": "server_error"}),
        (item_done(drawn(FINAL)), {"type": "error", "code": "content_filter"}),
        (item_done(drawn(FINAL)),),
    ],
)
def test_ways_an_image_comes(events: tuple[JSON, ...]) -> None:
    """With its item, with the response or with both, and whatever is said afterwards."""
    for order in (None, True, False):
        body = b"".join(frame(sorted_by(order, one)) for one in events)
        answer, sink = stream(body, 11)
        assert (answer.images, sink.stored) == (1, {0: FINAL})


def test_names_stand_in_for_types() -> None:
    """An event may be named by its line only, before or after its data."""
    begun, done = ADDED["type"], item_done({})["type"]
    for head, tail in (("event: {}\n", ""), ("", "event: {}\n")):
        body = "".join(
            f"{head.format(name)}data: {json.dumps({'item': drawn(data)})}\n{tail.format(name)}\n"
            for name, data in ((begun, OTHER), (done, FINAL))
        )
        assert stream(body.encode())[1].stored == {0: FINAL}


def test_what_nobody_calls_anything_is_an_image() -> None:
    """Only images have a result: one without any type is not thrown away."""
    untyped = {"result": encoded(FINAL)}
    assert document({"output": [untyped]})[1].stored == {0: FINAL}
    assert stream(frame({"item": untyped}))[1].stored == {0: FINAL}


def test_two_images() -> None:
    """More than the one that was asked for were made as well, and are kept."""
    both = [drawn(FINAL), drawn(OTHER)]
    expected = {0: FINAL, 1: OTHER}
    assert document(response(*both))[1].stored == expected
    done = [*map(item_done, both)]
    whole = ended(response(*both))
    for events in ([*done, whole], [whole], [done[0], whole], [*done, ended(response())], done):
        answer, sink = stream(stream_of(*events))
        assert (answer.images, sink.stored) == (2, expected)


def test_what_is_said_too_late_is_not_an_image() -> None:
    """Bytes of which nobody knew what they are are left when they turn out to be none."""
    item = {"result": encoded(OTHER), "type": "image_generation_call"}
    added = {"item": item, "type": "response.output_item.added"}
    late = frame(added) + frame(item_done({"result": encoded(OTHER), "type": "message"}))
    _, sink = stream(late + frame(item_done(drawn(FINAL))))
    assert (sink.stored, sink.abandoned) == ({0: FINAL}, [0, 0])


def test_nothing_is_read_behind_the_end() -> None:
    """The response's own event ends the stream: a peer that stays silent costs no time."""

    def held() -> Iterator[bytes]:
        yield stream_of(item_done(drawn(FINAL)), ended(response(drawn(FINAL))))
        raise AssertionError("asked for more")

    sink = KeepingSink()
    assert ResponseEventsReader(held(), sink).read().images == 1


WHOLE = json.dumps(response(drawn(b"12345678"), MESSAGE)).encode()
EVENTS = stream_of(CREATED, partial_image(encoded(b"1234")), item_done(drawn(b"12345678")))


@pytest.mark.parametrize("length", range(0, len(WHOLE), 3))
def test_a_document_cut_anywhere(length: int) -> None:
    """An image that came whole may be stored, and the outcome is unknown."""
    sink = KeepingSink()
    with pytest.raises(ModelUnknown):
        ResponseReader(cut(WHOLE[:length], 5), sink).read()
    assert sink.stored in ({}, {0: b"12345678"})


@pytest.mark.parametrize("length", range(0, len(EVENTS) - len(b"}}\n\n"), 3))
def test_a_stream_cut_anywhere(length: int) -> None:
    """So it is in a stream."""
    sink = KeepingSink()
    with pytest.raises(ModelUnknown):
        ResponseEventsReader(cut(EVENTS[:length], 5), sink).read()
    assert sink.stored in ({}, {0: b"12345678"})


@pytest.mark.parametrize(
    "body",
    [
        b'{"output":[{"result":"QUJD","result":"REVG"}]}',
        b'{"output":[{"result":"QUJD"}],"output":[]}',
        b'{"output":[{"type":"image_generation_call","result":"Q*JD"}]}',
        b'{"output":[{"result":"QUJD"},{"result":"REVG","type":"message"}]}',
        b'[{"result":"QUJD"}]',
    ],
)
def test_what_cannot_be_understood(body: bytes) -> None:
    """Keys twice, no base64, items that are not what they seemed: the outcome is unknown."""
    with pytest.raises(ModelUnknown):
        document(body)


def test_the_sinks_errors_come_through() -> None:
    """When storing fails the caller learns just that."""
    with pytest.raises(StorageError, match="Full"):
        ResponseReader(cut(WHOLE, 9), FullSink()).read()
    with pytest.raises(StorageError, match="Full"):
        ResponseEventsReader(cut(EVENTS, 9), FullSink()).read()


class ChoosySink(KeepingSink):
    """
    Finds at the end of an image that it is none.
    """

    @contextmanager
    def image(self, index: int) -> Iterator[KeptWriter]:
        yield KeptWriter()
        raise ModelUnknown("No picture.")


@pytest.mark.parametrize("order", [None, True, False])
def test_an_image_that_the_sink_does_not_take(order: bool | None) -> None:
    """Bytes that are no picture are no success, however late that is found."""
    whole = response(drawn(FINAL))
    text = json.dumps(sorted_by(order, whole)).encode()
    with pytest.raises(ModelUnknown, match="No picture"):
        ResponseReader(cut(text, 9), ChoosySink()).read()
    for event in (item_done(drawn(FINAL)), ended(whole)):
        with pytest.raises(ModelUnknown, match="No picture"):
            ResponseEventsReader(cut(frame(sorted_by(order, event)), 9), ChoosySink()).read()


def test_an_image_takes_the_memory_of_a_few_chunks() -> None:
    """8 MB that come three times, as a partial image, an item and in the response."""
    image = bytes(range(256)) * 32_768
    text = base64.b64encode(image)

    def body() -> Iterator[bytes]:
        for event in (partial_image("@"), item_done(drawn(b"@")), ended(response(drawn(b"@")))):
            mark = b'"@"' if "partial_image_b64" in event else json.dumps(encoded(b"@")).encode()
            before, after = frame(event).split(mark)
            yield before + b'"'
            yield from cut(text, 65_536)
            yield b'"' + after

    sink = DigestSink()
    peak_bytes = peak_bytes_of(lambda: ResponseEventsReader(body(), sink).read())
    assert sink.digests == [hashlib.sha256(image).hexdigest()]
    assert peak_bytes < len(image)
