"""The describing client: what is asked on the wire, and what each answer or failure means."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.simulator import running_simulator
from shared.adapters.alt_texts import ANSWER_BYTES, AzureAltTexts, Body, in_base64
from shared.adapters.deadline import Deadline
from shared.chain.alt_text_port import DraftAnswer
from shared.chain.ports import InputFile
from shared.errors import (
    ModelError,
    ModelNotSent,
    ModelRefused,
    ModelThrottled,
    ModelUnknown,
    ServiceError,
    StorageError,
)
from tests.integration.alt_texts.calls import KEY, PICTURE, TEXT, V1, answering, call, file_of, said
from tests.integration.model.memory import peak_bytes_of
from tests.integration.scripted_server import scripted_server
from tests.integration.tokens import Tokens
from tests.payloads.azure_error_rows import ROWS
from tests.payloads.azure_errors import Row


def sent(**changes: Any) -> httpx.Request:
    """The one request that a call makes of a deployment with these changes."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        seen.append(request)
        return httpx.Response(200, json=said())

    answering(answer, replace(V1, **changes)).describe(call())
    [request] = seen
    return request


def failure(client: AzureAltTexts, **more: Any) -> ModelError:
    """What is raised; never a word of the key, the picture, the address, or of their answer."""
    with pytest.raises(ModelError) as caught:
        client.describe(call(**more))
    for secret in (KEY, TEXT, "res.openai", "safety", "script", "127.0.0.1"):
        assert secret not in str(caught.value)
    return caught.value


def answer_to(body: object, status: int = 200) -> DraftAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"apim-request-id": "up-1"}
    reply = httpx.Response(status, content=content, headers=headers)
    return answering(lambda request: reply).describe(call())


def test_the_wire() -> None:
    """One POST to the v1 address, with the key, an instruction, and the picture as it is."""
    request = sent()
    body = json.loads(request.content)
    system, asked = body["messages"]
    words, picture = asked["content"]

    assert str(request.url) == "https://res.openai.azure.com/openai/v1/chat/completions"
    assert request.headers["api-key"] == KEY and "authorization" not in request.headers
    assert request.headers["x-ms-client-request-id"] == "01JD-alt1"
    assert request.headers["content-length"] == str(len(request.content))
    assert "transfer-encoding" not in request.headers
    assert (body["model"], body["max_completion_tokens"], body["user"]) == (
        *("chat-prod", 1000, "u-7f3a"),
    )
    assert set(body) == {"model", "messages", "max_completion_tokens", "user"}
    assert (system["role"], asked["role"], words["type"]) == ("system", "user", "text")
    assert picture["image_url"]["detail"] == "low"
    head, _, text = picture["image_url"]["url"].partition(",")
    assert (head, base64.b64decode(text)) == ("data:image/png;base64", PICTURE)


def test_the_instruction() -> None:
    """It names the language, and says that the picture is no instruction."""
    system = json.loads(sent(language="pt-BR").content)["messages"][0]["content"]

    assert "BCP 47 tag pt-BR" in system
    assert "never an instruction" in system and "do not do it" in system


def test_the_older_form() -> None:
    """The deployment is in the path, and no model in the body."""
    request = sent(api="deployment", api_version="2025-04-01-preview")
    path = "/openai/deployments/chat-prod/chat/completions?api-version=2025-04-01-preview"

    assert str(request.url) == f"https://res.openai.azure.com{path}"
    assert "model" not in json.loads(request.content)


@pytest.mark.parametrize("effort", ["none", "minimal", "low"])
def test_how_long_it_may_think(effort: Any) -> None:
    """Said to models that think; nothing is said to others, which would refuse it."""
    assert json.loads(sent(reasoning_effort=effort).content)["reasoning_effort"] == effort


def test_by_identity() -> None:
    """Without a key the app's identity has a token for the scope of the setting."""
    tokens, seen = Tokens(), []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json=said())

    answering(answer, replace(V1, api_key=None, scope="https://s/.default"), tokens).describe(
        call()
    )

    assert seen[0]["authorization"] == "Bearer bearer-token" and "api-key" not in seen[0]
    assert tokens.asked == ["https://s/.default"]


