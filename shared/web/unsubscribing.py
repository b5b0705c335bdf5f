"""What an engine calls when its action no longer waits: after success, too."""

from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from shared.chain.callbacks import unsubscribe as end_callback
from shared.chain.services import Services
from shared.domain.resource import Status
from shared.domain.submission import Key
from shared.domain.values import Value
from shared.errors import InvalidRequest
from shared.web.bodies import json_of, validated
from shared.web.exchange import Answer, Call, answer
from shared.web.origins import origin_of


class UnsubscribeBody(Value):
    """All of it may be left out, the body too; other fields are passed over."""

    model_config = ConfigDict(extra="ignore")
    idempotency_key: Key | None = Field(
        default=None, description="As at submit; the header counts where both are given."
    )
    cancel: StrictBool = Field(default=False, description="Cancel the request as well.")


class Unsubscribed(BaseModel):
    """`detached`: its callback is told nothing any more; false when there was nothing to end."""

    id: str | None
    detached: bool
    status: Status | None


def unsubscribe(call: Call, s: Services) -> Answer:
    body = validated(json_of(call) if call.body else {}, UnsubscribeBody)
    origin, faults = origin_of(call.headers)
    if faults:
        raise InvalidRequest(faults)
    if origin.key is None and body.idempotency_key is not None:
        origin = replace(origin, key=body.idempotency_key)
    found = end_callback(call.known_caller, origin, body.cancel, s)
    request = found.journal.request if found.journal else None
    known = {"id": request.id, "status": request.status} if request else {}
    return answer(200, {"id": None, "status": None, **known, "detached": found.done})
