"""multipart/form-data, read strictly: text fields on one side, files on the other."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    PushMultipartParser,
    parse_options_header,
)

from . import input_errors
from .answers import Request

PIECE_BYTES = 1 << 20
FILES = ("image", "image[]", "mask")
WHOLE_NUMBERS = ("n", "output_compression", "partial_images")


@dataclass(frozen=True)
class File:
    """One file part, by the name of its field."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Form:
    """A form's text fields as they were written, and its files in their order."""

    texts: Mapping[str, str]
    files: tuple[File, ...]

    def named(self, *names: str) -> list[File]:
        return [file for file in self.files if file.name in names]

    def fields(self) -> dict[str, object]:
        """The text fields with numbers and booleans read, as a JSON body would have them.

        Of ``stream`` only ``True`` is true: Azure's parser minds the case.
        """
        read: dict[str, object] = dict(self.texts)
        for name in WHOLE_NUMBERS:
            text = self.texts.get(name, "")
            if re.fullmatch(r"-?[0-9]{1,9}", text):
                read[name] = int(text)
        if "stream" in read:
            read["stream"] = self.texts["stream"] == "True"
        return read


def parse_form(request: Request) -> Form:
    """The request's form.

    Raises:
        Refusal: for another content type, a form that is cut short, a field that comes twice, and
            text where a file belongs.
    """
    declared = request.headers.get("content-type", "")
    kind, options = parse_options_header(declared)
    if kind != "multipart/form-data":
        raise input_errors.not_multipart(kind)
    try:
        parts = list(_parts(request.body, options.get("boundary", "")))
        return _sorted(parts)
    except (MultipartError, UnicodeDecodeError):
        raise input_errors.malformed_form() from None


@dataclass(frozen=True)
class _Part:
    name: str
    content_type: str | None
    is_file: bool
    data: bytes


def _parts(body: bytes, boundary: str) -> Iterator[_Part]:
    parser = PushMultipartParser(boundary, content_length=len(body), strict=True)
    head, pieces = None, bytearray()
    for event in parser.parse_blocking(io.BytesIO(body).read, PIECE_BYTES):
        if event is None and head is not None:
            is_file = head.filename is not None
            yield _Part(head.name or "", head.content_type, is_file, bytes(pieces))
        elif isinstance(event, bytes | bytearray):
            pieces += event
        else:
            head, pieces = event, bytearray()


def _sorted(parts: list[_Part]) -> Form:
    texts: dict[str, str] = {}
    files: list[File] = []
    for part in parts:
        if part.is_file:
            content_type = part.content_type or "application/octet-stream"
            files.append(File(part.name, content_type, part.data))
        elif part.name in FILES:
            raise input_errors.not_a_file(part.name)
        elif part.name in texts:
            raise input_errors.repeated_field(part.name)
        else:
            texts[part.name] = part.data.decode()
    return Form(texts, tuple(files))
