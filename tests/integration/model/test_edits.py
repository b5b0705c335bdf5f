"""
An edit on the wire: a form that real parsers read, sent piece by piece.
"""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import HTTP

import httpx
import pytest

from shared.adapters.deadline import Deadline
from shared.adapters.model_client import AzureOpenAIModel
from shared.adapters.multipart import edit_form
from shared.chain.ports import InputFile, ModelCall
from shared.domain.deployments import Deployment
from shared.errors import ModelNotSent, ModelRefused, StorageError
from tests.fakes import small_png
from tests.integration.model.calls import CALL, DATED, PROMPT, V1, FixedTokens, answering, calling
from tests.integration.model.sinks import KeepingSink
from tests.integration.scripted_server import scripted_server
from tests.payloads.azure_openai import success

PNG, MASK, JPEG = small_png(1), small_png(2, alpha=True), b"\xff\xd8\xff\r\n--x\r\n"
ANSWER = success(base64.b64encode(PNG).decode())


def file(data: bytes, content_type: str = "image/png", pieces: int = 1) -> InputFile:
    step = -(-len(data) // pieces)
    cut = [data[start : start + step] for start in range(0, len(data), step)]
    return InputFile(content_type, len(data), lambda: iter(cut))


EDIT = replace(CALL, n=1, images=(file(PNG), file(JPEG, "image/jpeg", 3)), mask=file(MASK))


def on_the_wire(call: ModelCall, deployment: Deployment = V1) -> tuple[str, dict[str, str], bytes]:
    """Path, headers and body as a server got them."""
    body = json.dumps(ANSWER).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with scripted_server(head % len(body) + body) as server:
        deployments = {"main": replace(deployment, endpoint=server.url)}
        model = AzureOpenAIModel(deployments, FixedTokens(), httpx.HTTPTransport())
        model.generate(call, KeepingSink())
    raw_head, _, sent = server.requests[0].partition(b"\r\n\r\n")
    first, *lines = raw_head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return first.split(" ")[1], {name.lower(): value for name, value in headers.items()}, sent


def parts(headers: dict[str, str], body: bytes) -> list[Message]:
    """By the standard library's parser of MIME."""
    head = f"Content-Type: {headers['content-type']}\r\n\r\n".encode()
    message: EmailMessage = BytesParser(policy=HTTP).parsebytes(head + body)
    assert not message.defects
    return list(message.iter_parts())


def named(part: Message) -> str:
    return str(part.get_param("name", header="content-disposition"))


def fields(found: list[Message]) -> dict[str, str]:
    return {
        named(part): part.get_payload(decode=True).decode()  # type: ignore[union-attr]
        for part in found
        if part.get_filename() is None
    }


@pytest.mark.parametrize(
    ("deployment", "path"),
    [
        (V1, "/openai/v1/images/edits"),
        (
            DATED,
            "/openai/deployments/img-prod/images/edits?api-version=2025-04-01-preview",
        ),
    ],
)
def test_the_form(deployment: Deployment, path: str) -> None:
    """Fields as text, images in their order and the mask as files, a length and no chunks."""
    asked, headers, body = on_the_wire(
        replace(EDIT, options={"size": "auto", "input_fidelity": "high"}), deployment
    )
    found = parts(headers, body)
    model = {"model": "img-prod"} if deployment.api == "v1" else {}

    assert asked == path
    assert headers["content-length"] == str(len(body))
    assert "transfer-encoding" not in headers
    assert fields(found) == {
        "size": "auto",
        "input_fidelity": "high",
        **model,
        "prompt": PROMPT,
        "n": "1",
        "user": "u-7f3a",
    }
    files = [part for part in found if part.get_filename() is not None]
    assert [
        (named(part), part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in files
    ] == [
        ("image[]", "0.png", "image/png", PNG),
        ("image[]", "1.jpg", "image/jpeg", JPEG),
        ("mask", "mask.png", "image/png", MASK),
    ]


def test_a_stream_is_asked_for_in_azures_spelling() -> None:
    """Azure is reported to read `true` in a form as false."""
    found = fields(parts(*on_the_wire(replace(EDIT, partial_images=1))[1:]))

    assert (found["stream"], found["partial_images"]) == ("True", "1")


@pytest.mark.parametrize(
    ("prompt", "text"), [("Käse 🎨\n--x", "Käse 🎨\n--x"), ("\ud800 alone", "? alone")]
)
def test_any_text_can_be_sent(prompt: str, text: str) -> None:
    """As UTF-8; what is no text becomes a question mark."""
    _, headers, body = on_the_wire(replace(EDIT, prompt=prompt))

    assert fields(parts(headers, body))["prompt"] == text


def test_a_generation_is_no_form() -> None:
    """Without images it is JSON as before."""
    asked, headers, body = on_the_wire(replace(CALL, n=1))

    assert asked == "/openai/v1/images/generations"
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["prompt"] == PROMPT


def test_a_streamed_edit_is_read() -> None:
    """Its events are named after the edit."""
    encoded = base64.b64encode(PNG).decode()
    stream = "".join(
        f"event: image_edit.{kind}\ndata: "
        + json.dumps({"type": f"image_edit.{kind}", "b64_json": encoded})
        + "\n\n"
        for kind in ("partial_image", "completed")
    )

    def handler(request: httpx.Request) -> httpx.Response:
        request.read()
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, text=stream)

    sink = KeepingSink()
    answering(handler).generate(replace(EDIT, partial_images=1), sink)
    assert sink.stored == {0: PNG}


def broken(pieces: list[bytes]) -> Iterator[bytes]:
    yield from pieces
    raise StorageError


@pytest.mark.parametrize("read", [lambda: broken([]), lambda: broken([PNG[:10]])])
def test_a_file_that_cannot_be_read(read: Callable[[], Iterator[bytes]]) -> None:
    """The body never gets its end, so nothing was bought."""
    edit = replace(EDIT, images=(InputFile("image/png", len(PNG), read),))
    with (
        scripted_server(b"HTTP/1.1 500 Never\r\n\r\n") as server,
        pytest.raises(ModelNotSent) as caught,
    ):
        calling(server.url).generate(edit, KeepingSink())
    assert caught.value.code == "storage_failed"
    assert b"--\r\n" not in b"".join(server.requests)[-4:]


def test_files_that_take_too_long() -> None:
    """The call's deadline also covers its way there."""
    ticks = iter([0.0, 5.0, 5.0, 15.0])
    form = edit_form({}, [file(PNG, pieces=4)], None)
    pieces = form.pieces(Deadline(10, lambda: next(ticks)))

    with pytest.raises(ModelNotSent):
        list(pieces)


def test_a_large_file_and_its_refusal() -> None:
    """All of it goes out in its pieces; upstream's no to a file is final."""
    body = b'{"error":{"code":"invalid_image_file","param":null}}'
    answer = b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    large = file(PNG.ljust(30_000_000, b"\0"), pieces=30)
    with scripted_server(answer) as server, pytest.raises(ModelRefused):
        calling(server.url).generate(replace(EDIT, images=(large,)), KeepingSink())
    assert len(server.requests[0]) > 30_000_000


def test_files_are_not_shown() -> None:
    """What is printed of a call has no reader in it."""
    assert "read" not in repr(EDIT)
