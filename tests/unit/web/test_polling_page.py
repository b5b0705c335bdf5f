"""docs/integrations/polling.md: what it says is sent is sent, and answered as it says."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from shared.web.table import ROUTES
from tests.unit.web.test_held_answers import WorkingClock
from tests.unit.web.world import CALLBACK, FLOW, Answered, World, query_of

PAGE = (Path(__file__).parents[3] / "docs/integrations/polling.md").read_text(encoding="utf-8")
DIFFERS = "…"
EXPRESSIONS = {
    "@parameters('darkroomKey')": FLOW,
    "@{workflow().run.name}": "08585",
    "@{listCallbackUrl()}": CALLBACK,
}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.M | re.S)


def exchanges() -> list[tuple[str, str]]:
    found = blocks("http")
    return list(zip(found[::2], found[1::2], strict=True))


def parts_of(block: str) -> tuple[str, dict[str, str], str]:
    head, _, body = block.partition("\n\n")
    first, *lines = head.splitlines()
    headers = dict(line.split(": ", 1) for line in lines)
    return first, headers, body.strip()


def send(world: World, method: str, url: str, headers: dict[str, str], body: str) -> Answered:
    """As the host would find the function; the key is the world's."""
    target = urlsplit(url)
    path = target.path.removeprefix("/api/")
    for route in ROUTES.values():
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route.path)
        if route.method == method and (found := re.fullmatch(pattern, path)):
            key = FLOW if "x-functions-key" in headers else None
            query, rest = dict(parse_qsl(target.query)), dict(headers)
            rest.pop("x-functions-key", None)
            data = body.encode()
            return world.http(
                route.name, data, key=key, query=query, headers=rest, **found.groupdict()
            )
    raise AssertionError(f"no route for {method} {path}")


def test_exchanges() -> None:
    """Each request of the page gets the answer that follows it."""
    clock = WorkingClock()
    world = World(clock=clock)
    clock.meanwhile = world.drain
    latest: dict[str, str] = {}
    for request, expected in exchanges():
        line, headers, body = parts_of(request)
        method, url, _ = line.split(" ")
        url = url.replace("/images/…", f"/images/{latest.get('id')}")
        url = url.replace("sig=…", f"sig={latest.get('sig')}")
        answer = send(world, method, url, headers, body)
        if location := answer.headers.get("Location"):
            latest = {"id": answer.json["id"], **query_of(location)}
        world.drain()

        status, shown, _ = parts_of(expected)
        assert status.split(" ")[1] == str(answer.status), request
        for name, value in shown.items():
            found = answer.headers[name]
            assert re.fullmatch(re.escape(value).replace(DIFFERS, ".+"), found), (request, name)


def filled(value: Any) -> Any:
    """As the engine would fill its expressions in."""
    if isinstance(value, dict):
        return {name: filled(one) for name, one in value.items()}
    for expression, found in EXPRESSIONS.items():
        value = value.replace(expression, found) if isinstance(value, str) else value
    return value


def called(world: World, inputs: dict[str, Any]) -> Answered:
    found = filled(inputs)
    assert "@" not in json.dumps(found), "an expression that this test does not know"
    url = found["uri"].replace("https://darkroom.example", "")
    answer = send(world, found["method"], url, found["headers"], json.dumps(found["body"]))
    world.drain()
    return answer


def test_actions() -> None:
    """The workflow's actions, as they stand on the page, get what they need."""
    polled, woken = (json.loads(block) for block in blocks("json"))
    world = World()

    ticket = called(world, polled["Ask_for_images"]["inputs"])
    wait = woken["Wait_for_images"]["inputs"]
    subscribed, unsubscribed = (called(world, wait[one]) for one in ("subscribe", "unsubscribe"))

    assert (ticket.status, query_of(ticket.headers["Location"])["until"]) == (202, "attention")
    assert subscribed.status == 202
    ended = {"id": subscribed.json["id"], "detached": True, "status": "cancelled"}
    assert (unsubscribed.status, unsubscribed.json) == (200, ended)
