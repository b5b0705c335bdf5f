"""
Streamed answers, written down as any sender might.
"""

import base64
import json
from collections.abc import Iterator, Mapping

from shared.adapters.model_events import EventsReader
from shared.adapters.model_json import Answer
from tests.integration.model.sinks import KeepingSink

PARTIAL, COMPLETED = "image_generation.partial_image", "image_generation.completed"
USAGE = {
    "input_tokens": 50,
    "input_tokens_details": {"image_tokens": 40, "text_tokens": 10},
    "output_tokens": 100,
    "total_tokens": 150,
}
FILTERED = {
    "type": "error",
    "error": {
        "message": "Your request was rejected. safety_violations=[sexual].",
        "type": "image_generation_user_error",
        "param": None,
        "code": "moderation_blocked",
    },
}
SERVER_ERROR = {"error": {"message": "Sorry.", "type": "server_error", "code": None}}
FLAT_ERROR = {"type": "error", "code": "server_error", "message": "…", "sequence_number": 1}


def image_event(kind: str, image: bytes, **more: object) -> dict[str, object]:
    """An event with all of the fields that the schema asks for."""
    echo = {"size": "auto", "quality": "auto", "background": "opaque", "output_format": "png"}
    text = base64.b64encode(image).decode()
    return {"type": kind, "b64_json": text, "created_at": 1620000000, **echo, **more}


def partial(image: bytes, index: int = 0) -> dict[str, object]:
    return image_event(PARTIAL, image, partial_image_index=index)


def completed(image: bytes) -> dict[str, object]:
    return image_event(COMPLETED, image, usage=USAGE)


def frame(data: object, name: str | None = None, end: str = "\n") -> bytes:
    named = f"event: {name}{end}" if name else ""
    return f"{named}data: {json.dumps(data)}{end}{end}".encode()


def stream_of(*events: Mapping[str, object]) -> bytes:
    """As Azure writes it: each event named by its type."""
    return b"".join(frame(one, str(one.get("type", "error"))) for one in events)


def cut(body: bytes, *sizes_bytes: int) -> Iterator[bytes]:
    """In chunks of these sizes, over and over."""
    start, turn = 0, 0
    while start < len(body):
        size_bytes = sizes_bytes[turn % len(sizes_bytes)]
        yield body[start : start + size_bytes]
        start, turn = start + size_bytes, turn + 1


def read(body: bytes, *sizes_bytes: int, n: int = 1) -> tuple[Answer, KeepingSink]:
    sink = KeepingSink()
    return EventsReader(cut(body, *(sizes_bytes or (7,))), sink, n).read(), sink
