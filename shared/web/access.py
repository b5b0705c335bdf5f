"""
Who may come in. Each route has one rule; the boundary applies it before the handler runs.

KEY: a function key, which the host has checked, or an Entra principal. MIXED: a review token,
which the handler checks, or a caller of the book. REVIEWER: only a review token. TOKEN: the
handler checks the link's own signature. OPEN: anybody.
"""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from shared.chain.services import Services, Terms
from shared.errors import Forbidden, NotAuthenticated
from shared.security.callers import Caller, CallerBook, Role, principal_of
from shared.security.tokens import Phase, ReviewClaims, read_review_token
from shared.web.exchange import Call
from shared.web.origins import from_elsewhere

if TYPE_CHECKING:
    from shared.web.route import Route


class Access(Enum):
    KEY = "key"
    MIXED = "mixed"
    REVIEWER = "reviewer"
    TOKEN = "token"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Gate:
    """
    `entra`: App Service authentication is in front, and the host asks for no function key.

    `easy_auth`: it really is, so its headers can be trusted.
    """

    entra: bool = False
    easy_auth: bool = False


def admitted(call: Call, route: "Route", gate: Gate, terms: Terms) -> Call:
    """
    The call with its caller.

    Raises:
        NotAuthenticated: the route asks for a caller and there is none.
        Forbidden: the caller does not have the route's role, or another site's page has a browser
            that is signed in change something.
    """
    keyed = _by_key(call, route.access, gate, terms.callers)
    caller = keyed or _signed_in(call, gate, terms.callers)
    if route.access is Access.KEY or (route.access is Access.MIXED and call.review_token is None):
        if caller is None:
            raise NotAuthenticated
        changes = keyed is None and route.method != "GET"
        if changes and from_elsewhere(call.headers, terms.public_url):
            raise Forbidden("It comes from a page of another site.")
        insist_on(caller, route.role)
    return call.by(caller)


def insist_on(caller: Caller, role: Role | None) -> None:
    if role is not None and role not in caller.roles:
        raise Forbidden(f"This caller does not have the role {role}.")


def claims_of(call: Call, phases: tuple[Phase, ...], s: Services) -> ReviewClaims | None:
    """
    What the call's review token says; None when it has none.

    Raises:
        NotAuthenticated: the token is not good, or is for something else.
    """
    if call.review_token is None:
        return None
    claims = read_review_token(s.terms.ring, call.review_token, s.clock.now())
    if claims.request_id != call.id or claims.phase not in phases:
        raise NotAuthenticated("The review token is not valid.", code="invalid_token")
    return claims


def _by_key(call: Call, access: Access, gate: Gate, book: CallerBook) -> Caller | None:
    """Where the host has checked no key, one counts only if it is in the book."""
    key = _key(call)
    found = book.by_key(key) if key else None
    checked = access is Access.KEY and not gate.entra
    return found or (book.default if checked else None)


def _signed_in(call: Call, gate: Gate, book: CallerBook) -> Caller | None:
    """By App Service authentication: a program with its token, or a browser with its cookie."""
    known = gate.entra and gate.easy_auth
    principal = principal_of(call.headers) if known else None
    return book.by_principal(principal) if principal else None


def _key(call: Call) -> str | None:
    """As the host looks for it: a header, be it empty, hides the query."""
    header = call.headers.get("x-functions-key")
    return call.query.get("code") if header is None else header
