"""What the pages on integrations show as code or JSON does what they say."""

import base64
import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from azure.storage.queue import QueueClient
from standardwebhooks import Webhook

from dev.azurite import running_azurite
from dev.node import find_node
from dev.places import ROOT, UP_FILE
from shared.domain import names
from shared.security.callers import Caller, CallerBook
from shared.security.signatures import sign
from shared.web.table import ROUTES
from tests.fakes import Posted
from tests.unit.web.world import CALLBACK, OPERATOR, SUBMIT, World, terms

PAGES = ROOT / "docs" / "integrations"
SECRET, OTHER = (f"whsec_{base64.b64encode(bytes([k]) * 24).decode()}" for k in (1, 2))
OURS = ("power-automate.md", "webhooks.md", "queue.md")
CALL_JS = """
const cases = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const found = cases.map(({ headers, body, secret, now }) =>
  isFromDarkroom(headers, Buffer.from(body, "base64"), secret, now));
process.stdout.write(JSON.stringify(found));
"""
Check = Callable[[Mapping[str, str], bytes, str, float], bool]


def blocks(page: str, language: str) -> list[str]:
    text = (PAGES / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def event() -> Posted:
    """A real one, signed with SECRET."""
    world = World()
    world.submitted(
        {
            **SUBMIT,
            "callbackUrl": CALLBACK,
            "callbackSecret": SECRET,
            "callbackEvents": ["*"],
        }
    )
    world.drain()
    return world.webhooks.posted[0]


def cases() -> list[tuple[dict[str, str], bytes, str, float, bool]]:
    """Headers, body, secret, time, and whether it is ours."""
    post = event()
    headers = {name.lower(): text for name, text in post.headers.items()}
    sent_at = float(headers["webhook-timestamp"])
    both = sign([OTHER, SECRET], headers["webhook-id"], int(sent_at), post.body)
    changed = post.body.replace(b"gpt-image-2", b"gpt-image-3")
    published = json.loads(blocks("webhooks.md", "json")[-1])
    body = published.pop("body").encode()
    return [
        (headers, post.body, SECRET, sent_at + 1, True),
        ({**headers, "webhook-signature": both}, post.body, SECRET, sent_at, True),
        (headers, post.body, OTHER, sent_at, False),
        (headers, changed, SECRET, sent_at, False),
        (headers, post.body, SECRET, sent_at + 301, False),
        (headers, post.body, SECRET, sent_at - 301, False),
        ({**headers, "webhook-id": "other"}, post.body, SECRET, sent_at, False),
        ({**headers, "webhook-timestamp": "soon"}, post.body, SECRET, sent_at, False),
        ({**headers, "webhook-signature": ""}, post.body, SECRET, sent_at, False),
        ({}, post.body, SECRET, sent_at, False),
        (published, body, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330, True),
    ]


def test_the_published_example_is_good() -> None:
    """The vector on the page is signed as we sign, and as the vendors' package reads it."""
    published = json.loads(blocks("webhooks.md", "json")[-1])
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = published["body"].encode()

    made = sign([secret], published["webhook-id"], int(published["webhook-timestamp"]), body)

    assert made == published["webhook-signature"]
    post = event()
    with pytest.raises(Exception, match="too old"):
        # All but the time of the tests' own clock is as the package wants it.
        Webhook(SECRET).verify(post.body, dict(post.headers))


def test_python_check() -> None:
    """The page's Python tells our events from others."""
    space: dict[str, Any] = {}
    exec(compile(blocks("webhooks.md", "python")[0], "webhooks.md", "exec"), space)

    for headers, body, secret, now, ours in cases():
        assert space["is_from_darkroom"](headers, body, secret, now) is ours


def test_javascript_check(tmp_path: Path) -> None:
    """The page's JavaScript tells our events from others."""
    file = tmp_path / "check.cjs"
    file.write_text(blocks("webhooks.md", "js")[0] + CALL_JS)
    given = [
        {"headers": h, "body": base64.b64encode(b).decode(), "secret": secret, "now": now}
        for h, b, secret, now, _ in cases()
    ]
    argv = [find_node().node, str(file)]
    done = subprocess.run(
        argv, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=True
    )

    assert json.loads(done.stdout) == [ours for *_, ours in cases()]


def test_csharp_check() -> None:
    """No compiler is at hand: the C# is whole, and names the same headers and the same limit."""
    [code] = blocks("webhooks.md", "csharp")
    plain = re.sub(r'"(?:[^"\\]|\\.)*"|//.*', "", code)

    for opening, closing in ("{}", "()", "[]"):
        assert plain.count(opening) == plain.count(closing) > 0
    python = blocks("webhooks.md", "python")[0]
    named = set(re.findall(r"webhook-\w+", python))
    assert set(re.findall(r"webhook-\w+", code)) == named
    assert re.findall(r"\b300\b", code) == re.findall(r"\b300\b", python)
    assert "FixedTimeEquals" in code and "HMACSHA256" in code


def test_headers_of_the_sample() -> None:
    """The page's sample request has headers that real events have."""
    [sample] = blocks("webhooks.md", "http")
    shown = {line.split(":")[0].lower() for line in sample.splitlines()[1:]}

    assert len(shown) > 8
    assert shown <= {name.lower() for name in event().headers}


def test_events_of_the_page() -> None:
    """Each type in the page's table exists."""
    text = (PAGES / "webhooks.md").read_text(encoding="utf-8")
    document = World().http("openapi", key=None).json
    rows = [line for line in text.splitlines() if line.startswith("| `darkroom.")]

    types = [one for row in rows for one in re.findall(r"`(darkroom\.[\w.]+)`", row)]
    assert len(types) >= 6
    assert set(types) <= set(document["webhooks"])


def marketing() -> World:
    """With the caller that the page names."""
    callers = (Caller("marketing-flow", key_sha256=(hashlib.sha256(b"flow-key").hexdigest(),)),)
    return World(terms=terms(callers=CallerBook(callers)))


QUEUED = blocks("queue.md", "json")


@pytest.mark.parametrize("text", QUEUED[:2])
@pytest.mark.parametrize("encoded", [False, True])
def test_messages_are_taken(text: str, encoded: bool) -> None:
    """Each message on the page becomes a request, plain and as base64."""
    world = marketing()

    world.message("request_message", base64.b64encode(text.encode()) if encoded else text)

    assert world.dead() == []
    assert [name for name in world.store.names(names.REQUESTS) if "/" not in name]


def test_bodies_sent_ahead_are_taken() -> None:
    """The page's way for large bodies: a place, the body there, its name as the message."""
    world = marketing()
    link = world.http("upload", {"contentType": "application/json", "bytes": 40}).json
    folder = link["blob"].split("/")[1]
    name = link["blob"].removeprefix("uploads/")
    world.s.blobs.put(names.UPLOADS, name, b'{"prompt":"a"}')
    message = json.loads(QUEUED[2])
    assert set(message) == {"requestBlob", "caller"}
    assert re.fullmatch(r"uploads/[^/]+/[0-9A-Z]{26}\.json", message["requestBlob"])

    world.message("request_message", json.dumps({"requestBlob": link["blob"], "caller": folder}))

    assert world.dead() == []


def test_reserved_names_are_all_there() -> None:
    """The page warns of every name that the message's own metadata has."""
    text = (PAGES / "queue.md").read_text(encoding="utf-8")
    warned = {name.lower() for name in re.findall(r"`(\w+)`", text)}

    assert names.RESERVED_FIELDS - {"queuetrigger", "sys"} <= warned


def test_python_sender(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The page's Python puts a message on a real queue, and the app takes it."""
    deployed, local, send = blocks("queue.md", "python")
    space: dict[str, Any] = {}
    exec(compile(deployed, "queue.md", "exec"), space)
    assert space["queue"].url == f"https://ACCOUNT.queue.core.windows.net/{names.REQUEST_QUEUE}"
    monkeypatch.chdir(tmp_path)
    with running_azurite() as storage:
        queue = QueueClient.from_connection_string(storage, names.REQUEST_QUEUE)
        queue.create_queue()
        file = tmp_path / UP_FILE.relative_to(ROOT)
        file.parent.mkdir()
        file.write_text(json.dumps({"storageConnectionString": storage}))
        exec(compile(local + send, "queue.md", "exec"), space)
        message = queue.receive_message()
    assert message is not None
    world = World()

    world.message("request_message", message.content)

    assert world.dead() == []
    listed = world.http("list_images", key=OPERATOR, query={"caller": "default"}).json["items"]
    assert [one["idempotencyKey"] for one in listed] == ["autumn-2026-hero-1"]


def test_links_and_routes_exist() -> None:
    """Every file that a page names is there, and every route that these pages name."""
    routes = {f"{route.method} /api/{route.path}" for route in ROUTES.values()}
    for page in PAGES.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)h#][^)]*)\)", text):
            file = link.partition("#")[0]
            assert (page.parent / file).exists(), f"{page.name}: {link}"
        named = re.findall(r"`((?:GET|POST|DELETE) /api/[^`?…]*)", text)
        for route in named if page.name in OURS else ():
            assert route in routes, f"{page.name}: {route}"
