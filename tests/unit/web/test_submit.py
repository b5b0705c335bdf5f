"""POST /images: what it takes, what it refuses, and when it is the same request again."""

import json
from dataclasses import replace
from typing import Any

import pytest

from shared.domain import names
from shared.security.callers import CallerBook
from tests.unit.web.world import (
    CALLBACK,
    FLOW,
    OTHER,
    PROMPT,
    PUBLIC_URL,
    SUBMIT,
    World,
    query_of,
)

MIB = 1024 * 1024


def test_accepted() -> None:
    """A 202 has the ticket, an absolute link that needs no key, and whole seconds to wait."""
    world = World()

    answer = world.http("submit", dict(SUBMIT))

    assert answer.status == 202
    ticket = answer.json
    assert answer.headers["Location"] == ticket["resultUrl"]
    assert ticket["resultUrl"].startswith(f"{PUBLIC_URL}/images/{ticket['id']}/result?sig=")
    assert answer.headers["Retry-After"] == "20"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (ticket["status"], ticket["warnings"][0]["code"]) == ("accepted", "no_sink")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/prompt"),
        ({**SUBMIT, "template": {"name": "hero"}}, "#/prompt"),
        ({**SUBMIT, "n": 0}, "#/n"),
        ({**SUBMIT, "n": 11}, "#/n"),
        ({**SUBMIT, "n": True}, "#/n"),
        ({**SUBMIT, "size": "17x17"}, "#/size"),
        ({"prompt": "x" * 33_000}, "#/prompt"),
        ({"prompt": "\ud800"}, "#/prompt"),
        ({**SUBMIT, "colour": "red"}, "#/colour"),
        ({**SUBMIT, "dequeueCount": 1}, "#/dequeueCount"),
        ({**SUBMIT, "ID": "x"}, "#/ID"),
        ({**SUBMIT, "callbackUrl": "http://169.254.169.254/"}, "#/callbackUrl"),
        ({**SUBMIT, "callbackUrl": "https://localhost/"}, "#/callbackUrl"),
        ({**SUBMIT, "callbackUrl": "https://10.0.0.8/"}, "#/callbackUrl"),
        ({**SUBMIT, "model": "dall-e-3"}, "#/model"),
        ([], "#"),
        ("text", "#"),
        (b"{not json", "#"),
        (b'{"prompt": "x", "n": NaN}', "#"),
        (b'{"prompt": "x", "metadata": {"a": 1e999}}', "#"),
        (b'{"prompt": "x", "prompt": "y"}', "#"),
        (b"[" * 200_000, "#"),
        (b'{"prompt": "x", "n": ' + b"1" * 5000 + b"}", "#"),
        (b"\xff\xfe{}", "#"),
    ],
)
def test_refused(body: object, pointer: str) -> None:
    """Each fault has its pointer, and nothing was stored."""
    world = World()

    answer = world.http("submit", body)

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert pointer in answer.pointers
    assert world.untouched


def test_all_faults_at_once() -> None:
    """Several faults are all named in one answer."""
    body = {"n": 0, "size": "huge", "callbackUrl": "https://10.0.0.8/", "colour": 1}

    answer = World().http("submit", body)

    assert answer.pointers == {"#/n", "#/size", "#/callbackUrl", "#/colour", "#/prompt"}


def test_faults_of_body_and_header_together() -> None:
    """A malformed key is named beside the faults of the body."""
    answer = World().http("submit", {"n": 0}, headers={"Idempotency-Key": ""})

    assert answer.pointers == {"#/headers/Idempotency-Key", "#/n", "#/prompt"}


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b" " * (21 * MIB), {}, 413, "body_too_large"),
        (b"{}", {"Content-Length": str(21 * MIB)}, 413, "body_too_large"),
        (b"", {"Content-Length": str(21 * MIB)}, 413, "body_too_large"),
        (b"", {}, 411, "length_required"),
    ],
)
def test_body_limits(body: bytes, headers: dict[str, str], status: int, code: str) -> None:
    """A body too large, or missing, is refused before it is read."""
    world = World()

    answer = world.http("submit", body, headers=headers)

    assert (answer.status, answer.code) == (status, code)
    assert world.untouched


@pytest.mark.parametrize("key", ["", '""', '"open', 'in"side', "ümlaut", "x" * 201])
def test_malformed_key(key: str) -> None:
    """An idempotency key is 1 to 200 printable ASCII characters."""
    world = World()

    answer = world.http("submit", dict(SUBMIT), headers={"Idempotency-Key": key})

    assert (answer.status, answer.pointers) == (400, {"#/headers/Idempotency-Key"})
    assert world.untouched


def ids(world: World, *headers: dict[str, str], body: Any = None) -> set[str]:
    sent = [world.http("submit", body or dict(SUBMIT), headers=one) for one in headers]
    assert [answer.status for answer in sent] == [202] * len(sent)
    return {answer.json["id"] for answer in sent}


RUN = {"x-ms-workflow-run-id": "08585", "x-ms-workflow-operation-name": "Ask"}


def test_same_key() -> None:
    """Quotes are syntax: bare and quoted, the key stands for one request."""
    world = World()

    assert len(ids(world, {"Idempotency-Key": "k 1"}, {"Idempotency-Key": '"k 1"'})) == 1
    assert len(world.store.names(names.REQUESTS)) == 1


def test_same_key_other_body() -> None:
    """A key that stands for another body is refused."""
    world = World()
    ids(world, {"Idempotency-Key": "k"})

    answer = world.http("submit", {"prompt": "other"}, headers={"Idempotency-Key": "k"})

    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


