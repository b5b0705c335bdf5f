"""A call is over at its deadline, whatever the other side does or leaves undone."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from shared.adapters.alt_texts import AzureAltTexts
from shared.adapters.model_client import AzureOpenAIModel
from shared.chain.ports import InputFile
from shared.errors import ModelError, ModelNotSent, ModelUnknown
from tests.integration.alt_texts.calls import V1 as CHAT
from tests.integration.alt_texts.calls import call as draft
from tests.integration.model.calls import CALL, V1, FixedTokens
from tests.integration.model.sinks import KeepingSink
from tests.integration.ports.test_webhooks import certificate
from tests.integration.tokens import Tokens

HOST = "localhost"
Talk = Callable[[socket.socket, threading.Event], None]
# More than the buffers of both ends hold, so that somebody has to read.
LARGE = InputFile("image/png", 16 << 20, lambda: (bytes(1 << 20) for _ in range(16)))
# What a peer does in the end if nobody hangs up on it: then it was not the deadline.
MUCH_LATER_S, SOON_S = 20.0, 0.02
GENERATION = replace(CALL, n=1, deadline_s=1.0)
STREAMED = replace(GENERATION, partial_images=1)
EDIT = replace(GENERATION, images=(LARGE,))
LONG_PROMPT = replace(GENERATION, prompt="x" * (16 << 20))


@contextmanager
def peer(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of somebody who talks like this with whoever connects first."""
    listener, over = socket.create_server((HOST, 0)), threading.Event()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(MUCH_LATER_S)
                if context is None:
                    talk(connection, over)
                    return
                with context.wrap_socket(connection, server_side=True) as secured:
                    talk(secured, over)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://{HOST}:{listener.getsockname()[1]}"
    finally:
        over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        listener.close()


def reads_nothing(connection: socket.socket, over: threading.Event) -> None:
    over.wait(MUCH_LATER_S)


def reads_slowly(connection: socket.socket, over: threading.Event) -> None:
    """So that no single write has to wait for long."""
    for _ in range(round(MUCH_LATER_S / SOON_S)):
        if not connection.recv(4096) or over.wait(SOON_S):
            return


def drips_a_head(connection: socket.socket, over: threading.Event) -> None:
    """So that no single read has to wait for long."""
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    for _ in range(round(MUCH_LATER_S / SOON_S)):
        connection.sendall(b"x")
        if over.wait(SOON_S):
            return


def drips_a_document(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n{")
    over.wait(MUCH_LATER_S)


def silent(left: list[bool], patience_s: float) -> Talk:
    """Says in `left` whether we hung up within this time from the request's end."""

    def listen(connection: socket.socket, over: threading.Event) -> None:
        received = b""
        while not received.endswith((b'"u-7f3a"}', b"--\r\n")):
            received = received[-10:] + connection.recv(65_536)
        connection.settimeout(patience_s)
        with suppress(TimeoutError):
            left.append(connection.recv(1) == b"")

    return listen


def slow(after_s: float) -> InputFile:
    """A file whose second half storage is slow to give."""

    def read() -> Iterator[bytes]:
        yield b"a half, "
        threading.Event().wait(after_s)
        yield b"the end"

    return InputFile("image/png", 15, read)


def model(url: str, transport: httpx.BaseTransport | None = None) -> AzureOpenAIModel:
    deployments = {"main": replace(V1, endpoint=url)}
    return AzureOpenAIModel(deployments, FixedTokens(), transport or httpx.HTTPTransport())


def failure(client: AzureOpenAIModel, call: object) -> tuple[type[ModelError], str]:
    with pytest.raises(ModelError) as caught:
        client.generate(call, KeepingSink())  # type: ignore[arg-type]
    return type(caught.value), caught.value.code


NOBODY_KNOWS, NOTHING_SENT = (ModelUnknown, "timed_out"), (ModelNotSent, "unreachable")


@pytest.mark.parametrize("secured", [False, True])
@pytest.mark.parametrize(
    ("talk", "call", "ending"),
    [
        (drips_a_head, GENERATION, NOBODY_KNOWS),
        (drips_a_head, STREAMED, NOBODY_KNOWS),
        (drips_a_document, GENERATION, NOBODY_KNOWS),
        (reads_nothing, EDIT, NOTHING_SENT),
        (reads_nothing, LONG_PROMPT, NOTHING_SENT),
        (reads_slowly, EDIT, NOTHING_SENT),
    ],
)
def test_at_the_deadline(
    talk: Talk, call: object, ending: object, secured: bool, tmp_path: Path
) -> None:
    """We hang up; a request that was not whole by then asked for nothing."""
    server, client = certificate(tmp_path, HOST) if secured else (None, lambda: True)
    with peer(talk, server) as url:
        transport = httpx.HTTPTransport(verify=client())
        assert failure(model(url, transport), call) == ending


@pytest.mark.parametrize("described", [False, True])
def test_time_that_was_spent_sending(described: bool) -> None:
    """It is gone for the answer: the whole call has one deadline, not each half of it."""
    file, left = slow(1.5), list[bool]()
    with peer(silent(left, patience_s=1.4)) as url, pytest.raises(ModelUnknown) as caught:
        if described:
            client = AzureAltTexts(replace(CHAT, endpoint=url), Tokens())
            client.describe(draft(file, deadline_s=2.0))
        else:
            edit = replace(GENERATION, images=(file,), deadline_s=2.0)
            model(url).generate(edit, KeepingSink())
    assert (caught.value.code, left) == ("timed_out", [True])


@pytest.mark.parametrize("talk", [reads_nothing, drips_a_head])
def test_a_proxy_that_leads_nowhere(talk: Talk) -> None:
    """Its tunnel is part of the call."""
    with peer(talk) as url:
        transport = httpx.HTTPTransport(proxy=url)
        assert failure(model("https://res.openai.azure.invalid", transport), GENERATION) == (
            NOBODY_KNOWS
        )
