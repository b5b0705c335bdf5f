"""
What each failure of a call means for money.
"""

import base64
import json
from collections.abc import Iterator

import httpx
import pytest

from shared.adapters.model_errors import LOST, NOT_SENT, translated
from shared.errors import (
    ModelError,
    ModelNotSent,
    ModelRefused,
    ModelThrottled,
    ModelUnknown,
)
from tests.integration.model.calls import CALL, KEY, PROMPT, answering
from tests.integration.model.sinks import KeepingSink
from tests.payloads import azure_openai as payloads

FOREIGN = [
    kind for kind in vars(httpx).values() if isinstance(kind, type) and issubclass(kind, Exception)
]


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


@pytest.mark.parametrize(
    ("body", "categories"), payloads.FILTERED.values(), ids=payloads.FILTERED.keys()
)
@pytest.mark.parametrize("status", [400, 200])
def test_filtered(status: int, body: object, categories: tuple[str, ...]) -> None:
    """The filter's no, in every form, with whatever categories it names; perhaps billed."""
    error = failure(status, body)
    assert isinstance(error, ModelRefused)
    assert (error.code, error.maybe_billed) == ("content_filtered", True)
    assert error.categories == categories


@pytest.mark.parametrize(
    ("body", "parameter"), payloads.REJECTED.values(), ids=payloads.REJECTED.keys()
)
def test_rejected(body: object, parameter: str | None) -> None:
    """A request upstream does not take: not billed; the parameter is named when it looks so."""
    error = failure(400, body)
    assert isinstance(error, ModelRefused)
    assert (error.code, error.maybe_billed) == ("model_rejected_request", False)
    assert (f" {parameter}." in str(error)) == (parameter is not None)


@pytest.mark.parametrize(
    ("status", "body", "code"), payloads.NOT_SENT.values(), ids=payloads.NOT_SENT.keys()
)
def test_not_sent(status: int, body: object, code: str) -> None:
    """Nothing was bought: keys, networks, blocked resources, missing deployments."""
    error = failure(status, body)
    assert isinstance(error, ModelNotSent)
    assert error.code == code


@pytest.mark.parametrize(("status", "body"), payloads.UNKNOWN.values(), ids=payloads.UNKNOWN.keys())
def test_unknown(status: int, body: object) -> None:
    """The gateway gave up while the model may be at work."""
    assert type(failure(status, body)) is ModelUnknown


@pytest.mark.parametrize(
    ("headers", "retry_after_s"),
    [
        ({"retry-after-ms": "38500", "retry-after": "39"}, 38.5),
        ({"retry-after": "38"}, 38.0),
        ({"retry-after": "86400000"}, 86_400.0),
        (
            {
                "retry-after": "Fri, 20 Nov 2026 12:01:00 GMT",
                "date": "Fri, 20 Nov 2026 12:00:00 GMT",
            },
            60.0,
        ),
        (
            {
                "retry-after": "Fri, 20 Nov 2026 11:00:00 GMT",
                "date": "Fri, 20 Nov 2026 12:00:00 GMT",
            },
            0.0,
        ),
        ({"retry-after": "soon", "retry-after-ms": "-1"}, 10.0),
        ({}, 10.0),
    ],
)
def test_throttled(headers: dict[str, str], retry_after_s: float) -> None:
    """How long to wait, in every way it can be said, and when it is not."""
    error = failure(429, payloads.THROTTLED, headers)
    assert isinstance(error, ModelThrottled)
    assert error.retry_after_s == retry_after_s


@pytest.mark.parametrize("body", payloads.NO_JSON)
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


@pytest.mark.parametrize(
    "body",
    [
        {"created": 1, "data": []},
        {"created": 1},
        {"created": 1, "data": [{"b64_json": ""}]},
        {"created": 1, "data": [{"url": "https://example.invalid/0.png"}]},
        {"error": {"code": "server_error", "message": "x"}},
        {"error": "contentFilter"},
    ],
)
def test_success_without_an_image(body: object) -> None:
    """Paid, perhaps, and nothing came."""
    error = failure(200, body, {"x-request-id": "req_1"})
    assert type(error) is ModelUnknown
    assert error.upstream_request_id == "req_1"


def test_images_count_before_an_error_beside_them() -> None:
    """What was paid for is not thrown away."""
    body = {**payloads.success(base64.b64encode(b"image").decode()), **payloads.FILTERED_PLAIN}
    model = answering(lambda request: httpx.Response(200, json=body))
    sink = KeepingSink()
    assert model.generate(CALL, sink).images == 1
    assert sink.stored == {0: b"image"}


@pytest.mark.parametrize(
    ("usage", "read"), [(None, None), ("lots", None), ([], None), ({"total": "x"}, {"total": "x"})]
)
def test_malformed_usage(usage: object, read: object) -> None:
    """An image is an image, whatever the bill beside it looks like."""
    body = {**payloads.success(base64.b64encode(b"image").decode()), "usage": usage}
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
    assert issubclass(kind, (*NOT_SENT, *LOST))
    assert PROMPT not in str(caught.value)
