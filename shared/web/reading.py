"""One request as it stands: by its owner, and by whoever holds its result link."""

from datetime import datetime

from shared.chain.doors import load
from shared.chain.journal import Journal
from shared.chain.resource import resource_of
from shared.chain.router import Look, place_of
from shared.chain.services import Services
from shared.chain.sinks import warnings_of
from shared.domain import names
from shared.domain.polling import pause_s
from shared.domain.request import Request
from shared.domain.resource import Resource
from shared.domain.transitions import State
from shared.errors import NotFound
from shared.security.callers import Caller, Role
from shared.security.tokens import check_result_signature
from shared.web.blob_urls import with_blob_urls
from shared.web.exchange import Answer, Call, answer

UNTIL = ("final", "generated", "attention")


def get(call: Call, s: Services) -> Answer:
    return answer(200, with_blob_urls(seen(visible(call, s), s), call.known_caller, s))


def result(call: Call, s: Services) -> Answer:
    check_result_signature(s.terms.ring, call.id, call.query.get("sig"))
    until = call.chosen("until", UNTIL)
    journal = load_known(call.id, s)
    resource = seen(journal, s)
    if reached(journal.request, until):
        return answer(200, resource)
    start = resource.progress.expected_start_at
    return answer(202, resource, **polling(journal.request, until, start, s))


def load_known(request_id: str, s: Services) -> Journal:
    """
    Raises:
        NotFound: it is no id, or nobody's.
    """
    if not names.is_ulid(request_id):
        raise NotFound
    return load(request_id, s)


def visible(call: Call, s: Services) -> Journal:
    """
    Raises:
        NotFound: there is no such request, or it is none of this caller's business.
    """
    journal = load_known(call.id, s)
    if not may_see(call.known_caller, journal.request):
        raise NotFound
    return journal


def may_see(caller: Caller, request: Request) -> bool:
    return request.terms.caller == caller.name or Role.READ_ALL in caller.roles


def seen(journal: Journal, s: Services, look: Look | None = None) -> Resource:
    """`look` is for whoever shows many requests, and need not read each cell again."""
    content = s.contents.read(journal.id)
    found = resource_of(journal.request, content, s.links, s.clock.now())
    warnings = (*found.warnings, *warnings_of(journal.request, s))
    resource = found.model_copy(update={"warnings": warnings})
    if journal.request.state not in (State.ACCEPTED, State.QUEUED):
        return resource
    if (place := place_of(journal.request, s, look)) is None:
        return resource
    waits = {"queue_position": place.position, "expected_start_at": place.start}
    progress = resource.progress.model_copy(update=waits)
    return resource.model_copy(update={"progress": progress})


def polling(
    request: Request, until: str | None, start: datetime | None, s: Services
) -> dict[str, str]:
    """
    The headers of every 202: an absolute link that needs no key, and whole seconds.

    An engine follows the newest `Location`, so what ends the wait has to be on each of them.
    """
    retry_after_s = pause_s(request, s.clock.now(), start)
    location = s.links.result(request.id, until)
    return {"Location": location, "Retry_After": str(retry_after_s)}


def reached(request: Request, until: str | None) -> bool:
    """Whether the wait that was asked for is over."""
    if until == "generated" and request.images:
        return True
    return request.final or (until == "attention" and request.state is State.ATTENTION)
