"""
Queue messages that could not be taken: kept with their reasons, and put back when asked.

What is put back names the record and nothing else. It is taken as the message that first came,
under that one's id, so however often it is put back, it makes one request. Keys go before records
do; so a record has the request that its message had begun, if it had. The request has its own copy
of what was asked for, so the body goes once it is accepted.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError

from shared import logs
from shared.chain import subjects
from shared.chain.listed import Backwards
from shared.chain.services import Services
from shared.domain import names
from shared.domain.values import Instant, Value
from shared.errors import CorruptJournal, Fault

# Records bear the time of their message by storage's clock, and so does `before` at first.
AHEAD = timedelta(hours=1)
# A field, a name in a map or a place in a list, and no sentence, address or name of a person.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,31}|[0-9]{1,6}")


class Reason(Value):
    """One fault of the message; `pointer` as in problems."""

    pointer: str
    detail: str


class Letter(Value):
    """
    A record; `content` is where the body lies, `redriven_at` when it was last put back.

    `request_id`: what it had begun before it failed, accepted or not.
    """

    queue: str
    message_id: str
    at: Instant
    code: str
    errors: tuple[Reason, ...]
    content: str
    redriven_at: Instant | None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it is stored, under its name in the container `dead`."""

    name: str
    letter: Letter
    etag: str


@dataclass(frozen=True, slots=True)
class FirstSent:
    """A message as it first came; `id` and `at` lead to the record that it has."""

    id: str
    at: datetime
    body: bytes = field(repr=False)
    request_id: str | None


def bury(
    queue: str,
    message_id: str,
    at: datetime,
    body: bytes | None,
    code: str,
    faults: list[Fault],
    s: Services,
    begun: Callable[[], str | None] = lambda: None,
) -> str:
    """
    Write the record and keep the body apart, where it can be erased; answers the record's name.

    Twice makes one: both names come from the message. A body may call itself whatever it
    likes, and so may its id, so an odd id is hashed before it becomes part of a name.
    `body` None: it was kept when the message was buried first, and may be erased by now.
    `begun` finds the request that it had begun. It is asked once the body is kept: whoever accepts
    the message after that takes the body away.
    """
    message = _named(message_id)
    content = names.dead_body_of(message)
    if body is not None:
        subjects.mention_message(content, requested_by(body), s)
        s.blobs.put(names.CONTENT, content, body, content_type="application/octet-stream")
    letter = Letter(
        queue=queue,
        message_id=message,
        at=at,
        code=code,
        errors=tuple(map(_reason, faults)),
        content=f"{names.CONTENT}/{content}",
        redriven_at=None,
        request_id=begun(),
    )
    name = names.dead_letter_of(queue, at, message)
    s.blobs.put(names.DEAD, name, _written(letter))
    logs.event("message.buried", queue=queue, message_id=message, code=code, faults=len(faults))
    return name


def _reason(fault: Fault) -> Reason:
    """A rule's id stands with its reason, so that a redrive can be asked for by it."""
    said = f"{fault.rule}: {fault.detail}" if fault.rule else fault.detail
    return Reason(pointer=_without_words(fault.pointer), detail=said)


def _without_words(pointer: str) -> str:
    """A record outlives an erasure of its body, and a name in it may be anything: a person's."""
    parts = pointer.split("/")
    return "/".join([parts[0], *(part if _NAME.fullmatch(part) else "…" for part in parts[1:])])


def requested_by(body: bytes) -> str | None:
    """Whose request it would have been, as far as a message that can be none says so."""
    for decode in (bytes, base64.b64decode):
        with suppress(ValueError, RecursionError):
            found = json.loads(decode(body))
            person = found.get("requestedBy") if isinstance(found, dict) else None
            return person if isinstance(person, str) else None
    return None


def body_of_message(message_id: str) -> str:
    """Where in `content` the body of this message lies, if it is kept."""
    return names.dead_body_of(_named(message_id))


def letters(queue: str, before: str | None, s: Services) -> Iterator[Kept]:
    """A queue's records, newest first; `before` is the name to go on from."""
    first = names.dead_letter_of(queue, s.clock.now() + AHEAD, "")
    for name in Backwards(s.blobs, names.DEAD, f"{queue}/", before or first).names():
        if kept := read_letter(name, s):
            yield kept


def read_letter(name: str, s: Services) -> Kept | None:
    found = s.blobs.read(names.DEAD, name)
    if found is None:
        return None
    try:
        return Kept(name, Letter.model_validate_json(found.data), found.etag)
    except ValidationError:
        raise CorruptJournal("A dead-letter record is not one of ours.") from None


def body_of(letter: Letter, s: Services) -> bytes | None:
    """None when it is not kept any more."""
    found = s.blobs.read(*_place(letter.content))
    return found.data if found else None


def first_sent(queue: str, name: str, s: Services) -> FirstSent | None:
    """The message behind a record of this queue; None when it is not kept any more."""
    kept = read_letter(name, s) if names.is_dead_letter_of(queue, name) else None
    body = body_of(kept.letter, s) if kept else None
    if kept is None or body is None:
        return None
    return FirstSent(kept.letter.message_id, kept.letter.at, body, kept.letter.request_id)


def accepted(message_id: str, s: Services) -> None:
    """
    Also where nothing is known of a record: a worker that was slow may accept a message which
    others have given up and buried. Without a body nobody puts it back.
    """
    s.blobs.delete(names.CONTENT, body_of_message(message_id))


def mark(kept: Kept, at: datetime, s: Services) -> None:
    """
    Raises:
        Changed: it was put back by somebody else, or has failed again by now.
    """
    letter = kept.letter.model_copy(update={"redriven_at": at})
    s.blobs.put(names.DEAD, kept.name, _written(letter), if_match=kept.etag)


def _place(content: str) -> tuple[str, str]:
    container, _, name = content.partition("/")
    return container, name


def _written(letter: Letter) -> bytes:
    return letter.model_dump_json(by_alias=True).encode()


def _named(message_id: str) -> str:
    return message_id if re.fullmatch(r"[A-Za-z0-9-]{1,64}", message_id) else _hashed(message_id)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