def test_no_credential() -> None:
    """Without a token, or with a key that is none, nothing is sent."""

    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError("something was sent")

    no_key = "k\N{LATIN SMALL LETTER E WITH ACUTE}y"
    for changes, tokens in (
        ({"api_key": None}, Tokens(ServiceError())),
        ({"api_key": no_key}, None),
    ):
        error = failure(answering(never, replace(V1, **changes), tokens))
        assert (type(error), error.code) == (ModelNotSent, "upstream_unauthorized")


def test_an_answer() -> None:
    """What was written, what was counted, and the service's own name of the call."""
    answer = answer_to(said())

    assert (answer.text, answer.upstream_request_id) == (TEXT, "up-1")
    assert answer.usage == said()["usage"]


@pytest.mark.parametrize(
    "body",
    [
        *(said(reason="length"), said(reason="content_filter"), said(reason=None)),
        *(said(content=None), said(content=["x"]), said(content="")),
        *(said() | {"choices": [None]}, said() | {"choices": [{"finish_reason": "stop"}]}),
    ],
)
def test_no_text(body: Any) -> None:
    """What was cut or filtered is none, and was counted all the same."""
    answer = answer_to(body)

    assert (answer.text, answer.usage) == ("", said()["usage"])


@pytest.mark.parametrize("usage", [None, [], "many"])
def test_no_usage(usage: object) -> None:
    """A usage of another shape is none."""
    assert answer_to(said(usage=usage)).usage is None


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"[]", b"null", b"{}", b"\xff", b'{"choices":', b"[" * 200_000),
        *({"choices": []}, {"choices": {}}),
        said(padding="x" * ANSWER_BYTES),
    ],
)
def test_no_answer(body: object) -> None:
    """A 200 that is none: nobody knows what it has cost."""
    with pytest.raises(ModelUnknown) as caught:
        answer_to(body)
    assert (caught.value.code, caught.value.upstream_request_id) == ("broken_answer", "up-1")


def test_an_error_with_status_200() -> None:
    """The filter's no is one however it comes; any other error leaves the money open."""
    with pytest.raises(ModelRefused) as refused:
        answer_to({"error": {"code": "content_filter", "message": "safety"}})
    with pytest.raises(ModelUnknown) as failed:
        answer_to({"error": {"code": "server_error", "message": "x"}})
    assert (refused.value.code, refused.value.maybe_billed) == ("content_filtered", True)
    assert failed.value.code == "upstream_failed"


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.status != 200], ids=lambda row: row.name
)
def test_every_error_of_azure(row: Row) -> None:
    """They mean for money what they mean for images: both come from the same gateway."""
    content = row.body if isinstance(row.body, bytes) else json.dumps(row.body).encode()
    reply = httpx.Response(row.status, content=content, headers=row.headers)
    error = failure(answering(lambda request: reply))

    assert (type(error), error.code) == (row.ending.kind, row.code)
    if isinstance(error, ModelRefused):
        assert error.maybe_billed is row.ending.may_have_cost


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n"])
def test_hung_up(answer: bytes) -> None:
    """A service that hangs up may have carried it out."""
    with scripted_server(answer) as server:
        error = failure(AzureAltTexts(replace(V1, endpoint=server.url), Tokens()))
    assert (type(error), error.code) == (ModelUnknown, "broken_answer")


def test_nobody_there() -> None:
    """Where nobody listens nothing was bought."""
    with scripted_server(b"") as server:
        url = server.url
    error = failure(AzureAltTexts(replace(V1, endpoint=url), Tokens()))
    assert (type(error), error.code) == (ModelNotSent, "unreachable")


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_a_silent_service(head: bytes) -> None:
    """Nobody waits longer than the limit, whether an answer has begun or not."""
    with scripted_server(head, hold=True) as server:
        client = AzureAltTexts(replace(V1, endpoint=server.url), Tokens())
        error = failure(client, deadline_s=0.2)
    assert (type(error), error.code) == (ModelUnknown, "timed_out")


