"""Queue messages: requests from the outside, and our own nudges and events."""

import hashlib
from collections.abc import Callable
from datetime import datetime

import azure.functions as func

from shared import logs
from shared.chain.advance import advance
from shared.chain.dead_letters import accepted, bury, first_sent
from shared.chain.deliver import deliver
from shared.chain.order import digest_of
from shared.chain.refusals import refuse
from shared.chain.request_keys import Origin, known_request
from shared.chain.runner import guarded
from shared.chain.services import Services
from shared.domain import names
from shared.domain.messages import Redrive
from shared.domain.submission import QueueBody
from shared.errors import CallerError, CorruptJournal, Fault, InvalidRequest, StorageError
from shared.security.callers import Caller, Role
from shared.web.put_back import PutBack
from shared.web.queue_messages import about, event_in, json_in, nudge_in, ours
from shared.web.sent_ahead import place_of, sent_ahead
from shared.web.submitting import place

# So often a message comes back until what it had begun is found; then it is buried without that.
LOOK_UPS = 5

POISONED, UNREADABLE = "poisoned", "unreadable"
# By the first word of a handler's name.
_QUEUES = {"request": names.REQUEST_QUEUE, "step": names.STEP_QUEUE, "event": names.EVENT_QUEUE}

Handler = Callable[[func.QueueMessage, Services], None]


def take(name: str, msg: func.QueueMessage, s: Services) -> None:
    """
    Handle one message by the function of this name.

    Raises:
        InvocationFailed: the host tries again, and puts the message aside in the end.
    """
    with guarded(name, message_id=_id(msg), attempt=msg.dequeue_count, **about(msg)):
        taken = _as_first_sent(name, msg, s)
        if taken is not None:
            HANDLERS[name](taken, s)


def request_message(msg: func.QueueMessage, s: Services) -> None:
    """What can never be a request is put aside at once; trying again would not mend it."""
    try:
        raw, caller, origin, found = _sent(msg, s)
        place(raw, QueueBody, caller, origin, found, s)
        accepted(_id(msg), s)
    except CallerError as error:
        faults = error.faults if isinstance(error, InvalidRequest) else (Fault("#", str(error)),)
        record = _bury(names.REQUEST_QUEUE, msg, error.code, faults, s)
        refuse(record, _named_caller(msg, s), error.code, len(faults), s)


def request_poison(msg: func.QueueMessage, s: Services) -> None:
    _bury(names.REQUEST_QUEUE, msg, POISONED, (), s)


def step_message(msg: func.QueueMessage, s: Services) -> None:
    nudge = nudge_in(msg)
    if nudge is None:
        _bury(names.STEP_QUEUE, msg, UNREADABLE, (), s)
    else:
        advance(nudge, s)


def event_message(msg: func.QueueMessage, s: Services) -> None:
    event = event_in(msg)
    if event is None:
        _bury(names.EVENT_QUEUE, msg, UNREADABLE, (), s)
    else:
        deliver(event, s)


def step_poison(msg: func.QueueMessage, s: Services) -> None:
    """
    Nothing is lost with a nudge: a due entry stands until a look has covered it.

    An entry put here would be one more, whose nudge fails as well, and so on: twice as many each
    time, until the sweep had nothing else to do.
    """
    if nudge_in(msg) is None:
        _bury(names.STEP_QUEUE, msg, UNREADABLE, (), s)


def event_poison(msg: func.QueueMessage, s: Services) -> None:
    """Nothing is lost with it: as long as its event is owed, a due entry stands."""
    if event_in(msg) is None:
        _bury(names.EVENT_QUEUE, msg, UNREADABLE, (), s)


HANDLERS: dict[str, Handler] = {
    handler.__name__: handler
    for handler in (
        *(request_message, step_message, event_message),
        *(request_poison, step_poison, event_poison),
    )
}


def _as_first_sent(name: str, msg: func.QueueMessage, s: Services) -> func.QueueMessage | None:
    """The message, or the one that it puts back; None when that is not kept any more."""
    redrive = ours(Redrive, msg)
    if redrive is None:
        return msg
    queue = _QUEUES[name.partition("_")[0]]
    found = first_sent(queue, redrive.dead_letter, s)
    if found is None:
        logs.event("message.gone", queue=queue, message_id=_id(msg))
        return None
    return PutBack(found, msg.dequeue_count)


def _sent(msg: func.QueueMessage, s: Services) -> tuple[object, Caller, Origin, list[Fault]]:
    """
    The body, who sent it, where it comes from, and what is wrong with the sender.

    Raises:
        InvalidRequest: the body cannot be read.
    """
    message = json_in(msg.get_body())
    raw = sent_ahead(message, s)
    named = raw if isinstance(raw, dict) else {}
    caller, faults = _caller(named.get("caller"), s)
    key = named.get("idempotencyKey")
    origin = Origin(
        key=key if isinstance(key, str) else None,
        message_id=_id(msg),
        sent_ahead=place_of(message),
        begun=_begun_before(msg),
    )
    return raw, caller, origin, faults


def _begun_before(msg: func.QueueMessage) -> str | None:
    return msg.first.request_id if isinstance(msg, PutBack) else None


def _begun(msg: func.QueueMessage, s: Services) -> str | None:
    """The request that a message's key stands for, which its record keeps for longer."""
    try:
        raw, caller, origin, _ = _sent(msg, s)
        return known_request(caller.name, origin, digest_of(raw), s)
    except (CallerError, CorruptJournal):
        return _begun_before(msg)
    except (StorageError, ValueError):
        if (msg.dequeue_count or 1) < LOOK_UPS:
            raise
        return _begun_before(msg)


def _named_caller(msg: func.QueueMessage, s: Services) -> str:
    """Whose message it was, as far as it says so in a way that can be believed."""
    try:
        raw = json_in(msg.get_body())
    except InvalidRequest:
        raw = None
    named = raw.get("caller") if isinstance(raw, dict) else None
    known = s.terms.callers.by_name(named) if isinstance(named, str) else None
    return (known or s.terms.callers.default).name


def _caller(name: object, s: Services) -> tuple[Caller, list[Fault]]:
    """Who may write to the queue may name any caller; the roles are the caller's own."""
    book = s.terms.callers
    caller = book.by_name(name) if isinstance(name, str) else book.default
    if caller is None:
        return book.default, [Fault("#/caller", "There is no caller of this name.")]
    if Role.SUBMIT not in caller.roles:
        return caller, [Fault("#/caller", "This caller does not have the role submit.")]
    return caller, []


def _bury(
    queue: str, msg: func.QueueMessage, code: str, faults: tuple[Fault, ...], s: Services
) -> str:
    at: datetime = msg.insertion_time or s.clock.now()
    body = None if isinstance(msg, PutBack) else msg.get_body()

    def begun() -> str | None:
        return _begun(msg, s) if queue == names.REQUEST_QUEUE else None

    return bury(queue, _id(msg), at, body, code, list(faults), s, begun)


def _id(msg: func.QueueMessage) -> str:
    """
    The message's id, unless its body may have changed it: the host lets a body's fields take
    the place of the message's own. Such a body is never accepted, and has to do as a name.
    """
    body = msg.get_body()
    try:
        raw = json_in(body)
    except InvalidRequest:
        raw = None
    untouched = isinstance(raw, dict) and not names.RESERVED_FIELDS & {n.lower() for n in raw}
    if msg.id and untouched:
        return str(msg.id)
    return "body-" + hashlib.sha256(body).hexdigest()[:32]