def test_same_key_other_caller() -> None:
    """Keys of two callers have nothing to do with each other."""
    world = World()
    first = ids(world, {"Idempotency-Key": "k"})

    second = world.http("submit", dict(SUBMIT), key=OTHER, headers={"Idempotency-Key": "k"})

    assert second.json["id"] not in first


def test_same_run() -> None:
    """A flow's repeated action is one request for ten minutes, then it is a new one."""
    world = World()

    first = ids(world, RUN, RUN)
    world.clock.advance(601)

    assert len(first) == 1
    assert not ids(world, RUN) & first


def test_run_without_dedupe() -> None:
    """`Idempotency-Key: none` makes every send a request of its own."""
    off = {**RUN, "Idempotency-Key": "none"}

    assert len(ids(World(), off, off)) == 2


def test_headers_are_recorded() -> None:
    """What a flow says about itself is in the record; what makes no sense is left out."""
    world = World()
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    sent = {**RUN, "x-ms-client-tracking-id": "track", "traceparent": trace}
    odd = {
        "x-ms-client-tracking-id": "ü",
        "traceparent": "00-zz",
        "x-ms-workflow-run-id": "x" * 201,
    }

    good, bad = (
        world.s.journals.load(next(iter(ids(world, one)))).request.terms for one in (sent, odd)
    )

    assert (good.workflow_run_id, good.client_tracking_id, good.traceparent) == (
        *("08585", "track"),
        trace,
    )
    assert (bad.workflow_run_id, bad.client_tracking_id, bad.traceparent) == (None, None, None)


def test_both_doors_store_the_same() -> None:
    """The queue's request and HTTP's are the same but for who carried them."""
    body = {**SUBMIT, "n": 2, "callbackUrl": CALLBACK, "metadata": {"a": 1}}
    by_http, by_queue = World(), World()
    by_http.http("submit", body, headers={"Idempotency-Key": "k"})
    message = json.dumps({**body, "idempotencyKey": "k", "caller": "flow"})
    by_queue.message("request_message", message)

    stored = [
        {place: blob.data for place, blob in world.store.blobs.items()}
        for world in (by_http, by_queue)
    ]

    [place] = [one for one in stored[0] if one[0] == names.CONTENT]
    contents = [json.loads(each.pop(place)) for each in stored]
    assert [one.pop("messageId") for one in contents] == [None, "m-1"]
    assert contents[0] == contents[1]
    assert stored[0] == stored[1]
    assert len(stored[0]) > 4
    assert by_http.queue.messages.keys() == by_queue.queue.messages.keys()


def test_prompt_stays_in_its_room() -> None:
    """The prompt is in the content blob, in no other blob, message or answer."""
    world = World()

    answer = world.http("submit", dict(SUBMIT), key=FLOW)

    holding = {place for place, blob in world.store.blobs.items() if PROMPT.encode() in blob.data}
    assert holding == {(names.CONTENT, f"{answer.json['id']}.json")}
    assert PROMPT not in str(world.queue.messages)
    assert PROMPT.encode() not in answer.body


def test_rerun() -> None:
    """A final request runs again as a new one; an open one does not."""
    world = World()
    request_id = world.submitted()

    early = world.http("rerun", id=request_id)
    unkeyed = world.http("rerun", id=request_id, headers={"Idempotency-Key": ""})
    world.http("cancel", id=request_id)
    again = world.http("rerun", id=request_id)

    assert (early.status, early.code) == (409, "not_final")
    assert unkeyed.status == 400
    assert again.status == 202
    assert world.resource(again.json["id"])["rerunOf"] == request_id
    assert query_of(again.headers["Location"])["sig"]


def test_the_same_again_where_today_would_refuse_it() -> None:
    """Whoever has lost the answer hears that the request is there; another body is judged."""
    world = World()
    headers, other = {"idempotency-key": '"once"'}, {**SUBMIT, "purpose": "another"}
    first = world.http("submit", SUBMIT, headers=headers)
    caller = next(one for one in world.s.terms.callers.callers if one.name == "flow")
    narrowed = replace(caller, models=("gpt-image-1",))
    world.s = replace(world.s, terms=replace(world.s.terms, callers=CallerBook((narrowed,))))

    again = world.http("submit", SUBMIT, headers=headers)
    fresh = world.http("submit", other, headers={"idempotency-key": '"twice"'})
    reused = world.http("submit", other, headers=headers)

    assert (again.status, again.json["id"]) == (202, first.json["id"])
    assert (fresh.status, reused.status) == (400, 400)


def test_the_same_rerun_where_today_would_refuse_it() -> None:
    """Likewise of a request that was run again."""
    world = World()
    request_id = world.submitted()
    world.http("cancel", id=request_id)
    world.drain()
    headers = {"idempotency-key": '"once"'}
    first = world.http("rerun", id=request_id, headers=headers)
    caller = next(one for one in world.s.terms.callers.callers if one.name == "flow")
    narrowed = replace(caller, models=("gpt-image-1",))
    world.s = replace(world.s, terms=replace(world.s.terms, callers=CallerBook((narrowed,))))

    again = world.http("rerun", id=request_id, headers=headers)
    fresh = world.http("rerun", id=request_id, headers={"idempotency-key": '"twice"'})

    assert (again.status, again.json["id"]) == (202, first.json["id"])
    assert (fresh.status, fresh.code) == (409, "model_not_available")
