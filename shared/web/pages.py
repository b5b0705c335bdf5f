"""The pages for people: static files, nothing from elsewhere, under a strict policy."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from shared.chain.services import Services
from shared.errors import NotFound
from shared.web.exchange import GUARDS, Answer, Call

_HERE = Path(__file__).parent
_FOLDERS = ("common", "console", "review")
_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# They may load our own files, show images they were given as bytes, and talk to us alone.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
_PAGE: Mapping[str, str] = {
    **GUARDS,
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
}


def review(call: Call, s: Services) -> Answer:
    """The same for everybody: the token is in the fragment, which is never sent."""
    return _page("review")


def console(call: Call, s: Services) -> Answer:
    """The same for everybody: the key is asked for by the page, and sent as a header."""
    return _page("console")


def asset(call: Call, s: Services) -> Answer:
    """A file of the pages; kept by browsers, which ask each time whether it is still the same."""
    name = f"{call.params['folder']}/{call.params['file']}"
    if (found := _assets().get(name)) is None:
        raise NotFound
    same = call.headers.get("if-none-match") == found.headers["ETag"]
    return Answer(304, b"", found.content_type, found.headers) if same else found


def _page(folder: str) -> Answer:
    return Answer(200, _read(_HERE / folder / "index.html"), "text/html; charset=utf-8", _PAGE)


@cache
def _read(file: Path) -> bytes:
    return file.read_bytes()


@cache
def _assets() -> Mapping[str, Answer]:
    """By name, so that nothing but these files can be asked for."""
    files = [file for folder in _FOLDERS for file in sorted((_HERE / folder).iterdir())]
    return {f"{one.parent.name}/{one.name}": _asset(one) for one in files if one.suffix in _TYPES}


def _asset(file: Path) -> Answer:
    data = _read(file)
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {**GUARDS, "Cache-Control": "no-cache", "ETag": tag}
    return Answer(200, data, _TYPES[file.suffix], headers)
