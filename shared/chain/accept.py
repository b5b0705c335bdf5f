"""
Accept: an ordered list of writes, each idempotent by its name.

Policy → key → admission → mentions → content → inputs → due entry → journal → first fact → index →
answer. Whoever meets its own key runs the rest again with the stored id, so an answer always means
a fact in the journal. Who is not admitted leaves nothing but the key, and may come again with it.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from shared import logs
from shared.chain import fact_log, subjects
from shared.chain.admission import admit, withdraw
from shared.chain.checklists import marked
from shared.chain.due import Covers
from shared.chain.erasing import take_back
from shared.chain.inputs import stored
from shared.chain.journal import Journal, LostRace
from shared.chain.nudges import nudge_quietly
from shared.chain.order import Order
from shared.chain.policing import judge
from shared.chain.request_keys import (
    KeyRecord,
    Origin,
    key_name,
    known_request,
    meant,
    read_key,
)
from shared.chain.services import Services
from shared.domain import names
from shared.domain.content import Content
from shared.domain.facts import Accepted, Draft
from shared.domain.inputs import InputRef
from shared.errors import (
    AlreadyThere,
    CallerError,
    Changed,
    KeyReused,
    StorageError,
)
from shared.security.callers import Caller


class Claim(Protocol):
    """What has to be known to tell whether it came before: an order, or one of many."""

    @property
    def caller(self) -> Caller: ...
    @property
    def origin(self) -> Origin: ...
    @property
    def body_sha256(self) -> str: ...


def accept(order: Order, s: Services) -> Journal:
    """
    The request of this order: a new one, or the one that its key already stands for.

    Raises:
        KeyReused: the key stands for another body.
        TooManyOpenRequests: the caller has to wait for others to end.
        BudgetExhausted: the caller's budget for this month has no room.
        Conflict: an input was changed while it was read.
        PolicyRejected: the policy does not allow it; nothing was stored.
        PolicyUnavailable: there is no policy to ask.
        StorageError: nothing was answered for; asking again with the same key is safe.
    """
    order = _allowed(order, s)
    return place(claimed_id(order, s), order, s)


def accept_made(
    make: Callable[[], Order], caller: Caller, origin: Origin, body_sha256: str, s: Services
) -> Journal:
    """
    Accept what `make` comes to. Where today nothing comes of it, a repeat of what was accepted
    is answered as it was then: whoever asks again has lost the answer, and the request goes on.

    Raises:
        CallerError: there is no order, and was none.
    """
    try:
        order = make()
    except CallerError:
        with suppress(KeyReused):
            known = known_request(caller.name, origin, body_sha256, s)
            if known is not None and (journal := s.journals.load(known)):
                return journal
        raise
    return accept(order, s)


def place(request_id: str, order: Order, s: Services) -> Journal:
    """
    All but the key: the request of this id, made now if it is not there.

    The policy is asked here where it was not asked before.
    """
    journal = s.journals.load(request_id)
    if not journal:
        journal = _begin(request_id, order if order.policy else judge(order, s).allowed(), s)
    for entry in names.index_entries(request_id, order.caller.name):
        s.blobs.put(names.STATE, entry, b"{}")
    if order.callback_events and (folder := run_folder(order.caller.name, order.origin)):
        s.blobs.put(names.STATE, folder + request_id, b"{}")
    return journal


def _allowed(order: Order, s: Services) -> Order:
    """Asked first of all; but a repeat of what was accepted is answered as it was then."""
    judgement = judge(order, s)
    known = known_id(order, s) if judgement.refusal else None
    if known and s.journals.load(known):
        return judgement.order
    return judgement.allowed()


def _begin(request_id: str, order: Order, s: Services) -> Journal:
    order = marked(order, s.terms.ring)
    admit(request_id, order, s)
    subjects.mention(request_id, order.content, s)
    try:
        content = _content_of(request_id, order, s)
        inputs = stored(request_id, order.inputs, s)
    except CallerError:
        withdraw(request_id, order, s)
        raise
    covers = Covers(s.due, request_id)
    covers.before_append(0)
    s.journals.create(request_id)
    covers.before_append(0)
    first = first_fact(request_id, order, content, inputs, s)
    draft = Draft(actor=f"caller:{order.caller.name}", data=first)
    try:
        journal = s.journals.append(Journal.empty(request_id), [draft]).journal
    except LostRace:
        journal = s.journals.load(request_id)
        if not journal:
            raise StorageError("The request could not be stored.") from None
        if journal.request.may_be_erased:
            take_back(journal, content, s)
    covers.after_append(0)
    told: dict[str, Any] = fact_log.named(content.template)
    logs.event("request.accepted", request_id=request_id, caller=order.caller.name, **told)
    nudge_quietly(s, request_id, 0, covers.held[-1].name)
    return journal


def _content_of(request_id: str, order: Order, s: Services) -> Content:
    """What was begun under another policy knows only whom and what that one asked."""
    content = s.contents.create(request_id, order.content)
    people, lists = order.content.people, order.content.checklists
    if content.template != order.content.template:
        raise StorageError("A version of the template came between; ask again.")
    if not (people.keys() <= content.people.keys() and lists.keys() <= content.checklists.keys()):
        s.contents.update(
            request_id,
            lambda found: found.model_copy(
                update={
                    "people": {**people, **found.people},
                    "checklists": {**lists, **found.checklists},
                }
            ),
        )
    return content


def first_fact(
    request_id: str, order: Order, content: Content, inputs: tuple[InputRef, ...], s: Services
) -> Accepted:
    on_unknown = "retry_once" if s.terms.on_unknown == "retry_once" else "hold"
    return Accepted(
        request_id=request_id,
        caller=order.caller.name,
        options=order.options,
        prompt_sha256=content.prompt_sha256,
        template=content.template,
        inputs=inputs,
        stages=order.stages,
        callback_events=order.callback_events,
        on_unknown=on_unknown,
        attention_deadline_s=s.terms.attention_deadline_s,
        lane=order.lane,
        include_prompt=order.include_prompt,
        require_provenance=order.require_provenance,
        reuse=order.reuse,
        screening=order.screening,
        draft_alt_texts=s.terms.draft_alt_texts and not content.alt_text,
        rerun_of=order.rerun_of,
        policy=order.policy,
        batch=order.batch,
        workflow_run_id=order.origin.workflow_run_id,
        client_tracking_id=order.origin.client_tracking_id,
        traceparent=order.origin.traceparent,
    )


def run_folder(caller: str, origin: Origin) -> str | None:
    """Where the requests of one step of a flow's run are named: it ends its callback by these."""
    if not origin.client_tracking_id or not origin.workflow_operation:
        return None
    step = f"step {origin.client_tracking_id} {origin.workflow_operation}"
    return f"keys/{caller}/{hashlib.sha256(step.encode()).hexdigest()}/"


def claimed_id(order: Claim, s: Services) -> str:
    """
    The id that the order's key stands for, by now or from before.

    Raises:
        KeyReused: the key stands for another body.
    """
    now = s.clock.now()
    fresh = order.origin.begun or names.ulid(now, s.entropy.token_bytes(10))
    name = key_name(order.caller.name, order.origin, order.body_sha256)
    if name is None:
        return fresh
    record = KeyRecord(id=fresh, body_sha256=order.body_sha256, at=now)
    while True:
        try:
            _put(name, record, None, s)
            return fresh
        except AlreadyThere:
            found, etag = read_key(name, s)
        if (known := meant(found, order.origin, order.body_sha256, now)) is not None:
            return known
        with suppress(Changed):
            _put(name, record, etag, s)
            return fresh


def known_id(order: Order, s: Services) -> str | None:
    """
    The id that the order's key stands for already; None when accepting would make a new one.

    Raises:
        KeyReused: the key stands for another body.
    """
    return known_request(order.caller.name, order.origin, order.body_sha256, s)


def _put(name: str, record: KeyRecord, etag: str | None, s: Services) -> None:
    data = record.model_dump_json(by_alias=True).encode()
    s.blobs.put(names.STATE, name, data, if_absent=etag is None, if_match=etag)
