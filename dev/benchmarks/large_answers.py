"""
A server whose answers hold ten images as large as the model makes them, signed as its are.
"""

import base64
import json
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from dev.ports import LOOPBACK
from dev.simulator.provenance import Signatory

IMAGES = 10
WIDTH_PX, HEIGHT_PX = 3840, 2160

# What compression leaves of such a picture full of noise, which is 25 MB before.
NOISE_BYTES = 18_000_000

# The deployment that answers with one small image, for what is loaded at the first call.
SMALL = "small"
LARGE = "large"


class LargeAnswers:
    """
    `url` takes generations of either form; `image` is what every answer to LARGE is made of.
    """

    def __init__(self) -> None:
        sign = Signatory().sign
        self.image = sign(png(NOISE_BYTES), "png")
        texts = {SMALL: [sign(png(1000), "png")], LARGE: [self.image] * IMAGES}
        self.texts = {name: list(map(base64.b64encode, some)) for name, some in texts.items()}
        self._server = Server(self.texts)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Server(ThreadingHTTPServer):
    """
    Has each deployment's images as base64.
    """

    daemon_threads = True

    def __init__(self, texts: dict[str, list[bytes]]) -> None:
        super().__init__((LOOPBACK, 0), Handler)
        self.texts = texts


class Handler(BaseHTTPRequestHandler):
    """
    Answers any POST with the images of the deployment that its body names.
    """

    server: Server
    timeout = 30

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        pieces = list(answer(self.server.texts[asked["model"]]))
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(sum(map(len, pieces))))
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)

    def log_message(self, format: str, *args: object) -> None:
        """The benchmark's own lines are enough."""


def answer(texts: list[bytes]) -> Iterator[bytes]:
    """The body, with no image in it twice."""
    yield b'{"created":1713833628,"output_format":"png","quality":"high","data":['
    for number, text in enumerate(texts):
        yield b'%b{"b64_json":"' % (b"," if number else b"")
        yield text
        yield b'"}'
    yield b'],"usage":{"input_tokens":18,"output_tokens":133420,"total_tokens":133438}}'


def png(noise_bytes: int) -> bytes:
    """A header that is true, and in the place of pixels bytes that nothing compresses."""
    header = struct.pack(">IIBBBBB", WIDTH_PX, HEIGHT_PX, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", os.urandom(noise_bytes)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@contextmanager
def large_answers() -> Iterator[LargeAnswers]:
    server = LargeAnswers()
    server.start()
    try:
        yield server
    finally:
        server.stop()
