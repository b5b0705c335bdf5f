"""What operators do with messages that could not be taken: look at them, and put them back."""

from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from shared.chain.dead_letters import Kept, Letter, letters
from shared.chain.redrive import MAX_READ, Wanted, redrive
from shared.chain.services import Services
from shared.domain import names
from shared.domain.stage_body import Short
from shared.domain.values import WHOLE, Value
from shared.errors import NotFound
from shared.web.bodies import json_of, validated
from shared.web.continuation import Place, checked_place, limit_of, read_place, written_place
from shared.web.exchange import Answer, Call, all_read, answer

# Records that one page reads: enough to count what is there, and done in about a second.
MAX_COUNTED = 200


class LetterItem(Letter):
    name: str


class LetterList(Value):
    """
    One page, newest first; `continuation` asks for the next.

    `counts`: how many of up to 200 records, from this page's first on, wait under each code,
    whatever was asked for.
    """

    items: tuple[LetterItem, ...]
    continuation: str | None
    counts: Mapping[str, int]


class RedriveBody(Value):
    """Without `code` and `reason`: whichever there are."""

    max: Annotated[StrictInt, Field(ge=1, le=MAX_READ), WHOLE] = 100
    reason: Short | None = Field(default=None, description="Words in one of the faults.")
    code: Short | None = None
    again: StrictBool = Field(default=False, description="Also what was put back before.")
    continuation: str | None = None


class Redriven(Value):
    """
    Counts among the records that were read; `continuation` when there are more.

    `skipped`: their bodies are not kept any more. `left`: they wait still, beyond `max`.
    """

    redriven: int
    skipped: int
    left: int
    continuation: str | None


def list_letters(call: Call, s: Services) -> Answer:
    queue = _queue(call)
    limit, place = all_read((lambda: limit_of(call), lambda: read_place(call, _folder(queue), s)))
    wanted = Wanted(call.query.get("code"), call.query.get("reason"))
    found = letters(queue, place.after or None, s)
    read = list(islice(found, MAX_COUNTED))
    more = next(found, None) is not None
    chosen = [kept for kept in read if wanted.takes(kept.letter)]
    last = chosen[limit - 1] if len(chosen) >= limit else read[-1] if read else None
    page = LetterList(
        items=tuple(map(_item, chosen[:limit])),
        continuation=_written(queue, last.name, s) if last and (more or last != read[-1]) else None,
        counts=Counter(kept.letter.code for kept in read if kept.letter.redriven_at is None),
    )
    return answer(200, page)


def redrive_letters(call: Call, s: Services) -> Answer:
    queue = _queue(call)
    body = validated(json_of(call), RedriveBody)
    before = _before(queue, body.continuation, s)
    told = redrive(queue, Wanted(body.code, body.reason, body.again), body.max, before, s)
    place = _written(queue, told.after, s) if told.after else None
    counts = {"redriven": told.redriven, "skipped": told.skipped, "left": told.left}
    return answer(200, Redriven(**counts, continuation=place))


def _item(kept: Kept) -> LetterItem:
    return LetterItem(name=kept.name, **dict(kept.letter))


def _queue(call: Call) -> str:
    if call.params["queue"] not in names.WORK_QUEUES:
        raise NotFound
    return call.params["queue"]


def _before(queue: str, text: str | None, s: Services) -> str | None:
    if text is None:
        return None
    return checked_place(text, _folder(queue), "#/continuation", s).after


def _written(queue: str, name: str, s: Services) -> str:
    return written_place(Place(after=name), _folder(queue), s)


def _folder(queue: str) -> str:
    return f"{names.DEAD}/{queue}/"
