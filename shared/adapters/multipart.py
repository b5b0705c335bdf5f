"""The form of an edit: small fields, then image files that are read while they are sent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex

from shared.adapters.deadline import Deadline
from shared.chain.ports import InputFile
from shared.errors import DigestMismatch, ModelNotSent, StorageError

_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class Part:
    """`head` ends with the empty line before the part's content."""

    head: bytes
    content: bytes | InputFile

    @property
    def size_bytes(self) -> int:
        content = self.content
        size = len(content) if isinstance(content, bytes) else content.size_bytes
        return len(self.head) + size + len(_LINE)


class Form:
    """A `multipart/form-data` body (RFC 7578) whose length is known before a file is read."""

    def __init__(self, parts: Sequence[Part], boundary: str) -> None:
        self._parts = parts
        self._delimiter = f"--{boundary}".encode() + _LINE
        self._end = f"--{boundary}--".encode() + _LINE
        length = sum(len(self._delimiter) + part.size_bytes for part in parts) + len(self._end)
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(length),
        }

    def pieces(self, deadline: Deadline) -> Iterator[bytes]:
        """
        The body; whatever raises here does so before its end, so no whole request was sent.

        Raises:
            ModelNotSent: a file could not be read, or not in time, or has changed.
        """
        for part in self._parts:
            yield self._delimiter + part.head
            if isinstance(part.content, bytes):
                yield part.content
            else:
                yield from read_file(part.content, deadline)
            yield _LINE
        yield self._end


def edit_form(
    fields: Mapping[str, object], images: Sequence[InputFile], mask: InputFile | None
) -> Form:
    """
    Booleans are written `True`: Azure is reported to take `true` in a form for false.

    A boundary of 128 random bits is in nobody's image.
    """
    parts = [_field(name, str(value)) for name, value in fields.items()]
    parts += [_file("image[]", str(k), image) for k, image in enumerate(images)]
    parts += [_file("mask", "mask", mask)] if mask else []
    return Form(parts, token_hex(16))


def _field(name: str, text: str) -> Part:
    """Half of a surrogate pair cannot be written; upstream gets a question mark."""
    return Part(_head(f'name="{name}"'), text.encode("utf-8", "replace"))


def _file(name: str, stem: str, file: InputFile) -> Part:
    filename = f"{stem}.{_EXTENSIONS[file.content_type]}"
    return Part(_head(f'name="{name}"; filename="{filename}"', file.content_type), file)


def _head(disposition: str, content_type: str | None = None) -> bytes:
    lines = [f"Content-Disposition: form-data; {disposition}"]
    lines += [f"Content-Type: {content_type}"] if content_type else []
    return "\r\n".join([*lines, "", ""]).encode()


def read_file(file: InputFile, deadline: Deadline) -> Iterator[bytes]:
    """
    Its bytes while they are sent.

    Raises:
        ModelNotSent: it could not be read, or not in time, or has changed.
    """
    try:
        for piece in file.read():
            if deadline.over():
                raise ModelNotSent("The inputs took too long.", code="no_time_left")
            yield piece
    except DigestMismatch as exc:
        raise ModelNotSent("An input is not what was checked.", code=exc.code) from exc
    except StorageError as exc:
        raise ModelNotSent("An input could not be read.", code="storage_failed") from exc


_LINE = b"\r\n"
