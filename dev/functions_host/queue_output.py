"""Queue output bindings: what the host stores after the handler returned."""

import json
from collections.abc import Callable

from azure.functions.meta import Datum

from .message_text import encode_body
from .queue_store import QueueMissing, QueueStore


def messages_of(value: Datum) -> list[bytes]:
    """The bodies one output value becomes.

    Bytes are stored untouched. Text that looks like JSON is parsed again by the host: an array
    becomes one message per element, an object is written back with indentation.
    """
    if value.type == "bytes":
        return [value.value]
    text = str(value.value)
    if not _looks_like_json(text):
        return [text.encode()]
    parsed = json.loads(text)
    items = parsed if isinstance(parsed, list) else [parsed]
    return [_token_text(item).encode() for item in items]


def _looks_like_json(text: str) -> bool:
    """The host looks at the outer characters only; text that then fails to parse is an error."""
    trimmed = text.strip()
    return trimmed[:1] + trimmed[-1:] in {"{}", "[]"}


def _token_text(token: object) -> str:
    """A token's text as .NET writes it: strings bare, true as True, the rest indented JSON."""
    if isinstance(token, str):
        return token
    if isinstance(token, bool) or token is None:
        return "" if token is None else str(token)
    return json.dumps(token, indent=2, ensure_ascii=False)


class QueueOutput:
    """One output queue; sending creates the queue and wakes a listener in this process."""

    def __init__(self, store: QueueStore, *, is_base64: bool, wake: Callable[[], None]) -> None:
        self._store = store
        self._is_base64 = is_base64
        self._wake = wake

    def send(self, value: Datum) -> None:
        """Store every message of the value; errors fail the invocation that set it."""
        for body in messages_of(value):
            put_creating(self._store, encode_body(body, is_base64=self._is_base64))
        self._wake()


def put_creating(store: QueueStore, text: str) -> None:
    """Put; a missing queue is created first, for outputs and poison alike."""
    try:
        store.put(text)
    except QueueMissing:
        store.create()
        store.put(text)
