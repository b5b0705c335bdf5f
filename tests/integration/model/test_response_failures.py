"""
What an answer of the Responses API without an image means for money.
"""

import json

import pytest

from shared.adapters.model_response_images import ResponseEventsReader, ResponseReader
from shared.errors import ModelError, ModelRefused, ModelUnknown
from tests.integration.model.sinks import KeepingSink
from tests.integration.model.streams import cut, frame, stream_of
from tests.payloads.azure_error_rows import FILTERED_ROWS
from tests.payloads.azure_errors import Row
from tests.payloads.azure_responses import (
    ADDED,
    CREATED,
    GENERATING,
    IN_WORDS,
    MESSAGE,
    REASONING,
    ended,
    failed,
    image_call,
    item_done,
    partial_image,
    response,
)

JSON = dict[str, object]


def of_document(body: JSON) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ResponseReader(cut(json.dumps(body).encode(), 9), KeepingSink()).read()
    return caught.value


def of_stream(body: bytes) -> ModelError:
    sink = KeepingSink()
    with pytest.raises(ModelError) as caught:
        ResponseEventsReader(cut(body, 9), sink).read()
    assert sink.stored == {}
    return caught.value


def both(body: JSON) -> list[ModelError]:
    """What it means as one document, and as the end of a stream."""
    return [of_document(body), of_stream(stream_of(CREATED, ended(body)))]


def meaning(error: ModelError) -> tuple[str, bool]:
    assert isinstance(error, ModelRefused)
    return error.code, error.maybe_billed


def broken_call(code: str | None) -> JSON:
    error = {} if code is None else {"error": {"code": code, "message": "…"}}
    return response(image_call(None, status="failed", **error), MESSAGE)


FILTER_CODES = ("image_content_policy_violation", "content_filter", "moderation_blocked")
REJECTED_CODES = (
    *("invalid_prompt", "invalid_image", "image_too_large", "image_too_small"),
    *("image_parse_error", "empty_image_file"),
)


@pytest.mark.parametrize("code", FILTER_CODES)
def test_the_filter(code: str) -> None:
    """In the response or in its image call, a refusal that may be billed."""
    for body in (failed(code), broken_call(code)):
        for error in both(body):
            assert meaning(error) == ("content_filtered", True)


def test_a_response_cut_by_the_filter() -> None:
    """Incomplete for the filter's sake is the filter's no as well."""
    cut_off = response(status="incomplete", incomplete_details={"reason": "content_filter"})
    for error in both(cut_off):
        assert meaning(error) == ("content_filtered", True)


@pytest.mark.parametrize("code", REJECTED_CODES)
def test_rejected_at_work(code: str) -> None:
    """What upstream finds out while it works is final, but its orchestrator was at work."""
    for body in (failed(code), broken_call(code)):
        for error in both(body):
            assert meaning(error) == ("model_rejected_request", True)


def test_an_answer_in_words() -> None:
    """Who only talks about the picture will do so again: final, and its tokens may be billed."""
    for error in both(IN_WORDS):
        assert meaning(error) == ("model_rejected_request", True)
    told = stream_of(CREATED, item_done(REASONING), item_done(MESSAGE), ended(response()))
    assert meaning(of_stream(told)) == ("model_rejected_request", True)


@pytest.mark.parametrize("code", ["server_error", "rate_limit_exceeded", "something_new", ""])
def test_errors_within_an_answer(code: str) -> None:
    """Nobody says what was bought by then, and a full quota within an answer is no 429."""
    for body in (failed(code), broken_call(code)):
        assert [type(error) for error in both(body)] == [ModelUnknown] * 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        response(),
        response(REASONING),
        response(image_call(None), MESSAGE),
        response(image_call(""), MESSAGE),
        broken_call(None),
        response(image_call(None, status="generating"), status="in_progress"),
        response(MESSAGE, status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
        response(MESSAGE, status="incomplete", incomplete_details="max_output_tokens"),
        response(MESSAGE, status="queued"),
        {"status": "completed", "output": "none"},
        {"status": "completed", "output": [None, 7, "message"]},
    ],
)
def test_neither_image_nor_reason(body: JSON) -> None:
    """An image may have been made, and nothing came of it."""
    assert type(of_document(body)) is ModelUnknown
    assert type(of_stream(frame({"type": "response.completed", "response": body}))) is ModelUnknown


@pytest.mark.parametrize("seen", [GENERATING, partial_image("QUJD"), item_done(image_call(None))])
def test_work_that_was_seen_counts(seen: JSON) -> None:
    """Words at the end do not undo that the image tool was at work before."""
    body = stream_of(CREATED, ADDED, seen, item_done(MESSAGE), ended(IN_WORDS))
    assert type(of_stream(body)) is ModelUnknown


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "code": "moderation_blocked", "message": "…", "param": None},
        {"type": "error", "error": {"code": "content_filter", "message": "…"}},
        {"error": {"code": "contentFilter", "message": "…"}},
    ],
)
def test_the_filter_as_an_event(event: JSON) -> None:
    """Every form of an error event can be the filter's."""
    assert meaning(of_stream(frame(event))) == ("content_filtered", True)
    assert meaning(of_stream(frame(event, "error"))) == ("content_filtered", True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"data: [DONE]\n\n",
        stream_of(CREATED, ADDED, GENERATING),
        stream_of(CREATED, item_done(MESSAGE)),
        frame({"type": "error", "code": "server_error", "message": "…"}),
        frame({"type": "error", "code": "rate_limit_exceeded", "message": "…"}),
        b"event: error\ndata: {}\n\n",
        b"data: no JSON\n\n",
        frame({"type": "response.completed", "response": "none"}),
        frame({"type": "response.completed"}),
    ],
)
def test_streams_without_an_end(body: bytes) -> None:
    """Without the response's own event nobody can say what was bought."""
    assert type(of_stream(body)) is ModelUnknown


@pytest.mark.parametrize("row", FILTERED_ROWS, ids=lambda row: row.name)
def test_categories(row: Row) -> None:
    """What the filter objected to is read from either spelling of its verdict."""
    assert isinstance(row.body, dict)
    found = of_document(response(status="failed", error=row.body["error"]))
    assert (found.code, found.categories) == (row.code, row.categories)
