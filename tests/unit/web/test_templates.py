"""Routes of templates: every put a version, read by whoever asks for images."""

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.audit import verify
from shared.domain import names
from shared.security.callers import CallerBook
from tests.unit import hero
from tests.unit.web.world import (
    CALLBACK,
    FLOW,
    OPERATOR,
    POWERLESS,
    READER,
    World,
    book,
    terms,
)

HERO = hero.HERO | {"example": {"product": "smart watch"}}


def put(world: World, to: str = "hero", **changed: Any) -> dict[str, Any]:
    answer = world.http("put_template", HERO | changed, key=OPERATOR, name=to)
    assert answer.status == 200, answer.json
    return answer.json


def refused(world: World, to: str = "hero", **changed: Any) -> list[str]:
    answer = world.http("put_template", HERO | changed, key=OPERATOR, name=to)
    assert answer.status == 400, answer.json
    return [fault["pointer"] for fault in answer.json["errors"]]


def test_put_and_get() -> None:
    """The first version: what was sent, who put it and when, and the digest of what is stored."""
    world = World()
    made = put(world)
    read = world.http("get_template", key=READER, name="hero")
    stored = world.store.blobs[names.TEMPLATES, "hero/1.json"].data

    assert read.status == 200 and read.json == made
    sent = {name: made[name] for name in HERO if name not in ("variables", "options")}
    assert sent == {name: HERO[name] for name in sent}
    assert made["variables"]["product"]["required"] is True
    assert made["variables"]["place"]["required"] is False
    assert (made["name"], made["version"], made["versions"]) == ("hero", 1, [1])
    assert (made["createdBy"], made["createdAt"]) == ("operator", "2026-11-20T12:00:00.000Z")
    assert made["sha256"] == hashlib.sha256(stored).hexdigest()


def test_versions_stay() -> None:
    """A change is a new version; the one before is there as it was."""
    world = World()
    first = put(world)
    second = put(world, title="Hero, second try")
    read = world.http("get_template", name="hero", query={"version": "1"}).json

    assert (second["version"], second["versions"]) == (2, [1, 2])
    assert read == first | {"versions": [1, 2]}
    assert world.http("get_template", name="hero").json["version"] == 2


def test_who_changed_it_is_seen(caplog: pytest.LogCaptureFixture) -> None:
    """Each new version has a line in the log; what made none has none."""
    caplog.set_level(logging.INFO, "darkroom")
    world = World()
    put(world)
    put(world)

    assert [one for one in caplog.messages if one.startswith("template.put")] == [
        "template.put template=hero version=1 caller=operator"
    ]


def test_ten_versions() -> None:
    """The newest is the highest number, not the last text."""
    world = World()
    for k in range(1, 12):
        assert put(world, title=f"Try {k}")["version"] == k

    assert world.http("get_template", name="hero").json["versions"] == list(range(1, 12))


def test_the_same_again() -> None:
    """Who puts what the newest version says gets that one; what an older one says is new."""
    world = World()
    put(world)
    assert put(world)["version"] == 1
    put(world, title="Other")

    assert put(world)["version"] == 3
    assert len(world.store.names(names.TEMPLATES)) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Other"},
        {"prompt": "A {product} on a {place}"},
        {"variables": {**HERO["variables"], "product": {"maxLength": 41}}},
        {"options": {}},
        {"approval": {"after": [{"name": "brand"}]}},
        {"owner": None},
        {"tags": []},
        {"example": {"product": "lamp"}},
        {"retired": True},
    ],
)
def test_any_change_is_a_version(change: dict[str, Any]) -> None:
    """Whatever is said otherwise, however small."""
    world = World()
    put(world)

    assert put(world, **change)["version"] == 2


def test_a_change_of_what_was_read() -> None:
    """With the version it was made from, a change takes nothing back that came between."""
    world = World()
    put(world)
    put(world, version=1, title="Mine")
    late = world.http("put_template", HERO | {"version": 1}, key=OPERATOR, name="hero")
    again = put(world, version=1, title="Mine")
    unknown = world.http("put_template", HERO | {"version": 1}, key=OPERATOR, name="other")

    assert (late.status, late.code) == (409, "stale_version")
    assert again["version"] == 2
    assert (unknown.status, unknown.code) == (409, "stale_version")


class Overtaken:
    """A port at which somebody else is faster, once."""

    def __init__(self, port: Any, faster: Callable[[], object]) -> None:
        self._port, self._faster = port, [faster]

    def __getattr__(self, method: str) -> Any:
        if method == "put" and self._faster:
            self._faster.pop()()
        return getattr(self._port, method)


