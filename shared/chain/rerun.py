"""A final request, asked for once more: what it was, under what holds today."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from shared.chain.accept import accept_made
from shared.chain.agreement import people_of, stages_again
from shared.chain.batch_agreement import stages_before
from shared.chain.checklists import written_out
from shared.chain.doors import load
from shared.chain.inputs import again
from shared.chain.journal import Journal
from shared.chain.order import Order, model_faults
from shared.chain.request_keys import Origin
from shared.chain.services import Services
from shared.chain.templating import usable_again
from shared.domain.content import Content
from shared.domain.families import faults_of
from shared.domain.request import Request
from shared.domain.values import Stage
from shared.errors import Conflict, InvalidRequest
from shared.security.callers import Caller


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
    make = partial(_again, request_id, caller, origin, s)
    by = replace(origin, dedupe_runs=False)
    return accept_made(make, caller, by, _rerun_of(request_id), s)


def _rerun_of(request_id: str) -> str:
    """Stands for the body, which a rerun has none of."""
    return f"rerun {request_id}"


def _again(request_id: str, caller: Caller, origin: Origin, s: Services) -> Order:
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
    return _once_more(request, stages, content, caller, origin)


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
        body_sha256=_rerun_of(request.id),
        content=content.model_copy(update=fresh),
        inputs=inputs,
        lane=request.terms.lane,
        include_prompt=request.terms.include_prompt,
        require_provenance=request.terms.require_provenance,
        rerun_of=request.id,
    )
