"""Pictures that callers send, and a host on this machine that gives some of them out."""

import io
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image, PngImagePlugin

from dev.ports import LOOPBACK
from tests.e2e import marks

SIZE_PX = (64, 48)


def picture(size_px: tuple[int, int] = SIZE_PX) -> bytes:
    """A PNG whose bytes the canary would know again."""
    return _png(Image.new("RGB", size_px, "teal"))


def mask(size_px: tuple[int, int] = SIZE_PX) -> bytes:
    """All of it may be painted anew."""
    return _png(Image.new("RGBA", size_px, (0, 0, 0, 0)))


def _png(image: Image.Image) -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", marks.PIXELS)
    out = io.BytesIO()
    image.save(out, format="PNG", pnginfo=text)
    return out.getvalue()


class Gallery(ThreadingHTTPServer):
    """Gives out one picture at one path, and 404 at any other."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__((LOOPBACK, 0), _Handler)

    def url(self, path: str = marks.INPUT_PATH) -> str:
        return f"http://{LOOPBACK}:{self.server_address[1]}/{path}"


class _Handler(BaseHTTPRequestHandler):
    server: Gallery
    timeout = 10

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        found = self.path == f"/{marks.INPUT_PATH}"
        body = picture() if found else b""
        self.send_response(200 if found else 404)
        self.send_header("content-type", "image/png")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""