@pytest.mark.parametrize(("theirs", "version"), [("Theirs", 3), ("Mine", 2)])
def test_two_at_once(theirs: str, version: int) -> None:
    """Of two that are put at the same time each gets a version; of two that say the same, both."""
    world = World()
    put(world)
    slow = World(terms=world.terms, store=world.store, clock=world.clock)
    port: Any = Overtaken(slow.s.blobs, lambda: put(world, title=theirs))
    slow.s = replace(slow.s, blobs=port)

    assert put(slow, title="Mine")["version"] == version
    assert len(world.store.names(names.TEMPLATES)) == version


def test_a_change_that_is_overtaken() -> None:
    """Who names the version it was made from does not undo what came in that moment."""
    world = World()
    put(world)
    slow = World(terms=world.terms, store=world.store, clock=world.clock)
    port: Any = Overtaken(slow.s.blobs, lambda: put(world, title="Theirs"))
    slow.s = replace(slow.s, blobs=port)
    answer = slow.http(
        "put_template", HERO | {"version": 1, "title": "x"}, key=OPERATOR, name="hero"
    )

    assert (answer.status, answer.code) == (409, "stale_version")


def test_too_many() -> None:
    """The thousandth version is the last: every submit lists them."""
    world = World()
    put(world)
    first = world.store.blobs[names.TEMPLATES, "hero/1.json"].data
    for k in range(2, 1001):
        text = json.dumps(json.loads(first) | {"version": k})
        world.s.blobs.put(names.TEMPLATES, f"hero/{k}.json", text.encode())
    answer = world.http("put_template", HERO | {"title": "x"}, key=OPERATOR, name="hero")

    assert (answer.status, answer.code) == (409, "too_many_versions")


@pytest.mark.parametrize(
    ("changed", "pointers"),
    [
        ({"options": {"size": "1x1", "n": 99}}, ["#/options/n"]),
        ({"options": {"size": "1x1", "quality": "best"}}, ["#/options/quality", "#/options/size"]),
        ({"options": {"model": "gpt-image-1.5"}}, ["#/options/model"]),
        ({"options": {"model": "none"}}, ["#/options/model"]),
        ({"options": {"inputFidelity": "high"}}, ["#/options/inputFidelity"]),
        ({"approval": {"after": []}}, ["#/approval/after"]),
        ({"approval": {"after": [{"deadline": "P31D"}]}}, ["#/approval/after/0/deadline"]),
        ({"approval": {"after": [{"rule": "all"}]}}, ["#/approval/after/0/reviewers"]),
        ({"name": "other"}, ["#/name"]),
        ({"prompt": "x" * 32_001, "variables": {}, "example": {}}, ["#/prompt"]),
        (
            {"title": 1, "options": {"size": "1x1"}, "approval": {"after": []}, "tags": 1},
            ["#/title", "#/tags", "#/approval/after", "#/options/size"],
        ),
    ],
)
def test_what_is_refused(changed: dict[str, Any], pointers: list[str]) -> None:
    """Whatever this app could not do, at its place in the body; nothing is stored."""
    world = World()

    assert refused(world, **changed) == pointers
    assert world.untouched


@pytest.mark.parametrize("name", ["Hero", "-hero", "he ro", "a" * 65, "hé", "a_b", "a.b"])
def test_names(name: str) -> None:
    """A name is part of blobs, reports and log lines: lower-case letters, digits, hyphens."""
    world = World()

    assert refused(world, name) == ["#/name"]
    assert world.http("get_template", name=name).status == 404


def test_an_approval_is_kept() -> None:
    """As it was given, times and rules too."""
    stage = {"name": "brand", "reviewers": ["a@b.c", "d@e.f"], "rule": {"atLeast": 2}}
    made = put(World(), approval={"after": [{**stage, "deadline": "PT48H"}]})

    kept = made["approval"]["after"][0]
    assert kept["rule"] == {"atLeast": 2} and kept["reviewers"] == ["a@b.c", "d@e.f"]
    assert kept["deadline"] == "P2D"


def test_what_a_get_answers_can_be_put() -> None:
    """Changed, without what says who put it and when."""
    world = World()
    put(world, approval={"after": [{"name": "brand", "deadline": "PT48H"}]})
    read = world.http("get_template", name="hero").json
    for name in ("createdAt", "createdBy", "sha256", "versions"):
        del read[name]

    assert world.http("put_template", read, key=OPERATOR, name="hero").json["version"] == 1
    changed = world.http("put_template", read | {"title": "New"}, key=OPERATOR, name="hero")
    assert changed.json["version"] == 2


