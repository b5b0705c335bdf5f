"""Who may come in: keys, roles, principals, and other callers' requests."""

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.errors import ModelUnknown
from shared.security.callers import Caller, CallerBook, Role
from shared.web.access import Access, Gate
from shared.web.table import ROUTES
from tests.fakes import Plays, ScriptedModel
from tests.unit.web.world import (
    FLOW,
    OPERATOR,
    OTHER,
    OWNER,
    POWERLESS,
    PRINCIPAL,
    READER,
    SUBMIT,
    World,
    book,
    terms,
)

ID = "01K0000000000000000000000A"
PARAMS = {"id": ID, "index": "0", "name": "img-test", "queue": "image-requests"}
ENTRA = Gate(entra=True, easy_auth=True)
SIGNED_IN = {"x-ms-client-principal-id": PRINCIPAL, "x-ms-client-principal-idp": "aad"}


def params(name: str) -> dict[str, Any]:
    return {part: PARAMS[part] for part in ROUTES[name].path_names}


def with_access(*kinds: Access) -> list[str]:
    return [name for name, route in ROUTES.items() if route.access in kinds]


@pytest.mark.parametrize("name", with_access(Access.KEY, Access.MIXED))
def test_missing_role(name: str) -> None:
    """A known caller without the route's role gets 403 before anything is looked at."""
    world = World()

    answer = world.http(name, dict(SUBMIT), key=POWERLESS, **params(name))

    assert (answer.status, answer.code) == (403, "forbidden")
    assert world.untouched


def test_every_role_is_checked() -> None:
    """No route with a key is without a role."""
    assert all(ROUTES[name].role for name in with_access(Access.KEY, Access.MIXED))


@pytest.mark.parametrize("name", with_access(Access.MIXED))
@pytest.mark.parametrize("key", [None, "", "unknown-key"])
def test_mixed_routes_need_a_known_key(name: str, key: str | None) -> None:
    """Where the host checks no key, only keys of the book count."""
    answer = World().http(name, {"decision": "approve"}, key=key, **params(name))

    assert (answer.status, answer.code) == (401, "unauthorized")


@pytest.mark.parametrize("name", with_access(Access.KEY))
@pytest.mark.parametrize("key", [None, "unknown-key"])
def test_entra_needs_somebody(name: str, key: str | None) -> None:
    """With Entra the host lets everybody through, so nobody known means 401."""
    world = World(gate=ENTRA)

    answer = world.http(name, dict(SUBMIT), key=key, **params(name))

    assert (answer.status, answer.code) == (401, "unauthorized")
    assert world.untouched


def test_entra_principal() -> None:
    """A principal of the book is a caller, with that caller's roles."""
    world = World(gate=ENTRA)

    listed = world.http("list_images", key=None, headers=SIGNED_IN)
    submitted = world.http("submit", dict(SUBMIT), key=None, headers=SIGNED_IN)

    assert (listed.status, submitted.status) == (200, 403)


