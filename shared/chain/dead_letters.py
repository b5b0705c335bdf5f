"""A queue message that can never be a request: kept with its reasons, told of at once."""

import hashlib
import json
import re
from datetime import datetime

from shared import logs
from shared.chain.services import Services
from shared.domain import names
from shared.domain.values import INSTANT
from shared.errors import Fault


def bury(
    queue: str,
    message_id: str,
    at: datetime,
    body: bytes,
    code: str,
    faults: list[Fault],
    s: Services,
) -> str:
    """
    Write the record and keep the body apart, where it can be erased; answers the record's name.

    Twice makes one: both names come from the message. A body may call itself whatever it
    likes, and so may its id, so an odd id is hashed before it becomes part of a name.
    """
    message = message_id if re.fullmatch(r"[A-Za-z0-9-]{1,64}", message_id) else _hashed(message_id)
    content = f"dead-{message}"
    s.blobs.put(names.CONTENT, content, body, content_type="application/octet-stream")
    record = {
        "queue": queue,
        "messageId": message,
        "at": INSTANT.dump_python(at),
        "code": code,
        "errors": [{"pointer": fault.pointer, "detail": fault.detail} for fault in faults],
        "content": f"{names.CONTENT}/{content}",
        "redrivenAt": None,
    }
    name = f"{queue}/{names.stamp(at)}-{message}.json"
    s.blobs.put(names.DEAD, name, json.dumps(record).encode())
    logs.event("message.buried", queue=queue, message_id=message, code=code, faults=len(faults))
    return name


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
