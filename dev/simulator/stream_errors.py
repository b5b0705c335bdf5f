"""Errors within a stream, in one of three forms; which one Azure's images use is open."""

from __future__ import annotations

import json

from .errors import FAULTY_IMAGE_REQUEST, SERVER_FAILED

STREAM_FORMS = ("event", "typed", "flat")


def stream_error(form: str) -> bytes:
    """One frame; ``event`` and ``flat`` are the server's fault, ``typed`` is the filter's no."""
    failed = {"message": SERVER_FAILED, "type": "server_error", "param": None, "code": None}
    if form == "event":
        return f"event: error\ndata: {json.dumps({'error': failed})}\n\n".encode()
    fields: dict[str, object] = {"type": "error"}
    if form == "typed":
        message = "Your request was rejected by the safety system. safety_violations=[violence]."
        blocked = {"type": FAULTY_IMAGE_REQUEST, "param": None, "code": "moderation_blocked"}
        fields["error"] = {"message": message, **blocked}
    else:
        fields |= {"code": "server_error", "message": SERVER_FAILED, "param": None}
        fields["sequence_number"] = 1
    return f"data: {json.dumps(fields)}\n\n".encode()