@pytest.mark.parametrize("query", ["0", "x", "-1", "1.0", "1" * 9])
def test_versions_that_are_none(query: str) -> None:
    """A version is a number from 1 on."""
    answer = World().http("get_template", name="hero", query={"version": query})

    assert answer.status == 400
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["#/query/version"]


def test_versions_that_are_not_there() -> None:
    """Neither is a template that nobody put."""
    world = World()
    put(world)

    assert world.http("get_template", name="hero", query={"version": "2"}).status == 404
    assert world.http("get_template", name="other").status == 404


@pytest.mark.parametrize(("key", "status"), [(FLOW, 403), (READER, 403), (POWERLESS, 403)])
def test_who_may_put(key: str, status: int) -> None:
    """Templates are an operator's."""
    world = World()

    assert world.http("put_template", HERO, key=key, name="hero").status == status
    assert world.untouched


def test_retired_in_spite_of_faults() -> None:
    """What is withdrawn need not fit what is there today."""
    world = World()
    approval = {"after": [{"deadline": "P31D"}]}
    made = put(world, retired=True, options={"model": "gpt-image-1"}, approval=approval)

    assert made["retired"]


def pages(world: World, limit: int) -> list[list[dict[str, Any]]]:
    query, found = {"limit": str(limit)}, []
    while True:
        page = world.http("list_templates", key=READER, query=query).json
        found.append(page["items"])
        if page["continuation"] is None:
            return found
        query["continuation"] = page["continuation"]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 100])
def test_list(limit: int) -> None:
    """The newest version of each, each once, in pages."""
    world = World()
    for k, name in enumerate(["hero", "hero-2", "a", "z9", "banner"]):
        for version in range(k + 8):
            put(world, name, title=f"{name} {version + 1}", retired=name == "a" and version > 5)
    world.s.blobs.put(names.TEMPLATES, "README.md", b"not ours")
    found = pages(world, limit)

    everything = [one for page in found for one in page]
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert {one["name"]: one["version"] for one in everything} == {
        "hero": 8,
        "hero-2": 9,
        "a": 10,
        "z9": 11,
        "banner": 12,
    }
    assert len(everything) == 5
    assert {one["name"] for one in everything if one["retired"]} == {"a"}
    first = next(one for one in everything if one["name"] == "hero")
    assert first == {
        "name": "hero",
        "version": 8,
        "title": "hero 8",
        "owner": "brand@contoso.com",
        "tags": ["campaign"],
        "retired": False,
        "createdAt": "2026-11-20T12:00:00.000Z",
    }


@pytest.mark.parametrize("limit", [1, 3])
def test_a_list_of_many_versions(limit: int) -> None:
    """Versions that fill pages of storage's own are still those of one template."""
    world = World()
    for name in ("a", "b", "c"):
        put(world, name)
        first = json.loads(world.store.blobs[names.TEMPLATES, f"{name}/1.json"].data)
        for version in range(2, 701):
            data = json.dumps(first | {"version": version}).encode() if version == 700 else b""
            world.s.blobs.put(names.TEMPLATES, f"{name}/{version}.json", data)

    found = [(one["name"], one["version"]) for page in pages(world, limit) for one in page]
    assert found == [("a", 700), ("b", 700), ("c", 700)]


def test_an_empty_list() -> None:
    """No template is no page more."""
    assert pages(World(), 20) == [[]]


def test_a_new_version_between_pages() -> None:
    """What is put while somebody turns pages shows nothing twice."""
    world = World()
    for name in ("a", "b"):
        put(world, name)
    first = world.http("list_templates", query={"limit": "1"}).json
    put(world, "a", title="New")
    rest = world.http(
        "list_templates", query={"limit": "1", "continuation": first["continuation"]}
    ).json

    assert [one["name"] for one in (*first["items"], *rest["items"])] == ["a", "b"]
    assert rest["continuation"] is None


def test_what_a_list_costs() -> None:
    """One listing, and each newest version read once by a process, however often it is listed."""
    world = World()
    for name in "abc":
        put(world, name)
        put(world, name, title="New")
    fresh = World(terms=world.terms, store=world.store, clock=world.clock)
    calls: list[str] = []
    fresh.s = replace(fresh.s, blobs=Counting(fresh.s.blobs, calls))
    fresh.http("list_templates")
    assert calls == ["page", "read", "read", "read"]

    fresh.http("list_templates")
    assert calls[4:] == ["page"]


