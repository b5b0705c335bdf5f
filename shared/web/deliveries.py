"""The delivery log for operators: who was told of what, and telling it again."""

import json
import re
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StrictInt, StrictStr, StringConstraints

from shared.chain.delivery_pages import Cursor, Keep, Sought, page
from shared.chain.redelivery import DeliveryView, deliveries_of, place_of, redeliver
from shared.chain.services import Services
from shared.domain import names
from shared.domain.values import WHOLE, Value
from shared.errors import Conflict, Fault, InvalidRequest, NotFound
from shared.web.bodies import json_of, validated
from shared.web.continuation import Place, checked_place, limit_of, read_place, written_place
from shared.web.exchange import Answer, Call, all_read, answer

STATES = ("pending", "delivered", "dead")
SINK = r"callback|eventgrid|sub-[0-9a-f]{24}"
MAX_AT_ONCE = 1000


class DeliveryList(Value):
    """One page; `continuation` asks for the next."""

    items: tuple[DeliveryView, ...]
    continuation: str | None


class RangeBody(Value):
    """
    Which deliveries to repeat; `from` and `to` are times of the last attempt. Only so many
    streams are looked through at once: while there is a `continuation`, ask again with it.
    """

    state: Literal["dead", "delivered"] = "dead"
    sink: Annotated[StrictStr, StringConstraints(pattern=f"^(?:{SINK})$")] | None = None
    begin: AwareDatetime | None = Field(default=None, alias="from")
    end: AwareDatetime | None = Field(default=None, alias="to")
    max: Annotated[StrictInt, Field(ge=1, le=MAX_AT_ONCE), WHOLE] = 100
    continuation: StrictStr | None = None


class RangeAnswer(Value):
    """`skipped`: their sinks are no more."""

    redelivered: int
    skipped: int
    continuation: str | None


def list_deliveries(call: Call, s: Services) -> Answer:
    readers = (
        lambda: call.chosen("state", STATES),
        lambda: _stream(call),
        lambda: _sink(call),
        lambda: limit_of(call),
    )
    state, stream, sink, limit = all_read(readers)
    sought = Sought(state, stream)
    cursor = _cursor(read_place(call, _name(sought), s))
    found, rest = page(sought, cursor, limit, lambda one: sink in (None, one.sink), s)
    return answer(
        200, DeliveryList(items=tuple(found), continuation=_continuation(rest, sought, s))
    )


def send_again(call: Call, s: Services) -> Answer:
    place = place_of(call.id)
    redeliver(place, s)
    found = deliveries_of(place.stream, s)
    return answer(202, next(one for one in found if one.id == place.id))


def send_many_again(call: Call, s: Services) -> Answer:
    body = validated(json_of(call), RangeBody)
    sought, text = Sought(body.state), body.continuation
    name = _name(sought)
    place = checked_place(text, name, "#/continuation", s) if text else Place()
    found, rest = page(sought, _cursor(place), body.max, _wanted(body), s)
    skipped = sum(not _sent_again(one, s) for one in found)
    return answer(
        200,
        RangeAnswer(
            redelivered=len(found) - skipped,
            skipped=skipped,
            continuation=_continuation(rest, sought, s),
        ),
    )


def _sent_again(one: DeliveryView, s: Services) -> bool:
    try:
        redeliver(place_of(one.id), s)
    except (Conflict, NotFound):
        return False
    return True


def _wanted(body: RangeBody) -> Keep:
    def keep(one: DeliveryView) -> bool:
        early = body.begin is not None and (one.at is None or one.at < body.begin)
        late = body.end is not None and (one.at is None or one.at > body.end)
        return body.sink in (None, one.sink) and not early and not late

    return keep


def _stream(call: Call) -> str | None:
    request_id = call.query.get("requestId")
    if request_id is None:
        return None
    if not names.is_ulid(request_id):
        raise InvalidRequest([Fault("#/query/requestId", "Not a request's id.")])
    return names.stream_of(request_id)


def _sink(call: Call) -> str | None:
    sink = call.query.get("sink")
    if sink is not None and not re.fullmatch(SINK, sink):
        raise InvalidRequest([Fault("#/query/sink", "Not a sink's name.")])
    return sink


def _cursor(place: Place) -> Cursor:
    """A cursor says more than a place, so its rest stands in the place of a name."""
    return Cursor(place.mark, *json.loads(place.after)) if place.after else Cursor()


def _continuation(cursor: Cursor | None, sought: Sought, s: Services) -> str | None:
    if cursor is None:
        return None
    mark, *rest = cursor
    return written_place(Place(mark, json.dumps(rest)), _name(sought), s)


def _name(sought: Sought) -> str:
    """A continuation is good for one list only."""
    return f"deliveries {sought.state} {sought.stream}"
