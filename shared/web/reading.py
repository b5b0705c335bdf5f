"""One request as it stands: by its owner, and by whoever holds its result link."""

from datetime import datetime, timedelta
from math import ceil

from shared.chain.doors import load
from shared.chain.journal import Journal
from shared.chain.resource import resource_of
from shared.chain.router import place_of
from shared.chain.services import Services
from shared.domain import names
from shared.domain.request import Request
from shared.domain.resource import Resource
from shared.domain.transitions import State
from shared.errors import NotFound
from shared.security.callers import Caller, Role
from shared.security.tokens import check_result_signature
from shared.web.exchange import Answer, Call, answer

# How long until it is worth asking again. Every poll of a flow is a billed action.
WORKING_S, ENDING_S, PATIENT_S = 5, 2, 30
# People who answer at once are not kept waiting half a minute.
EAGER_S, EAGER_FOR = 15, timedelta(minutes=10)

UNTIL = ("final", "generated", "attention")


def get(call: Call, s: Services) -> Answer:
    return answer(200, seen(visible(call, s), s))


def result(call: Call, s: Services) -> Answer:
    check_result_signature(s.terms.ring, call.id, call.query.get("sig"))
    until = call.chosen("until", UNTIL)
    journal = load_known(call.id, s)
    resource = seen(journal, s)
    if _reached(journal.request, until):
        return answer(200, resource)
    return answer(202, resource, **polling(journal.request, s))


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


def seen(journal: Journal, s: Services) -> Resource:
    content = s.contents.read(journal.id)
    resource = resource_of(journal.request, content, s.links, s.clock.now())
    if journal.request.state not in (State.ACCEPTED, State.QUEUED):
        return resource
    if (place := place_of(journal.request, s)) is None:
        return resource
    waits = {"queue_position": place.position, "expected_start_at": place.start}
    progress = resource.progress.model_copy(update=waits)
    return resource.model_copy(update={"progress": progress})


def polling(request: Request, s: Services) -> dict[str, str]:
    """The headers of every 202: an absolute link that needs no key, and whole seconds."""
    retry_after_s = poll_again_s(request, s.clock.now())
    return {"Location": s.links.result(request.id), "Retry_After": str(retry_after_s)}


def poll_again_s(request: Request, now: datetime) -> int:
    decided = request.under_review and request.standing.settled
    if request.state in (State.RELEASING, State.CANCELLING) or request.final or decided:
        return ENDING_S
    if request.state is State.ATTENTION:
        return PATIENT_S
    if not request.under_review or request.opening is None:
        return WORKING_S
    left_s = ceil((request.opening.deadline - now).total_seconds())
    opened_at = request.updated_at or now
    pause_s = EAGER_S if now - opened_at < EAGER_FOR else PATIENT_S
    return max(ENDING_S, min(pause_s, left_s))


def _reached(request: Request, until: str | None) -> bool:
    if until == "generated" and request.images:
        return True
    return request.final or (until == "attention" and request.state is State.ATTENTION)
