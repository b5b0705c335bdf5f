"""Bodies too large for a queue message: sent ahead as a blob that the message names."""

import re
from collections.abc import Mapping

from shared.chain.services import Services
from shared.domain import names
from shared.errors import Fault, InvalidRequest, Missing
from shared.web.bodies import MAX_BODY_BYTES, parsed
from shared.web.shelf import CALLER

FIELD = "requestBlob"
# What may stand beside it: it says who sends the body, not what is wanted.
BESIDE = frozenset({"caller", "idempotencyKey"})
NO_UPLOAD = "There is no upload of this name in the caller's folder."


def sent_ahead(message: object, s: Services) -> object:
    """
    The body that the message stands for: what lies in its `requestBlob`, or itself.

    The blob has to lie in the folder of the caller that is named, or of the default one.

    Raises:
        InvalidRequest: there is no such blob, it is too large, or no JSON.
    """
    if not isinstance(message, dict) or FIELD not in message:
        return message
    beside = {field: value for field, value in message.items() if field != FIELD}
    if not beside.keys() <= BESIDE:
        raise _fault("All but caller and idempotencyKey belongs into the blob.")
    folder, name = _place(message[FIELD])
    body = _with(parsed(_read(name, s)), beside)
    named = body.get("caller") if isinstance(body, dict) else None
    if (named or s.terms.callers.default.name) != folder:
        raise _fault(NO_UPLOAD)
    return body


def place_of(message: object) -> str | None:
    """The upload that the message names as its body, as far as it can be one."""
    found = message.get(FIELD) if isinstance(message, dict) else None
    return _place(found)[1] if found is not None else None


def _with(body: object, beside: Mapping[str, object]) -> object:
    if not isinstance(body, dict):
        return body
    different = [field for field in beside if body.get(field, beside[field]) != beside[field]]
    if different:
        raise InvalidRequest([Fault(f"#/{one}", "The blob says otherwise.") for one in different])
    return {**body, **beside}


def _place(text: object) -> tuple[str, str]:
    """Folder and name of a blob in `uploads`."""
    parts = text.split("/") if isinstance(text, str) else []
    known = len(parts) > 2 and re.fullmatch(CALLER, parts[1])
    name = names.upload_of("/".join(parts), parts[1]) if known else None
    if name is None:
        raise _fault(NO_UPLOAD)
    return parts[1], name


def _read(name: str, s: Services) -> bytes:
    """No more than it takes to know that it is too large."""
    data = bytearray()
    try:
        for piece in s.blobs.chunks(names.UPLOADS, name):
            data += piece
            if len(data) > MAX_BODY_BYTES:
                raise _fault(f"More than {MAX_BODY_BYTES:,} bytes.")
    except Missing:
        raise _fault(NO_UPLOAD) from None
    return bytes(data)


def _fault(detail: str) -> InvalidRequest:
    return InvalidRequest([Fault(f"#/{FIELD}", detail)])
