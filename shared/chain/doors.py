"""What people and callers may do with a request that is there: cancel, resume, run again."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from shared.chain import fact_log
from shared.chain.accept import accept
from shared.chain.agreement import people_of, stages_again
from shared.chain.batch_agreement import stages_before
from shared.chain.checklists import written_out
from shared.chain.due import Covers
from shared.chain.inputs import again
from shared.chain.journal import Journal, LostRace
from shared.chain.nudges import nudge_quietly
from shared.chain.order import Order, model_faults
from shared.chain.request_keys import Origin
from shared.chain.router import leave
from shared.chain.services import Services
from shared.chain.steps.looks import store_of
from shared.chain.templating import usable_again
from shared.domain.content import Content
from shared.domain.facts import (
    AttentionResolved,
    Cancelled,
    CancelRequested,
    Draft,
    FactData,
)
from shared.domain.families import faults_of
from shared.domain.request import Request
from shared.domain.transitions import State
from shared.domain.values import Stage
from shared.errors import Conflict, InvalidRequest, NotFound, StorageError
from shared.security.callers import Caller

# Another worker can only be faster as often as there are facts to add.
MAX_RACES = 20

Action = Literal["retry", "useStored", "abandon"]


def load(request_id: str, s: Services) -> Journal:
    """
    Raises:
        NotFound: there is no such request.
    """
    journal = s.journals.load(request_id)
    if not journal:
        raise NotFound
    return journal


def append_choice(
    request_id: str, actor: str, choose: Callable[[Journal], list[FactData]], s: Services
) -> Journal:
    """
    Append what `choose` makes of the newest journal; asked anew after each lost race.

    An empty answer changes nothing. Whatever `choose` raises, nothing was changed either.
    """
    covers = Covers(s.due, request_id)
    for _ in range(MAX_RACES):
        journal = load(request_id, s)
        facts = choose(journal)
        if not facts:
            return journal
        covers.before_append(journal.seq)
        try:
            drafts = [Draft(actor=actor, data=fact) for fact in facts]
            appended = s.journals.append(journal, drafts).journal
        except LostRace:
            continue
        covers.after_append(journal.seq)
        for fact in appended.facts[journal.seq :]:
            fact_log.tell(request_id, fact)
        nudge_quietly(s, request_id, journal.seq, covers.held[-1].name)
        return appended
    raise StorageError("The request is changing too fast.")


def cancel(request_id: str, caller: Caller, s: Services) -> Journal:
    """
    Cancel now, or as soon as the call that is under way has an outcome.

    Raises:
        Conflict: `already_final` or `releasing`.
    """
    return cancel_as(f"caller:{caller.name}", request_id, s)


def cancel_as(actor: str, request_id: str, s: Services) -> Journal:
    """As `cancel`, for whoever acts on another's wish."""
    journal = append_choice(request_id, actor, _cancel, s)
    with suppress(StorageError):  # a turn that is not given back lapses
        leave(journal.request, s)
    return journal


def _cancel(journal: Journal) -> list[FactData]:
    state = journal.request.state
    if state in (State.CANCELLED, State.CANCELLING):
        return []
    if journal.request.final:
        raise Conflict("The request is final.", code="already_final")
    if state is State.RELEASING:
        raise Conflict("What was approved is being released.", code="releasing")
    return [CancelRequested() if state is State.GENERATING else Cancelled()]


def resume(request_id: str, action: Action, attention: int, caller: Caller, s: Services) -> Journal:
    """
    An operator's answer to one attention; a repeated one permits nothing new.

    Raises:
        Conflict: `not_in_attention`, `stale_attention`, or `nothing_stored` for `useStored`.
    """

    def choose(journal: Journal) -> list[FactData]:
        request = journal.request
        if (answered := _answer_to(journal, attention)) is not None:
            if answered == action:
                return []
            raise Conflict("It was answered otherwise by now.", code="stale_attention")
        if request.attention is None:
            raise Conflict("The request does not wait for an operator.", code="not_in_attention")
        if request.attention.seq != attention:
            raise Conflict("Another attention is open by now.", code="stale_attention")
        if action == "useStored" and (request.images or not _stored(journal, s)):
            raise Conflict("No image of an unknown call is stored.", code="nothing_stored")
        to = _target(request, action)
        return [AttentionResolved(attention=attention, action=action, to=to)]

    return append_choice(request_id, f"caller:{caller.name}", choose, s)