OUR_PAGE, THEIR_PAGE = "https://darkroom.example", "https://elsewhere.example"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 404),
        ({"sec-fetch-site": "same-origin", "origin": OUR_PAGE}, 404),
        ({"sec-fetch-site": "none"}, 404),
        ({"origin": OUR_PAGE.upper()}, 404),
        ({"origin": THEIR_PAGE, "authorization": "Bearer x"}, 404),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "origin": OUR_PAGE}, 403),
        ({"origin": THEIR_PAGE}, 403),
        ({"origin": f"{OUR_PAGE}.elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
@pytest.mark.parametrize("name", ["cancel", "decision"])
def test_another_sites_page_uses_a_browser_that_is_signed_in(
    name: str, sent: dict[str, str], status: int
) -> None:
    """It changes nothing: a cookie is sent along by whoever makes the browser call."""
    world = World(gate=ENTRA)
    book = world.s.terms.callers
    people = tuple(replace(one, roles=frozenset(Role)) for one in book.callers if one.principals)
    known = CallerBook((*(one for one in book.callers if not one.principals), *people))
    world.s = replace(world.s, terms=replace(world.s.terms, callers=known))
    signed_in, body = {**SIGNED_IN, **sent}, {"decision": "approve"}

    answer = world.http(name, body, key=None, headers=signed_in, id=ID)

    codes = {403: "forbidden", 404: "not_found"}
    assert (answer.status, answer.code) == (status, codes[status])
    assert world.http("list_images", key=None, headers=signed_in).status == 200
    keyed = world.http(name, body, key=OPERATOR, headers={**sent}, id=ID)
    linked = world.http(name, body, headers={**signed_in, "x-review-token": "x"}, key=None, id=ID)
    assert keyed.status == 404
    assert linked.status == (401 if name == "decision" else status)


@pytest.mark.parametrize("gate", [Gate(), Gate(easy_auth=True), Gate(entra=True)])
def test_principal_headers_of_anybody(gate: Gate) -> None:
    """Headers that nobody guards make nobody a caller."""
    world = World(gate=gate)

    answer = world.http("content", key=None, headers=SIGNED_IN, id=ID, index="0")

    assert answer.status == 401


def test_default_caller() -> None:
    """A key that the host let through and no entry claims belongs to `default`."""
    world = World()

    request_id = world.submitted(key="some-host-key")

    assert world.resource(request_id)["caller"] == "default"


def test_a_closed_default() -> None:
    """Where the book closes it, a key that no entry claims opens nothing, nor does a message."""
    closed = CallerBook((*book().callers, Caller("default", frozenset())))
    world = World(terms=terms(callers=closed))

    known = world.http("submit", dict(SUBMIT))
    unclaimed = [world.http(name, dict(SUBMIT), key="old") for name in ("submit", "list_images")]
    world.message("request_message", json.dumps(SUBMIT))

    assert known.status == 202
    assert [(answer.status, answer.code) for answer in unclaimed] == [(403, "forbidden")] * 2
    assert [fault["pointer"] for fault in world.dead()[0]["errors"]] == ["#/caller"]
    assert len(world.requests()) == 1


def test_key_in_the_query() -> None:
    """The key may be in the query; a header, be it empty, hides it."""
    world = World()
    by_query = world.http("webhook_key", key=None, query={"code": OPERATOR})
    hidden = world.http("webhook_key", key="", query={"code": OPERATOR})

    assert (by_query.status, hidden.status) == (200, 403)
    assert by_query.json["key"].startswith("whsec_")


@pytest.mark.parametrize("name", ["get_image", "cancel", "rerun", "evidence", "content"])
def test_anothers_request(name: str) -> None:
    """Another caller's request is not there, unless one may read all."""
    world = World()
    request_id = world.reviewing()
    part: dict[str, Any] = {"id": request_id} | ({"index": "0"} if name == "content" else {})

    stranger = world.http(name, key=OTHER, **part)
    operator = world.http(name, key=OPERATOR, **part)

    assert (stranger.status, stranger.code) == (404, "not_found")
    assert operator.status != 404


@pytest.mark.parametrize("wrong", [ID, "x", "../state", "01k0000000000000000000000a", "8" * 26])
@pytest.mark.parametrize("name", ["get_image", "cancel", "rerun", "evidence", "resume"])
def test_unknown_id(name: str, wrong: str) -> None:
    """An id of nobody and a text that is no id are both not there."""
    answer = World().http(name, {"action": "retry", "attention": 1}, key=OWNER, id=wrong)

    assert (answer.status, answer.code) == (404, "not_found")


def test_token_does_not_stand_in_for_a_key() -> None:
    """A review token opens only the routes that take one."""
    world = World()
    request_id = world.reviewing()

    answer = world.http(
        "cancel", key=READER, query={"token": world.token(request_id)}, id=request_id
    )

    assert answer.status == 403


def test_flow_may_cancel_its_own() -> None:
    """The submitter cancels once; again is the same, and resume finds nothing to resume."""
    world = World()
    request_id = world.submitted()

    answers = [world.http("cancel", key=FLOW, id=request_id) for _ in range(2)]
    resumed = world.http("resume", {"action": "retry", "attention": 3}, key=OWNER, id=request_id)

    assert [(one.status, one.json["status"]) for one in answers] == [(200, "cancelled")] * 2
    assert (resumed.status, resumed.code) == (409, "not_in_attention")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"action": "dance", "attention": 1}, {"#/action"}),
        ({"action": "retry"}, {"#/attention"}),
        ({"action": "retry", "attention": "1", "x": 1}, {"#/attention", "#/x"}),
        ([], {"#"}),
    ],
)
def test_resume_body(body: object, pointers: set[str]) -> None:
    """Every fault of a resume is named."""
    world = World()
    request_id = world.submitted()

    answer = world.http("resume", body, key=OWNER, id=request_id)

    assert (answer.status, answer.pointers) == (400, pointers)


def test_resume() -> None:
    """An operator resumes a request whose call ended in doubt; again changes nothing."""
    world = World(model=ScriptedModel(Plays(error=ModelUnknown())))
    request_id = world.reviewing()
    attention = world.resource(request_id)["attention"]["seq"]
    body = {"action": "retry", "attention": attention}

    answers = [world.http("resume", body, key=OPERATOR, id=request_id) for _ in range(2)]
    world.drain()

    assert [(one.status, one.json["status"]) for one in answers] == [(200, "queued")] * 2
    assert world.resource(request_id)["status"] == "awaitingApproval"


def test_me() -> None:
    """A key is told whose it is and what it may do."""
    assert World().http("me", key=FLOW).json == {
        "name": "flow",
        "roles": ["decide", "read", "submit"],
    }