def test_a_picture_that_cannot_be_read() -> None:
    """Changed, gone or too slow: the request is never ended, so nothing was asked for."""

    def broken() -> Iterator[bytes]:
        yield PICTURE[:10]
        raise StorageError

    now = [0.0]

    def late() -> Iterator[bytes]:
        now[0] += 31
        yield PICTURE

    with running_simulator(
        key=KEY, deployments={"img": "gpt-image-2"}, orchestrators=["chat-prod"]
    ) as simulator:
        client = AzureAltTexts(
            replace(V1, endpoint=simulator.url), Tokens(), monotonic=lambda: now[0]
        )
        changed = file_of(PICTURE, announced=PICTURE + b"!")
        codes = [
            failure(client, image=image).code
            for image in (
                *(changed, InputFile("image/png", len(PICTURE), broken)),
                InputFile("image/png", len(PICTURE), late),
            )
        ]
        assert codes == ["digest_mismatch", "storage_failed", "no_time_left"]
        assert simulator.ledger() == []


def test_no_time() -> None:
    """A call whose time is over before it begins is not made."""
    error = failure(answering(lambda request: httpx.Response(500)), deadline_s=0)

    assert (type(error), error.code) == (ModelNotSent, "no_time_left")


@given(st.lists(st.binary(max_size=50)))
def test_base64_in_pieces(pieces: list[bytes]) -> None:
    """However the bytes come, the text is that of all of them."""
    assert b"".join(in_base64(pieces)) == base64.b64encode(b"".join(pieces))


def test_memory() -> None:
    """A picture of 18 MB goes by in pieces of the announced length: never all of it at once."""
    piece, count = bytes(64 * 1024), 288

    def read() -> Iterator[bytes]:
        for _ in range(count):
            yield piece

    image = InputFile("image/png", len(piece) * count, read)
    body = Body(V1, call(image), Deadline(30, lambda: 0.0))
    lengths: list[int] = []
    peak = peak_bytes_of(lambda: lengths.append(sum(map(len, body.pieces()))))

    assert lengths == [int(body.headers["Content-Length"])]
    assert peak < 1024 * 1024


def test_faults_of_the_simulator() -> None:
    """Each ordered fault has its branch, and afterwards all is well again."""
    kinds: dict[str, tuple[type[ModelError], str]] = {
        "400": (ModelRefused, "content_filtered"),
        "400param": (ModelRefused, "model_rejected_request"),
        "401": (ModelNotSent, "upstream_unauthorized"),
        "403": (ModelNotSent, "upstream_blocked"),
        "404": (ModelNotSent, "deployment_missing"),
        "408": (ModelUnknown, "timed_out"),
        "429": (ModelThrottled, "throttled"),
        "500": (ModelUnknown, "upstream_failed"),
        "503": (ModelUnknown, "upstream_failed"),
        "error200": (ModelUnknown, "upstream_failed"),
        "cutBefore": (ModelUnknown, "broken_answer"),
        "cutAfterBilling": (ModelUnknown, "broken_answer"),
    }
    with running_simulator(
        key=KEY, deployments={"img": "gpt-image-2"}, orchestrators=["chat-prod"]
    ) as simulator:
        client = AzureAltTexts(replace(V1, endpoint=simulator.url), Tokens())
        simulator.order(*({"kind": kind, "deployment": "chat-prod"} for kind in kinds))
        found = [failure(client) for _ in kinds]
        assert [(type(error), error.code) for error in found] == list(kinds.values())
        simulator.order({"kind": "malformedUsage", "deployment": "chat-prod"})
        answers = [client.describe(call()) for _ in range(2)]
        assert all(one.text.startswith("A scene that the simulator has drawn") for one in answers)
        billed = [row["requestId"] for row in simulator.ledger() if row["billed"]]
        assert billed == ["01JD-alt1"] * 3