def _answer_to(journal: Journal, attention: int) -> Action | None:
    answers = (fact.data for fact in journal.facts if isinstance(fact.data, AttentionResolved))
    return next((one.action for one in answers if one.attention == attention), None)


def _stored(journal: Journal, s: Services) -> bool:
    unknown = [attempt for attempt in journal.request.attempts if attempt.unknown]
    return bool(unknown) and bool(store_of(journal, unknown[-1], s).stored())


def _target(
    request: Request, action: Action
) -> Literal["generation", "review", "release", "stored", "abandon"]:
    """Where the work goes on: with what is there, never further back than needed."""
    if action == "abandon":
        return "abandon"
    if action == "useStored":
        return "stored"
    if not request.images:
        return "generation"
    was_releasing = request.attention and request.attention.raised_in is State.RELEASING
    swapped = request.attention and request.attention.code == "digest_mismatch"
    if was_releasing and not swapped:
        return "release"
    return "generation" if request.reused else "review"


def rerun(request_id: str, caller: Caller, origin: Origin, s: Services) -> Journal:
    """
    A new request with the same content and terms, for any final one.

    People are asked as before, and wherever a submit of this caller could not do without today.

    Raises:
        Conflict: `not_final`; `content_retired` when its prompt or inputs are no longer kept;
            `template_retired`; `templates_only` for what was made without one;
            `model_not_available` when this caller could not ask for its model today.
        InvalidRequest: its stages take longer than today's settings allow.
        PolicyRejected: today's policy does not allow it.
    """
    content = s.contents.read(request_id)
    request = load(request_id, s).request  # read last: an erasure that it does not tell of is later
    if not request.final:
        raise Conflict("Only a final request can be run again.", code="not_final")
    if content is None or request.erasure is not None:
        raise Conflict("The prompt of this request is no longer kept.", code="content_retired")
    if request.inputs and "inputs" in request.retired:
        raise Conflict("The inputs of this request are no longer kept.", code="content_retired")
    _check_today(request, content, caller, s)
    stages, people = _stages_today(request, content, caller, s)
    content = content.model_copy(update={"people": {**people, **content.people}})
    return accept(_once_more(request, stages, content, caller, origin), s)


def _stages_today(
    request: Request, content: Content, caller: Caller, s: Services
) -> tuple[tuple[Stage, ...], Mapping[str, str]]:
    own, people = stages_before(request, s)
    asked = request.terms.options, len(content.prompt)
    stages, faults = stages_again(own, *asked, caller, s.terms)
    if faults:
        raise InvalidRequest(faults)
    return tuple(stage for stage, _ in stages), {**people, **people_of(stages)}


def _check_today(request: Request, content: Content, caller: Caller, s: Services) -> None:
    usable_again(request.terms.template, caller, s)
    options, today = request.terms.options, s.clock.now().date()
    if model_faults(options, caller, s.terms) or faults_of(options, content.prompt, today):
        raise Conflict("Its model is not to be had any more.", code="model_not_available")


def _once_more(
    request: Request, stages: tuple[Stage, ...], content: Content, caller: Caller, origin: Origin
) -> Order:
    """What people said of the first, and what it was sent with, is not the second's."""
    inputs = again(request, dict(content.input_urls))
    fresh: dict[str, object] = {
        "comments": {},
        "alt_texts": {},
        "drafts": {},
        "idempotency_key": origin.key,
        "uploads": (),
        "message_id": None,
        "input_urls": {one.ref.index: one.url for one in inputs if one.url is not None},
    }
    return Order(
        caller=caller,
        origin=replace(origin, dedupe_runs=False),
        options=request.terms.options,
        stages=written_out(stages, content),
        callback_events=request.callback_events,
        body_sha256=f"rerun {request.id}",
        content=content.model_copy(update=fresh),
        inputs=inputs,
        lane=request.terms.lane,
        include_prompt=request.terms.include_prompt,
        require_provenance=request.terms.require_provenance,
        rerun_of=request.id,
    )
