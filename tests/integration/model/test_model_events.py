"""
Images out of a streamed answer, whatever its writing and wherever it breaks.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.model_events import EventsReader, total_usage
from shared.errors import ModelUnknown, StorageError
from tests.integration.model.memory import peak_bytes_of
from tests.integration.model.sinks import DigestSink, FullSink, KeepingSink
from tests.integration.model.streams import (
    COMPLETED,
    FILTERED,
    PARTIAL,
    USAGE,
    completed,
    cut,
    frame,
    image_event,
    partial,
    read,
    stream_of,
)

FIRST, SECOND, COARSE = b"first image" * 9, b"second image" * 9, b"coarse" * 9
DONE = b"data: [DONE]\n\n"
images = st.binary(min_size=1, max_size=300)


@given(
    finals=st.lists(images, min_size=1, max_size=4),
    coarse=st.lists(images, max_size=3),
    end=st.sampled_from(["\n", "\r\n"]),
    named=st.booleans(),
    done=st.booleans(),
    sizes_bytes=st.lists(st.integers(1, 40), min_size=1, max_size=9),
)
def test_any_chunking_gives_the_same(
    finals: list[bytes],
    coarse: list[bytes],
    end: str,
    named: bool,
    done: bool,
    sizes_bytes: list[int],
) -> None:
    """The bytes are those of the events, in the order of their arrival."""
    events = [*map(partial, coarse), *map(completed, finals)]
    body = b"".join(frame(one, str(one["type"]) if named else None, end) for one in events)
    answer, sink = read(body + (DONE if done else b""), *sizes_bytes, n=len(finals))
    assert sink.stored == dict(enumerate(finals))
    assert (answer.images, sink.previews, sink.abandoned) == (len(finals), coarse, [])
    usage = answer.document["usage"]
    assert isinstance(usage, dict) and usage["output_tokens"] == 100 * len(finals)


def test_a_type_that_comes_last_decides() -> None:
    """Bytes of which nobody knew what they are become an image only if they are one."""
    late = [dict(sorted(one.items())) for one in (partial(COARSE), completed(FIRST))]
    _, sink = read(b"".join(map(frame, late)))
    assert (sink.stored, sink.abandoned) == ({0: FIRST}, [0])


def test_events_of_other_kinds_go_nowhere() -> None:
    """An image in an event that we do not know is none of ours."""
    other = image_event("image_generation.thought", COARSE)
    _, sink = read(stream_of(other, completed(FIRST)))
    assert (sink.stored, sink.previews, sink.abandoned) == ({0: FIRST}, [], [])


BODY = stream_of(partial(COARSE), completed(FIRST), completed(SECOND))
ENDS = len(BODY) - len(b"}\n\n")


@pytest.mark.parametrize("length", range(0, ENDS + 1, 3))
def test_a_stream_cut_anywhere(length: int) -> None:
    """Whatever came whole is stored, nothing else, and the outcome is unknown."""
    sink = KeepingSink()
    with pytest.raises(ModelUnknown):
        EventsReader(cut(BODY[:length], 5), sink, 2).read()
    assert sink.stored in ({}, {0: FIRST}, {0: FIRST, 1: SECOND})


def breaking(body: bytes) -> Iterator[bytes]:
    yield body
    raise ModelUnknown("The connection broke.")


def test_what_breaks_after_the_last_image() -> None:
    """With all images here, a broken connection or a late error takes nothing away."""
    for body in (breaking(BODY), iter([BODY, stream_of(FILTERED)]), iter([BODY, b"data: {"])):
        sink = KeepingSink()
        assert EventsReader(body, sink, 2).read().images == 2
        assert sink.stored == {0: FIRST, 1: SECOND}


def test_an_image_twice_in_an_event() -> None:
    """Which of the two is meant nobody can say."""
    twice = frame(completed(FIRST)).replace(b'"created_at"', b'"b64_json": "QUJD", "created_at"')
    with pytest.raises(ModelUnknown):
        read(twice)


def test_the_sinks_errors_come_through() -> None:
    """When storing fails the caller learns just that."""
    with pytest.raises(StorageError, match="Full"):
        EventsReader(cut(BODY, 9), FullSink(), 2).read()


@pytest.mark.parametrize(
    ("usages", "total"),
    [
        ([], None),
        ([None, "x"], None),
        ([USAGE], USAGE),
        ([USAGE, None], USAGE),
        ([{"output_tokens": 1}, {"output_tokens": 2, "input_tokens": 3}],
         {"output_tokens": 3, "input_tokens": 3}),
        ([{"output_tokens": 1}, {"output_tokens": "2"}], {"output_tokens": None}),
        ([{"d": {"a": 1}}, {"d": {"a": 2, "b": 1}}], {"d": {"a": 3, "b": 1}}),
        ([{"d": {"a": 1}}, {"d": []}], {"d": None}),
    ],
)  # fmt: skip
def test_total_usage(usages: list[object], total: object) -> None:
    """Events are added up; what cannot be added is nothing."""
    assert total_usage(usages) == total


def test_ten_images_take_the_memory_of_a_few_chunks() -> None:
    """80 MB of images in one stream, each after a partial one, never need the room of three."""
    image = bytes(range(256)) * 32_768
    text = b64encode(image)

    def body() -> Iterator[bytes]:
        for kind in [PARTIAL, COMPLETED] * 10:
            yield b'event: %b\ndata: {"type":"%b","b64_json":"' % (kind.encode(), kind.encode())
            yield from cut(text, 65_536)
            yield b'"}\n\n'

    sink = DigestSink()
    peak_bytes = peak_bytes_of(lambda: EventsReader(body(), sink, 10).read())
    assert sink.digests == [hashlib.sha256(image).hexdigest()] * 10
    assert peak_bytes < len(image)
