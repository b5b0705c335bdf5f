"""
Every way of writing and ending a stream, by the reader in any pieces and by the whole client.
"""

from dataclasses import replace

import pytest

from shared.adapters.model_events import EventsReader
from shared.errors import ModelError, ModelRefused
from tests.integration.model.calls import CALL, calling
from tests.integration.model.sinks import KeepingSink
from tests.integration.model.stream_rows import COARSE, ROWS, Row
from tests.integration.model.streams import cut
from tests.integration.scripted_server import scripted_server

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
BY_NAME = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])


def insist_on_bytes(row: Row, sink: KeepingSink) -> None:
    assert sink.stored == row.stored
    assert sink.previews == [COARSE] * row.previews


def insist_on_error(row: Row, error: ModelError) -> None:
    assert (type(error), error.code) == (row.kind, row.code)
    if isinstance(error, ModelRefused):
        assert error.maybe_billed


@BY_NAME
@pytest.mark.parametrize("size_bytes", [1, 7, 100_000])
def test_in_any_pieces(row: Row, size_bytes: int) -> None:
    """What a stream says does not depend on where the network cuts it."""
    sink = KeepingSink()
    reader = EventsReader(cut(row.body, size_bytes), sink, row.n)
    if row.kind is not None:
        with pytest.raises(ModelError) as caught:
            reader.read()
        insist_on_error(row, caught.value)
    else:
        answer = reader.read()
        usage = answer.document["usage"]
        tokens = usage["output_tokens"] if isinstance(usage, dict) else None
        assert (answer.images, tokens) == (len(row.stored), row.output_tokens)
        assert answer.usage_is_whole == row.usage_is_whole
    insist_on_bytes(row, sink)


@BY_NAME
def test_through_the_whole_client(row: Row) -> None:
    """The same from a server, whose hanging up is no success by itself."""
    sink = KeepingSink()
    call = replace(CALL, n=row.n, partial_images=1)
    with scripted_server(HEAD + row.body) as server:
        if row.kind is not None:
            with pytest.raises(ModelError) as caught:
                calling(server.url).generate(call, sink)
            insist_on_error(row, caught.value)
        else:
            assert calling(server.url).generate(call, sink).images == len(row.stored)
    insist_on_bytes(row, sink)


def test_the_filter_names_its_categories() -> None:
    """The one thing taken from a text, within bounds."""
    typed = next(row for row in ROWS if row.name == "filter, typed")
    with pytest.raises(ModelRefused) as caught:
        EventsReader(iter([typed.body]), KeepingSink(), 1).read()
    assert caught.value.categories == ("sexual",)
