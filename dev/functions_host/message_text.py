"""Between the text a queue stores and what a function receives or sends."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from azure.functions.meta import Datum

from .queue_store import Leased

# The host's JSON reader takes such strings for dates and writes them back in this form.
_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$")


def decode_text(text: str, *, is_base64: bool) -> bytes:
    """The body as bytes; ValueError when the queue should hold base64 and this is none."""
    if not is_base64:
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as exc:
        raise ValueError("the message is not base64") from exc


def encode_body(body: bytes, *, is_base64: bool) -> str:
    """What is stored for a body, by host.json's messageEncoding."""
    return base64.b64encode(body).decode() if is_base64 else body.decode(errors="replace")


def trigger_value(body: bytes, data_type: str) -> Datum:
    """The worker receives bytes only for a binary trigger, else a string."""
    if data_type.upper() == "BINARY":
        return Datum(body, "bytes")
    return Datum(body.decode(errors="replace"), "string")


def trigger_metadata(message: Leased, value: Datum) -> dict[str, Datum]:
    """Facts about the message, then overwritten by the body's own top-level fields.

    Strings travel as they are; numbers and times travel as JSON text.
    """
    facts: dict[str, Datum] = {
        "QueueTrigger": Datum(_shown(value), "string"),
        "DequeueCount": Datum(str(message.dequeue_count), "json"),
        "ExpirationTime": _time(message.expires_at),
        "Id": Datum(message.id, "string"),
        "InsertionTime": _time(message.inserted_at),
        "NextVisibleTime": _time(message.next_visible_at),
        "PopReceipt": Datum(message.receipt, "string"),
    }
    return overwrite_from_body(facts, value)


def _shown(value: Datum) -> str:
    return value.value if value.type == "string" else bytes(value.value).decode(errors="replace")


def _time(moment: datetime) -> Datum:
    return Datum(json.dumps(moment.isoformat()), "json")


def overwrite_from_body(facts: Mapping[str, Datum], value: Datum) -> dict[str, Datum]:
    """A JSON object's top-level fields replace metadata, names compared ignoring case.

    Null and arrays are skipped. So a body field `dequeueCount: "x"` makes every attempt fail
    before the handler: this is the platform's behaviour, not a fault of this host.
    """
    merged = dict(facts)
    canonical = {name.lower(): name for name in facts}
    for name, inner in _top_level(value).items():
        if inner is not None and not isinstance(inner, list):
            merged[canonical.setdefault(name.lower(), name)] = _as_datum(inner)
    return merged


def _top_level(value: Datum) -> dict[str, Any]:
    if value.type != "string":
        return {}
    try:
        parsed = json.loads(value.value)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _as_datum(value: object) -> Datum:
    if isinstance(value, str):
        return Datum(_ISO_DATE.sub(r"\2/\3/\1 \4", value), "string")
    return Datum(json.dumps(value), "json")
