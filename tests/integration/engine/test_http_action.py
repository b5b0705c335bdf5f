"""The HTTP action against a real server: the asynchronous pattern, retries, limits."""

from typing import Any

import pytest

from tests.integration.engine.flows import Skipping, done, flow
from tests.integration.engine.partner import Came, Partner, Say, partner

KEYED = {"x-functions-key": "secret", "Idempotency-Key": '"@{workflow().run.name}"'}
CALL = {"method": "POST", "uri": "@{parameters('url')}/jobs", "headers": KEYED, "body": {"a": 1}}


def ask(**more: Any) -> dict[str, Any]:
    inputs = {**CALL, **more.pop("inputs", {})}
    return {"Ask": {"type": "Http", "inputs": inputs, **more}}


def accepted(server: Partner, **headers: str) -> Say:
    return Say(202, {"status": "accepted"}, {"Location": f"{server.url}/jobs/1?sig=x", **headers})


def ran(server: Partner, actions: dict[str, Any]) -> tuple[Any, list[float], list[Came]]:
    pace = Skipping()
    with flow(actions, server.url, pace) as workflow:
        return done(workflow).result("Ask"), pace.pauses_s, server.came


def test_follows_the_location_until_it_is_no_202() -> None:
    """Polls are GETs without the key, each as late as the answer before it asked for."""
    with partner() as server:
        server.will_say(
            accepted(server, **{"Retry-After": "5"}),
            accepted(server, **{"Retry-After": "30"}),
            accepted(server),
            Say(200, {"status": "approved"}),
        )
        outcome, pauses_s, came = ran(server, ask())

    assert outcome.outputs["body"] == {"status": "approved"}
    assert pauses_s == [5.0, 30.0, 20.0]
    assert [(one.method, one.path) for one in came] == [
        ("POST", "/jobs"),
        *[("GET", "/jobs/1?sig=x")] * 3,
    ]
    assert "x-functions-key" in came[0].headers
    assert not any("x-functions-key" in one.headers for one in came[1:])


def test_pattern_turned_off() -> None:
    """The workflow then sees the 202 itself."""
    with partner() as server:
        server.will_say(accepted(server))
        outcome, _, came = ran(server, ask(operationOptions="DisableAsyncPattern"))

    assert (outcome.status, outcome.outputs["statusCode"], len(came)) == ("Succeeded", 202, 1)


@pytest.mark.parametrize(
    "headers", [{}, {"Location": "/jobs/1"}, {"Location": "http://x/", "Retry-After": "soon"}]
)
def test_a_202_outside_the_documentation(headers: dict[str, str]) -> None:
    """No Location, a relative one, a Retry-After that is no number: refused, not guessed."""
    with partner() as server:
        server.will_say(Say(202, None, headers))
        outcome, _, _ = ran(server, ask())

    assert outcome.error["code"] == "AsyncOperationMissingLocation"


def test_retries_as_documented() -> None:
    """408, 429, 5xx and a hang-up are tried again four times; the pauses grow to 45 s."""
    with partner() as server:
        server.will_say(Say(500), Say(429, None, {"Retry-After": "1"}), Say(408))
        outcome, pauses_s, came = ran(server, ask())

    assert pauses_s == [7.5, 15.0, 30.0, 45.0]
    assert outcome.error["code"] == "BadGateway"
    assert len({one.headers["idempotency-key"] for one in came}) == 1
    assert len(came) == 5


def test_no_retry_of_what_is_wrong() -> None:
    """A 400 fails at once, and the workflow can read its status."""
    with partner() as server:
        server.will_say(Say(400, {"code": "invalid_request"}))
        outcome, pauses_s, _ = ran(server, ask())

    assert (outcome.status, outcome.outputs["statusCode"], pauses_s) == ("Failed", 400, [])


def test_own_retry_policy() -> None:
    """A fixed policy waits the same each time, and none tries once."""
    fixed = {"type": "fixed", "count": 2, "interval": "PT30S"}
    with partner() as server:
        server.will_say(Say(500), Say(500), Say(200))
        assert ran(server, ask(inputs={"retryPolicy": fixed}))[1] == [30.0, 30.0]
        server.will_say(Say(500))
        outcome, pauses_s, _ = ran(server, ask(inputs={"retryPolicy": {"type": "none"}}))

    assert (outcome.outputs["statusCode"], pauses_s) == (500, [])


def test_limit_ends_the_wait() -> None:
    """The whole wait has one limit; an action beyond it has timed out."""
    with partner() as server:
        server.will_say(*[accepted(server, **{"Retry-After": "600"})] * 10)
        outcome, pauses_s, _ = ran(server, ask(limit={"timeout": "PT25M"}))

    assert (outcome.status, outcome.error["code"]) == ("TimedOut", "ActionTimedOut")
    assert pauses_s == [600.0, 600.0, 300.0]


def test_headers_of_the_engine() -> None:
    """Runs and actions are named in headers; what the service strips never goes out."""
    with partner() as server:
        server.will_say(Say(200))
        headers = {"Accept": "x", "Cookie": "x", "Content-Language": "x", "Prefer": "wait=1"}
        _, _, [came] = ran(server, ask(inputs={"headers": headers}))

    assert came.headers["x-ms-workflow-operation-name"] == "Ask"
    assert came.headers["x-ms-workflow-run-id"] == came.headers["x-ms-client-tracking-id"]
    assert came.headers["prefer"] == "wait=1"
    assert not {"cookie", "content-language"} & set(came.headers)
    assert came.headers.get("accept") != "x"


def test_redirects_are_seen_by_the_workflow() -> None:
    """Whether the service follows one is not documented, so the stand-in does not."""
    with partner() as server:
        server.will_say(Say(302, None, {"Location": f"{server.url}/elsewhere"}))
        outcome, _, came = ran(server, ask())

    assert (outcome.status, outcome.outputs["statusCode"], len(came)) == ("Failed", 302, 1)
