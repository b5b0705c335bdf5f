"""Files sent ahead: where a caller may put what is too large for the body of a request."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt

from shared.chain.services import Services
from shared.domain import names
from shared.domain.inputs import MAX_IMAGE_BYTES
from shared.domain.values import WHOLE, Instant, Value
from shared.errors import Fault, InvalidRequest
from shared.web.bodies import MAX_BODY_BYTES, json_of, validated
from shared.web.exchange import Answer, Call, answer

# Time enough for 50 MB over any line.
LINK_FOR = timedelta(hours=1)
BODY = "application/json"


class UploadBody(Value):
    """What is going to be sent: an input image, or a submit body for the queue."""

    content_type: Literal["image/png", "image/jpeg", "application/json"]
    bytes: Annotated[StrictInt, Field(ge=1), WHOLE] = Field(
        description=f"At most {MAX_IMAGE_BYTES:,}; {MAX_BODY_BYTES:,} for JSON."
    )


class Upload(Value):
    """PUT the file to `uploadUrl` with these headers; then name it by `blob`."""

    blob: str
    upload_url: str = Field(repr=False)
    expires_at: Instant
    headers: Mapping[str, str]


def upload(call: Call, s: Services) -> Answer:
    body = validated(json_of(call), UploadBody, _size_faults)
    if faults := _size_faults(body.wire()):
        raise InvalidRequest(faults)
    now = s.clock.now()
    expires_at = now + LINK_FOR
    stem = f"{call.known_caller.name}/{names.ulid(now, s.entropy.token_bytes(10))}"
    name = f"{stem}.{names.extension_of(body.content_type)}"
    link = s.blob_links.to_write(names.UPLOADS, name, expires_at)
    headers = {"Content-Type": body.content_type, "x-ms-blob-type": "BlockBlob"}
    upload = Upload(
        blob=f"{names.UPLOADS}/{name}", upload_url=link, expires_at=expires_at, headers=headers
    )
    return answer(201, upload)


def _size_faults(fields: Mapping[str, Any]) -> list[Fault]:
    """Of a type that is none the larger limit counts."""
    most_bytes = MAX_BODY_BYTES if fields.get("contentType") == BODY else MAX_IMAGE_BYTES
    if fields.get("bytes", 0) <= most_bytes:
        return []
    return [Fault("#/bytes", f"At most {most_bytes:,} for this type.")]
