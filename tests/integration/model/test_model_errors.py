"""
What each failure of a call means for money.
"""

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from shared.adapters.model_errors import LOST, NOT_SENT, translated
from shared.domain import upstream
from shared.errors import (
    ModelError,
    ModelNotSent,
    ModelRefused,
    ModelThrottled,
    ModelUnknown,
)
from tests.integration.model.calls import CALL, KEY, PROMPT, answering, calling
from tests.integration.model.sinks import KeepingSink
from tests.integration.scripted_server import scripted_server
from tests.payloads.azure_error_rows import ROWS
from tests.payloads.azure_errors import PLAIN_IMAGE, Row, user_error
from tests.payloads.azure_openai import success

FOREIGN = [
    kind for kind in vars(httpx).values() if isinstance(kind, type) and issubclass(kind, Exception)
]
# All that is ever said of an answer, beside the name of a parameter.
SENTENCES = {
    *upstream.NOT_SENT.values(),
    *upstream.REFUSED.values(),
    *upstream.UNKNOWN.values(),
    "The answer is not valid JSON.",
}
NO_JSON = [b"", b"<html>502 Bad Gateway</html>", b'{"error":', b"[]", b'"x"', b"\xff\xfe", b"null"]


def failure(status: int, body: object, headers: dict[str, str] | None = None) -> ModelError:
    """What the client raises for an answer; never a word of the answer's text."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=content, headers=headers)

    with pytest.raises(ModelError) as caught:
        answering(answer).generate(CALL, KeepingSink())
    for secret in (KEY, PROMPT, "safety system", "temporarily", "script"):
        assert secret not in str(caught.value)
    return caught.value


def answer_of(row: Row) -> bytes:
    """The row as bytes on the wire."""
    body = row.body if isinstance(row.body, bytes) else json.dumps(row.body).encode()
    headers = {**row.headers, "Content-Length": str(len(body)), "apim-request-id": "up-1"}
    lines = [f"HTTP/1.1 {row.status} Told", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_every_answer_without_an_image(row: Row) -> None:
    """Status, code and parameter tell what happened to the money; no word of the text is kept."""
    with scripted_server(answer_of(row)) as server, pytest.raises(ModelError) as caught:
        calling(server.url).generate(CALL, KeepingSink())
    error, ending = caught.value, row.ending
    assert (type(error), error.code, error.categories) == (ending.kind, row.code, row.categories)
    assert error.retry_after_s == row.retry_after_s
    assert (error.code in upstream.NOT_SENT, upstream.may_have_cost(error.code)) == (
        *(ending.fails_over, ending.may_have_cost),
    )
    if isinstance(error, ModelRefused):
        assert error.maybe_billed == ending.may_have_cost
    assert error.upstream_request_id == "up-1"
    assert str(error) in SENTENCES or str(error).startswith("Azure OpenAI refused the parameter ")
    assert len(server.requests) == 1


def test_the_table_is_whole() -> None:
    """Each code of this interface has a row, but those that reach nobody; names differ."""
    listed = {*upstream.NOT_SENT, *upstream.REFUSED, *upstream.UNKNOWN}
    assert {row.code for row in ROWS} == listed - {
        "unreachable",
        "no_time_left",
        "orchestrator_missing",
    }
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (ModelNotSent, upstream.NOT_SENT),
        (ModelThrottled, upstream.NOT_SENT),
        (ModelRefused, upstream.REFUSED),
        (ModelUnknown, upstream.UNKNOWN),
    ],
)
def test_errors_without_a_code_of_their_own(kind: type[ModelError], codes: set[str]) -> None:
    """What nobody named is one of the known codes all the same."""
    assert kind.code in codes


@pytest.mark.parametrize("parameter", ["size", "tools[0].n", "response_format"])
def test_the_parameter_is_named(parameter: str) -> None:
    """When it looks like one, the caller learns which."""
    error = failure(400, user_error("No.", parameter, "invalid_value"))
    assert str(error) == f"Azure OpenAI refused the parameter {parameter}."


@pytest.mark.parametrize("body", NO_JSON)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, ModelUnknown),
        (400, ModelRefused),
        (401, ModelNotSent),
        (429, ModelThrottled),
        (502, ModelUnknown),
    ],
)
def test_bodies_that_say_nothing(status: int, kind: type[ModelError], body: bytes) -> None:
    """Without a readable body the status decides."""
    assert type(failure(status, body)) is kind


def test_a_long_error_is_read_in_part() -> None:
    """A gateway's endless page ends for us at 64 KiB."""
    asked: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            asked.append(1)
            yield b"<p>" * 1024

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, content=endless())

    with pytest.raises(ModelUnknown):
        answering(answer).generate(CALL, KeepingSink())
    assert len(asked) < 30


def test_images_count_before_an_error_beside_them() -> None:
    """What was paid for is not thrown away."""
    body = {**success(base64.b64encode(b"image").decode()), **PLAIN_IMAGE}
    model = answering(lambda request: httpx.Response(200, json=body))
    sink = KeepingSink()
    assert model.generate(CALL, sink).images == 1
    assert sink.stored == {0: b"image"}


@pytest.mark.parametrize(
    ("usage", "read"), [(None, None), ("lots", None), ([], None), ({"total": "x"}, {"total": "x"})]
)
def test_malformed_usage(usage: object, read: object) -> None:
    """An image is an image, whatever the bill beside it looks like."""
    body = {**success(base64.b64encode(b"image").decode()), "usage": usage}
    model = answering(lambda request: httpx.Response(200, json=body))
    assert model.generate(CALL, KeepingSink()).usage == read


@pytest.mark.parametrize(
    ("headers", "known"),
    [
        ({"apim-request-id": "8c1f-1", "x-request-id": "req_2"}, "8c1f-1"),
        ({"x-request-id": "req_2"}, "req_2"),
        ({"x-request-id": "<script>"}, None),
        ({}, None),
    ],
)
def test_the_id_for_a_support_case(headers: dict[str, str], known: str | None) -> None:
    """Upstream's id of the call is kept with every error."""
    assert failure(500, {}, headers).upstream_request_id == known


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: str(kind.__name__))
def test_every_exception_of_httpx_has_a_place(kind: type[Exception]) -> None:
    """Each means nothing was sent, or that nobody knows; a new one fails here."""
    if issubclass(kind, httpx.HTTPStatusError):
        return  # only raised on request
    exc = kind.__new__(kind)
    exc.args = (PROMPT,)
    with pytest.raises((ModelNotSent, ModelUnknown)) as caught, translated():
        raise exc
    assert isinstance(caught.value, ModelNotSent) == issubclass(kind, NOT_SENT)
    late = issubclass(kind, httpx.TimeoutException) and not issubclass(kind, NOT_SENT)
    assert (caught.value.code == "timed_out") == late
    assert issubclass(kind, (*NOT_SENT, *LOST))
    assert PROMPT not in str(caught.value)
