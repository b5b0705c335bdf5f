"""Which path is served by what; a further operation of the contract is a further row here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from . import control, errors, gateway
from .answers import Answer, Refusal, Request
from .chat import chat_on_deployment, chat_on_v1
from .edits import edit_on_deployment, edit_on_v1
from .generations import generate_on_deployment, generate_on_v1
from .responses import create_response
from .safety import analyze_text
from .service import Service

REGION = "East US"


@dataclass(frozen=True)
class Route:
    """A method, a path pattern and the function that gets the pattern's groups."""

    method: str
    pattern: str
    serve: Callable[..., Answer]


DEPLOYMENT = r"/openai/deployments/(?P<name>[^/]+)"
ROUTES = (
    Route("POST", rf"{DEPLOYMENT}/images/generations", generate_on_deployment),
    Route("POST", rf"{DEPLOYMENT}/images/edits", edit_on_deployment),
    Route("POST", r"/openai/v1/images/generations", generate_on_v1),
    Route("POST", r"/openai/v1/images/edits", edit_on_v1),
    Route("POST", r"/openai/v1/responses", create_response),
    Route("POST", rf"{DEPLOYMENT}/chat/completions", chat_on_deployment),
    Route("POST", r"/openai/v1/chat/completions", chat_on_v1),
    Route("POST", r"/contentsafety/text:analyze", analyze_text),
    Route("POST", r"/__blocklists", control.put_blocklists),
    Route("GET", r"/__blocklists", control.show_blocklists),
    Route("DELETE", r"/__blocklists", control.clear_blocklists),
    Route("GET", r"/__screenings", control.show_screenings),
    Route("POST", r"/__faults", control.order_faults),
    Route("GET", r"/__faults", control.show_faults),
    Route("DELETE", r"/__faults", control.clear_faults),
    Route("GET", r"/__ledger", control.show_ledger),
    Route("DELETE", r"/__ledger", control.clear_ledger),
)


def answer(service: Service, request: Request) -> Answer:
    """Serve a request; every answer carries the service's ids, the bad ones too."""
    try:
        found = _serve(service, request)
    except Refusal as refusal:
        found = refusal.as_answer()
    return replace(found, headers={**_ids(request), **found.headers})


def _serve(service: Service, request: Request) -> Answer:
    gateway.check_headers(request)
    for route in ROUTES:
        groups = re.fullmatch(route.pattern, request.path)
        if groups and route.method == request.method:
            return route.serve(service, request, **groups.groupdict())
    raise errors.resource_not_found()


def _ids(request: Request) -> dict[str, str]:
    ids = {
        "apim-request-id": request.apim_request_id,
        "x-request-id": str(uuid4()),
        "x-ms-region": REGION,
    }
    client_id = request.headers.get("x-ms-client-request-id")
    return ids | ({"x-ms-client-request-id": client_id} if client_id else {})
