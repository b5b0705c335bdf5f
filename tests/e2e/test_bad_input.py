"""What is wrong is said once and clearly, and nothing of it is stored."""

from typing import Any

import pytest

from dev.http_client import Answer
from tests.e2e import marks
from tests.e2e.client import Client
from tests.e2e.store import Store

MIB = 1024 * 1024
TEMPLATE = {"name": "campaign-hero"}

BODIES: dict[str, tuple[Any, str]] = {
    "no prompt": ({"n": 1}, "#/prompt"),
    "prompt and template": (marks.order(template=TEMPLATE), "#/prompt"),
    "no image": (marks.order(n=0), "#/n"),
    "too many images": (marks.order(n=11), "#/n"),
    "unknown size": (marks.order(size="12x12"), "#/size"),
    "long prompt": ({"prompt": "p" * 33_000}, "#/prompt"),
    "unknown field": (marks.order(colour="red"), "#/colour"),
    "reserved name": (marks.order(dequeueCount=1), "#/dequeueCount"),
    "metadata service": (marks.order(callbackUrl="http://169.254.169.254/"), "#/callbackUrl"),
    "loopback by name": (marks.order(callbackUrl="https://localhost/"), "#/callbackUrl"),
    "private network": (marks.order(callbackUrl="https://10.0.0.8/"), "#/callbackUrl"),
    "no object": (["a heron"], "#"),
}


def stored(store: Store) -> dict[str, list[str]]:
    """Everything that an accepted request would have left."""
    return {name: store.names(name) for name in ("requests", "content")}


def checked(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The problem document, after a look at what all of them have in common."""
    assert answer.headers["content-type"] == "application/problem+json"
    problem = dict(answer.json())
    assert (answer.status, problem["status"], problem["code"]) == (status, status, code)
    assert problem["instance"] == "/api/images"
    assert marks.PROMPT not in answer.body.decode()
    return problem


@pytest.mark.parametrize("name", BODIES)
def test_faulty_body(client: Client, store: Store, name: str) -> None:
    """The one fault is named, with the place where it is."""
    before = stored(store)
    body, pointer = BODIES[name]

    problem = checked(client.submit(body), 400, "invalid_request")

    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert problem["errors"][0]["detail"].endswith(".")
    assert stored(store) == before


@pytest.mark.parametrize("body", [b"prompt=a+heron", b'{"prompt": "a', b"\xff\xfe", b"[1, NaN]"])
def test_no_json(client: Client, store: Store, body: bytes) -> None:
    """What is not strict JSON has one fault, at its root."""
    before = stored(store)

    problem = checked(client.submit_raw(body), 400, "invalid_request")

    assert [fault["pointer"] for fault in problem["errors"]] == ["#"]
    assert stored(store) == before


def test_large_body(client: Client, store: Store) -> None:
    """21 MiB are more than the app takes."""
    before = stored(store)
    body = b'{"prompt": "' + b"p" * (21 * MIB) + b'"}'

    checked(client.submit_raw(body), 413, "body_too_large")

    assert stored(store) == before


def test_body_without_length(client: Client, store: Store) -> None:
    """A chunked body arrives empty on the platform: the app asks for its length."""
    before = stored(store)

    checked(client.submit_raw(iter([b'{"prompt": ', b'"a heron"}'])), 411, "length_required")

    assert stored(store) == before
