"""What callers and operators do with a request that is there."""

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from shared.chain import doors
from shared.chain.evidence import evidence_of
from shared.chain.services import Services
from shared.domain.values import WHOLE, Value
from shared.web.bodies import json_of, validated
from shared.web.exchange import Answer, Call, answer
from shared.web.reading import seen, visible


class ResumeBody(Value):
    """An operator's answer to the attention with this `seq`."""

    action: Literal["retry", "useStored", "abandon"]
    attention: Annotated[StrictInt, Field(ge=1), WHOLE]


def cancel(call: Call, s: Services) -> Answer:
    visible(call, s)
    return answer(200, seen(doors.cancel(call.id, call.known_caller, s), s))


def resume(call: Call, s: Services) -> Answer:
    visible(call, s)
    body = validated(json_of(call), ResumeBody)
    journal = doors.resume(call.id, body.action, body.attention, call.known_caller, s)
    return answer(200, seen(journal, s))


def evidence(call: Call, s: Services) -> Answer:
    return answer(200, evidence_of(visible(call, s), s))
