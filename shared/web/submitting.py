"""New requests: submitted by either door, and run again."""

from collections.abc import Sequence
from functools import partial

from shared.chain import rerun as reruns
from shared.chain.accept import accept, accept_made
from shared.chain.held_answers import wait_for
from shared.chain.journal import Journal
from shared.chain.order import Order, digest_of, order_of
from shared.chain.request_keys import Origin
from shared.chain.resource import ticket_of
from shared.chain.services import Services
from shared.chain.sinks import warnings_of
from shared.domain.submission import SubmitBody
from shared.errors import Fault, InvalidRequest
from shared.security.callers import Caller
from shared.web.blob_urls import with_blob_urls
from shared.web.bodies import json_of
from shared.web.exchange import Answer, Call, answer
from shared.web.origins import origin_of
from shared.web.preferences import wait_of
from shared.web.reading import UNTIL, polling, reached, seen, visible


def submit(call: Call, s: Services) -> Answer:
    raw, (origin, faults) = json_of(call), _beside(call)
    return _accepted(call, place(raw, SubmitBody, call.known_caller, origin, faults, s), s)


def start(call: Call, s: Services) -> Answer:
    """
    A submit that nobody waits for: Power Automate and Logic Apps follow a 202 to its end whether
    they are meant to or not, and take a 201 for done.
    """
    raw, (origin, faults) = json_of(call), origin_of(call.headers)
    journal = place(raw, SubmitBody, call.known_caller, origin, faults, s)
    ticket = ticket_of(journal.request, s.links, warnings_of(journal.request, s))
    return answer(201, ticket, Location=ticket.status_url)


def rerun(call: Call, s: Services) -> Answer:
    origin, faults = _beside(call)
    visible(call, s)
    if faults:
        raise InvalidRequest(faults)
    return _accepted(call, reruns.rerun(call.id, call.known_caller, origin, s), s)


def _beside(call: Call) -> tuple[Origin, list[Fault]]:
    """What came beside the body, and what is wrong with it."""
    origin, faults = origin_of(call.headers)
    try:
        call.chosen("until", UNTIL)
    except InvalidRequest as error:
        faults = [*faults, *error.faults]
    return origin, faults


def place(
    raw: object,
    model: type[SubmitBody],
    caller: Caller,
    origin: Origin,
    faults: Sequence[Fault],
    s: Services,
) -> Journal:
    """
    Accept what came in by either door; `faults` are those of what came beside the body.

    Raises:
        InvalidRequest: with all faults together.
    """
    make = partial(ordered, raw, model, caller, origin, faults, s)
    if faults:
        return accept(make(), s)
    return accept_made(make, caller, origin, digest_of(raw), s)


def ordered(
    raw: object,
    model: type[SubmitBody],
    caller: Caller,
    origin: Origin,
    faults: Sequence[Fault],
    s: Services,
) -> Order:
    """
    Raises:
        InvalidRequest: with all faults together.
    """
    try:
        order = order_of(raw, model, caller, origin, s)
    except InvalidRequest as error:
        raise InvalidRequest([*error.faults, *faults]) from None
    if faults:
        raise InvalidRequest(faults)
    return order


def _accepted(call: Call, journal: Journal, s: Services) -> Answer:
    """202 with the ticket; the resource when the caller waits and it is over in time."""
    until = call.chosen("until", UNTIL)
    if wait_s := wait_of(call.headers):
        journal = wait_for(lambda request: reached(request, until), journal, wait_s, s)
        if reached(journal.request, until):
            resource = with_blob_urls(seen(journal, s), call.known_caller, s)
            return answer(200, resource, Preference_Applied=f"wait={wait_s}")
    ticket = ticket_of(journal.request, s.links, warnings_of(journal.request, s))
    return answer(202, ticket, **polling(journal.request, until, None, s))
