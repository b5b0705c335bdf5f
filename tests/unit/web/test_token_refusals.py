"""Whatever is wrong with a token, its bearer learns only that it is not valid."""

import ast
import inspect
from collections.abc import Iterator
from datetime import timedelta
from textwrap import dedent
from typing import Any

import pytest

from shared.security import tokens
from shared.security.keys import KeyRing, SigningKey
from shared.security.tokens import review_token
from tests.unit.chain.staged import ANA
from tests.unit.web.test_review_view import asked, link
from tests.unit.web.world import SUBMIT, Answered, World

ROUTES = ("decision", "review_view", "content", "inbox")


def sent(world: World, route: str, request_id: str, token: str) -> Answered:
    part: dict[str, Any] = {} if route == "inbox" else {"id": request_id}
    part |= {"index": "0"} if route == "content" else {}
    body = {"decision": "approve"} if route == "decision" else None
    return world.http(route, body, key=None, headers={"x-review-token": token}, **part)


def flipped(token: str) -> Iterator[str]:
    """The token with each of its bits the other way round."""
    for place, bit in ((place, bit) for place in range(len(token)) for bit in range(8)):
        other = chr(ord(token[place]) ^ 1 << bit)
        yield token[:place] + other + token[place + 1 :]


def by_another_key(world: World, token: str) -> str:
    claims = tokens.read_review_token(world.s.terms.ring, token, world.clock.now())
    return review_token(KeyRing((SigningKey("k1", b"another key of as many bytes....."),)), claims)


@pytest.mark.parametrize("route", ROUTES)
def test_one_answer(route: str) -> None:
    """Any bit, another key, none at all: the same bytes, and nothing is changed."""
    world = World()
    request_id = asked(world)
    token = link(world, request_id, ANA)
    wrong = [*flipped(token), "", token[:-1], token + "=", by_another_key(world, token)]
    wrong += [by_another_key(world, token).replace(".k1.", ".k2."), "v1", "v1..."]

    answers = [sent(world, route, request_id, one) for one in wrong]

    assert len(wrong) > 8 * 250 and token not in wrong
    [(status, body)] = {(one.status, one.body) for one in answers}
    assert status == 401 and b'"code":"invalid_token"' in body
    assert world.resource(request_id)["approval"]["decisions"] == []
    assert sent(world, route, request_id, token).status == 200


@pytest.mark.parametrize("route", ["decision", "review_view", "content"])
def test_tokens_for_something_else(route: str) -> None:
    """A genuine token that does not open this says no more than a forged one."""
    world = World()
    request_id, other = asked(world), asked(world)
    forged = sent(world, route, request_id, link(world, request_id)[:-1])
    wrong = [link(world, other), link(world, other, ANA), world.token(other, phase="view")]
    wrong += [] if route == "content" else [world.token(request_id, phase="view")]
    wrong += [world.token(request_id, phase="before")] if route == "content" else []

    answers = [sent(world, route, request_id, one) for one in wrong]

    assert {(one.status, one.body) for one in answers} == {(401, forged.body)}


def test_an_expired_token() -> None:
    """Only to whoever holds a genuine one is it told that its time is over."""
    world = World()
    request_id = asked(world)
    expired = world.token(request_id, expires_at=world.clock.now() - timedelta(seconds=1))

    codes = {sent(world, route, request_id, expired).code for route in ROUTES[:3]}
    torn = {sent(world, route, request_id, expired[:-1]).code for route in ROUTES}

    assert (codes, torn) == ({"expired_token"}, {"invalid_token"})


def test_another_stages_token() -> None:
    """It is genuine: it decides nothing, says why, and still lets its holder look."""
    world = World()
    stages = [{"name": name} for name in ("brand", "legal")]
    request_id = world.reviewing({**SUBMIT, "approval": {"after": stages}})
    first = link(world, request_id)
    assert sent(world, "decision", request_id, first).status == 200
    world.drain()
    early = world.token(request_id, stage="finance")
    before = world.resource(request_id)["approval"]

    answer = sent(world, "decision", request_id, early)

    assert (answer.status, answer.code) == (409, "stale_round")
    assert world.resource(request_id)["approval"] == before
    for token in (first, early):
        assert sent(world, "review_view", request_id, token).json["state"] == "superseded"


def test_compared_in_constant_time() -> None:
    """What decides is `hmac.compare_digest`; no signature is compared in any other way."""
    tree = ast.parse(dedent(inspect.getsource(KeyRing.signs)))
    called = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    compared = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Compare)}
    path = inspect.getsource(tokens._genuine)

    assert called.count("hmac.compare_digest") == 1
    assert compared == {"key.kid == kid", "known is not None"}
    assert "ring.signs(" in path and "==" not in path.replace("version == VERSION", "")
