"""Reading a request body under the platform's rules."""

import socket
from email.message import Message
from io import BufferedIOBase

_PIECE_BYTES = 64 * 1024
# How long a client may still send what was refused, before the connection is cut.
_LINGER_S = 5.0


class BodyTooLarge(Exception):
    """The announced or received body is over the limit."""


def read_body(headers: Message, stream: BufferedIOBase, limit_bytes: int) -> bytes:
    """The body by Content-Length.

    A chunked body without Content-Length is taken in, so that the connection can be used
    again, and dropped: the platform copies a body only where its length is known.
    """
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        _drop_chunks(stream, limit_bytes)
        return b""
    length = announced_length(headers)
    if length > limit_bytes:
        raise BodyTooLarge
    body = stream.read(length) if length else b""
    if len(body) < length:
        raise ConnectionError("the client went away before its body was complete")
    return body


def announced_length(headers: Message) -> int:
    """Zero where the header is absent or no number."""
    text = headers.get("Content-Length", "0").strip()
    return int(text) if text.isascii() and text.isdigit() else 0


def _drop_chunks(stream: BufferedIOBase, limit_bytes: int) -> None:
    received = 0
    while size := int(stream.readline(1024).partition(b";")[0].strip() or b"0", 16):
        received += size
        if received > limit_bytes:
            raise BodyTooLarge
        stream.read(size + 2)
    while stream.readline(65536).strip():
        continue


def discard(headers: Message, stream: BufferedIOBase, connection: socket.socket) -> None:
    """Read the rest of a refused body; cutting the connection would lose the answer."""
    connection.settimeout(_LINGER_S)
    left = announced_length(headers)
    try:
        while left > 0:
            piece = stream.read(min(left, _PIECE_BYTES))
            if not piece:
                return
            left -= len(piece)
    except OSError:
        return
