"""Between the host and the handlers: authentication, roles, and every error as a problem."""

import logging
import re

import azure.functions as func

from shared import logs
from shared.chain.services import Services
from shared.errors import CallerError, DarkroomError
from shared.web.access import Gate, admitted
from shared.web.exchange import Answer, Call
from shared.web.problems import problem_of, unexpected
from shared.web.table import ROUTES

# The host's URL begins with whatever the sender put into its Host header.
_PATH = re.compile(r"[^:/?#]+://[^/?#]*([^?#]*)")


def handle(name: str, req: func.HttpRequest, s: Services, gate: Gate) -> func.HttpResponse:
    """Answer one request; whatever goes wrong becomes an answer too."""
    route, path = ROUTES[name], _path(req.url)
    try:
        call = admitted(_call(req, path), route, gate, s.terms)
        found = route.handler(call, s)
    except DarkroomError as error:
        found = problem_of(error, path, _reference(name, error, s))
    except Exception as exc:
        found = unexpected(path, _logged(name, exc, s))
    return _response(found)


def _call(req: func.HttpRequest, path: str) -> Call:
    headers = {name.lower(): value for name, value in req.headers.items()}
    return Call(path, dict(req.route_params), dict(req.params), headers, req.get_body())


def _path(url: str) -> str:
    found = _PATH.match(url)
    return found[1] if found else "/"


def _reference(name: str, error: DarkroomError, s: Services) -> str | None:
    """A caller's mistake is no failure of ours."""
    return None if isinstance(error, CallerError) else _logged(name, error, s)


def _logged(name: str, exc: Exception, s: Services) -> str:
    reference = s.entropy.token_bytes(6).hex()
    failure = logs.failure(exc)
    logs.event("http.failed", level=logging.ERROR, route=name, error=failure, reference=reference)
    return reference


def _response(found: Answer) -> func.HttpResponse:
    return func.HttpResponse(
        found.body,
        status_code=found.status,
        headers={**found.headers, "Content-Type": found.content_type},
        mimetype=found.content_type,
    )