class Counting:
    """A port that says which of its methods were called."""

    def __init__(self, port: object, calls: list[str]) -> None:
        self._port, self._calls = port, calls

    def __getattr__(self, method: str) -> Any:
        self._calls.append(method)
        return getattr(self._port, method)


BY_TEMPLATE = {"template": {"name": "hero", "variables": {"product": "smart watch"}}}


def test_a_request_by_template() -> None:
    """Resource, events, evidence and usage say which template it was; none has the values."""
    world = World()
    put(world)
    request_id = world.reviewing({**BY_TEMPLATE, "callbackUrl": CALLBACK, "callbackEvents": ["*"]})
    evidence = world.http("evidence", id=request_id).json
    usage = world.http("usage", query={"groupBy": "template"}).json["items"]

    ref = {"name": "hero", "version": 1}
    assert world.resource(request_id)["template"] == ref
    assert verify(evidence) == [] and evidence["request"]["template"] == ref
    forged = evidence | {"request": evidence["request"] | {"template": {**ref, "version": 2}}}
    assert verify(forged) == ["request.template.version is not what the journal says."]
    posted = [json.loads(post.body)["template"] for post in world.webhooks.posted]
    assert len(posted) > 1 and all(one == ref for one in posted)
    assert [(one["key"], one["requests"]) for one in usage] == [("hero", 1)]
    assert world.model.calls[0].prompt == "smart watch on a table"
    kept = {place for place, blob in world.store.blobs.items() if b"smart watch" in blob.data}
    assert kept == {(names.CONTENT, f"{request_id}.json"), (names.TEMPLATES, "hero/1.json")}


def test_a_dry_run() -> None:
    """It says which version would hold, and costs what the written prompt costs."""
    world = World()
    put(world)
    found = world.http("check_request", BY_TEMPLATE).json
    free = {"prompt": "smart watch on a table", "size": "1536x1024"}

    assert found["ok"] and found["template"] == {"name": "hero", "version": 1}
    assert found["options"]["size"] == "1536x1024"
    assert found["estimate"] == world.http("check_request", free).json["estimate"]
    assert world.http("check_request", free).json["template"] is None


def test_by_queue() -> None:
    """The queue's door takes templates as well; what is wrong with one is said in its record."""
    world = World()
    put(world)
    world.message("request_message", json.dumps(BY_TEMPLATE))
    wrong = {"template": {"name": "hero", "variables": {"product": "canary" * 9}}}
    world.message("request_message", json.dumps(wrong), "m-2")

    [request_id] = world.requests()
    assert world.resource(request_id)["template"] == {"name": "hero", "version": 1}
    [record] = world.dead()
    assert [one["pointer"] for one in record["errors"]] == ["#/template/variables/product"]
    assert "canary" not in json.dumps(record)


def test_a_queue_caller_of_templates_only() -> None:
    """The rule holds at both doors."""
    callers = (*book().callers, replace(book().callers[0], name="bound", key_sha256=()))
    bound = tuple(replace(one, templates_only=one.name == "bound") for one in callers)
    world = World(terms=terms(callers=CallerBook(bound)))
    put(world)
    world.message("request_message", json.dumps({"prompt": "x", "caller": "bound"}))
    world.message("request_message", json.dumps({**BY_TEMPLATE, "caller": "bound"}), "m-2")

    assert [one["pointer"] for one in world.dead()[0]["errors"]] == ["#/prompt"]
    assert len(world.requests()) == 1


def test_what_a_submit_costs() -> None:
    """One listing more than a prompt of its own; with a key, one read to see if it is a repeat."""
    counted: dict[str, list[str]] = {}
    for name, sent in {"free": {"prompt": "x"}, "template": BY_TEMPLATE}.items():
        for key in (None, "k"):
            world, calls = World(), counted.setdefault(f"{name} {key}", [])
            put(world)
            world.s = replace(world.s, blobs=Counting(world.s.blobs, calls))
            world.http("get_template", name="hero")
            calls.clear()
            headers = {"Idempotency-Key": key} if key else {}
            assert world.http("submit", sent, headers=headers).status == 202

    assert len(counted["template None"]) - len(counted["free None"]) == 1
    assert len(counted["template k"]) - len(counted["free k"]) == 2
