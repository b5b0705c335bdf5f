"""POST /policy/check: what a submit would do, told without doing any of it."""

import base64
import hashlib
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.chain.open_requests import STALE_AFTER
from shared.domain import names
from shared.domain.policy import BUILT_IN, Policy
from shared.domain.policy_reading import Surroundings, read_policy
from shared.domain.screening import ScreeningRules
from shared.errors import StorageError
from shared.security.callers import CallerBook
from tests.fakes import small_png
from tests.fakes_of_screening import ScriptedScreener
from tests.unit.hero import put
from tests.unit.histories import failing
from tests.unit.web.world import CALLBACK, FLOW, OWNER, PROMPT, SUBMIT, World, book, terms

READS = ("read", "page", "chunks")
KEY = {"Idempotency-Key": "k"}
UPLOAD = "flow/a.png"
# One image of medium quality, with the prompt of SUBMIT.
# 97 tokens at the most of the prompt, 1,756 of the image and 100 of its partial one.
ESTIMATE = Decimal("0.056165")
STAGES = {"before": [{"name": "idea"}], "after": [{"name": "brand"}, {"name": "legal"}]}


class OnlyReads:
    """A port that fails whoever writes; what may read it is asked as ever."""

    def __init__(self, port: object) -> None:
        self._port = port

    def __getattr__(self, method: str) -> Any:
        assert method in READS, method
        return getattr(self._port, method)


def limited(**limits: Any) -> World:
    """A world whose `flow` has these limits."""
    digest = hashlib.sha256(FLOW.encode()).hexdigest()
    callers = book().callers
    changed = tuple(replace(c, **limits) if digest in c.key_sha256 else c for c in callers)
    return World(terms=terms(callers=CallerBook(changed)))


def checked(world: World, body: object = SUBMIT, **headers: str) -> dict[str, Any]:
    answer = world.http("check_request", body, headers=headers)
    assert answer.status == 200, answer.json
    return answer.json


def codes(found: dict[str, Any], field: str = "problems") -> list[str]:
    return [one["code"] for one in found[field]]


def frozen(world: World) -> World:
    """The same world; whoever writes, sends, fetches or calls there fails."""
    ports = ("appends", "blobs", "queue", "model", "webhooks", "fetcher", "blob_links")
    guarded: Any = {name: OnlyReads(getattr(world.s, name)) for name in ports}
    other = World(terms=world.terms, store=world.store, clock=world.clock)
    other.s = replace(world.s, **guarded)
    return other


def edit() -> dict[str, Any]:
    """An edit with an input of each kind."""
    data = base64.b64encode(small_png(1)).decode()
    inputs = [{"base64": data}, {"blob": f"uploads/{UPLOAD}"}, {"url": "https://a.example/a.png"}]
    return {**SUBMIT, "inputImages": inputs, "approval": STAGES}


def test_answer() -> None:
    """Options as the resource has them, what it costs in each quality, where it would go, who is
    asked; nothing of the prompt."""
    world = World()
    body = {**SUBMIT, "n": 2, "size": "1536x1024", "approval": STAGES, "callbackUrl": CALLBACK}

    answer = world.http("check_request", body)
    found = answer.json
    request_id = world.submitted(body)

    assert answer.status == 200
    assert found["options"] == world.resource(request_id)["options"]
    assert (found["ok"], found["problems"], found["warnings"]) == (True, [], [])
    assert found["budget"] is None
    assert found["routing"] == {
        "deployment": "img-test",
        "queuePosition": 1,
        "expectedStartAt": "2026-11-20T12:00:00.000Z",
        "reason": None,
    }
    assert found["approval"]["stages"] == [
        {"phase": "before", "name": "idea", "policy": False},
        {"phase": "after", "name": "brand", "policy": False},
        {"phase": "after", "name": "legal", "policy": False},
    ]
    assert found["estimate"]["currency"] == "USD"
    prices = {one["quality"]: one["amount"] for one in found["estimate"]["perQuality"]}
    assert prices["low"] < prices["medium"] == found["estimate"]["amount"] < prices["high"]
    assert PROMPT.encode() not in answer.body


@pytest.mark.parametrize("limits", [{}, {"monthly_budget_usd": Decimal(1), "max_open_requests": 1}])
def test_nothing_is_written(limits: dict[str, Any]) -> None:
    """Not with limits either, and no input is fetched."""
    world = limited(**limits)
    world.s.blobs.put(names.UPLOADS, UPLOAD, small_png(2))
    before = {place: (blob.etag, blob.data) for place, blob in world.store.blobs.items()}

    found = checked(frozen(world), edit(), **KEY)

    assert {place: (b.etag, b.data) for place, b in world.store.blobs.items()} == before
    assert found["ok"] and codes(found, "warnings") == ["no_sink", "inputs_not_fetched"]
    assert found["options"]["inputImages"] == 3


def test_nothing_is_screened() -> None:
    """That the text may yet be flagged is said, and nobody is asked about it."""
    world = frozen(World(terms=terms(screening=ScreeningRules())))
    world.s = replace(world.s, screener=(screener := ScriptedScreener()))

    found = checked(world, {"prompt": "violence-6"})

    assert found["ok"] and codes(found, "warnings") == ["no_sink", "not_screened"]
    assert screener.texts == []


def test_nothing_is_tidied_either() -> None:
    """Where a submit takes away what is stale, it only sees that there would be room."""
    world = limited(max_open_requests=1)
    stale = f"{names.OPEN}flow/01K0000000000000000000000A"
    world.s.blobs.put(names.STATE, stale, b'{"at":"2026-11-20T10:59:59Z"}')
    fresh = f"{names.OPEN}flow/01K0000000000000000000000B"

    assert STALE_AFTER.total_seconds() == 3600 and checked(frozen(world))["ok"]
    world.s.blobs.put(names.STATE, fresh, b'{"at":"2026-11-20T11:59:59Z"}')
    assert codes(checked(frozen(world))) == ["too_many_open_requests"]


def test_faults() -> None:
    """Faults of body and headers are those of a submit, all of them."""
    world = World()
    body = {"n": 0, "size": "huge", "callbackUrl": "https://10.0.0.8/", "approval": "none"}
    headers = {"Idempotency-Key": ""}

    answers = [world.http(name, body, headers=headers) for name in ("check_request", "submit")]

    assert [one.code for one in answers] == ["invalid_request"] * 2
    assert answers[0].json["errors"] == answers[1].json["errors"]
    assert len(answers[0].pointers) == 6


@pytest.mark.parametrize(("body", "status"), [(b"", 411), (b"{", 400), (b" " * 21_000_000, 413)])
def test_no_body(body: bytes, status: int) -> None:
    """What is no body is none here."""
    assert World().http("check_request", body).status == status


def test_every_refusal_at_once() -> None:
    """No money, no place, and a key of another body: each by the code that a submit has."""
    world = limited(monthly_budget_usd=ESTIMATE, max_open_requests=1)
    world.http("submit", {**SUBMIT, "purpose": "x"}, headers=KEY)

    found = checked(frozen(world), **KEY)

    assert not found["ok"]
    assert codes(found) == ["idempotency_key_reused", "too_many_open_requests", "budget_exhausted"]
    assert all(one["detail"] for one in found["problems"])
    assert found["budget"] == {
        "limit": float(ESTIMATE),
        "spent": 0.0,
        "held": float(ESTIMATE),
        "room": False,
    }


def test_a_repeat() -> None:
    """A key that stands for this very body needs no place and no money again."""
    world = limited(monthly_budget_usd=ESTIMATE, max_open_requests=1)
    world.http("submit", dict(SUBMIT), headers=KEY)

    found = checked(frozen(world), **KEY)

    assert found["ok"] and found["budget"]["room"]
    assert codes(found, "warnings") == ["no_sink", "same_request"]


def test_a_repeat_of_what_died_on_its_way() -> None:
    """The place and the money that its key got before are its own."""
    world = limited(monthly_budget_usd=ESTIMATE, max_open_requests=1)
    whole = world.s
    world.s = failing(whole, "blobs.put", StorageError(), name=names.CONTENT)
    died = world.http("submit", dict(SUBMIT), headers=KEY)
    world.s = whole

    assert died.status == 503
    assert checked(frozen(world), **KEY)["ok"]
    assert codes(checked(frozen(world))) == ["too_many_open_requests", "budget_exhausted"]


def test_a_late_repeat() -> None:
    """A request that is there is answered with, though its money is long forgotten."""
    world = limited(monthly_budget_usd=Decimal("0.1"))
    world.http("submit", dict(SUBMIT), headers=KEY)
    world.drain()
    world.clock.advance(2 * 3600)
    world.submitted()

    found = checked(frozen(world), **KEY)

    assert found["ok"] and found["budget"]["room"]
    assert codes(checked(frozen(world))) == ["budget_exhausted"]


def test_a_flow_that_comes_again_later() -> None:
    """After ten minutes the same step of a run means another request."""
    world = limited(max_open_requests=1)
    run = {"x-ms-workflow-run-id": "08585", "x-ms-workflow-operation-name": "Ask"}
    world.http("submit", dict(SUBMIT), headers=run)

    assert codes(checked(world, **run), "warnings") == ["no_sink", "same_request"]
    world.clock.advance(601)
    assert codes(checked(world, **run)) == ["too_many_open_requests"]


def test_the_exact_rest_of_a_budget() -> None:
    """There is room for what costs as much as is left, and not for more."""
    world = limited(monthly_budget_usd=ESTIMATE)

    assert checked(world)["budget"]["room"]
    found = checked(world, {**SUBMIT, "quality": "high"})
    refused = world.http("submit", {**SUBMIT, "quality": "high"})
    assert found["problems"] == [
        {"code": refused.code, "detail": refused.json["detail"], "rule": None, "pointer": None}
    ]
    assert found["approval"]["stages"] == [{"phase": "after", "name": "review", "policy": False}]


def test_people_are_asked_for_money() -> None:
    """With the rule `ask` it is no refusal but a stage, after those that look at the prompt."""
    world = limited(monthly_budget_usd=Decimal(0), over_budget="ask")

    found = checked(frozen(world), {**SUBMIT, "approval": STAGES})

    assert found["ok"] and not found["budget"]["room"]
    stages = [(one["phase"], one["name"]) for one in found["approval"]["stages"]]
    assert stages[:2] == [("before", "idea"), ("before", "spend")]
    assert codes(found, "warnings") == ["no_sink", "over_budget"]


def test_a_budget_that_was_set_within_the_month() -> None:
    """What was spent before is counted, though nobody has a cell yet."""
    world = World()
    world.reviewing()
    poor = limited(monthly_budget_usd=Decimal("0.06"))
    poor = World(terms=poor.terms, store=world.store, clock=world.clock)

    spent = world.http("usage", key=OWNER).json["total"]["amount"]
    found = checked(frozen(poor))

    assert found["budget"] == {"limit": 0.06, "spent": spent, "held": 0.0, "room": False}
    assert codes(found) == ["budget_exhausted"] and checked(frozen(world))["budget"] is None


def test_a_paused_deployment_is_no_refusal() -> None:
    """It would be accepted and wait; the answer says for what."""
    world = World()
    world.http("pause_deployment", key=OWNER, name="img-test")

    found = checked(world)

    assert found["ok"]
    assert (found["routing"]["deployment"], found["routing"]["reason"]) == (None, "paused")


FREE: dict[str, Any] = {"quality": st.sampled_from(["low", "high"]), "n": st.integers(1, 4)}
BY_TEMPLATE = {"name": "hero", "variables": {"product": "lamp"}}
GOOD = st.one_of(
    *[st.fixed_dictionaries({"prompt": st.just(PROMPT)}, optional=FREE)] * 3,
    st.fixed_dictionaries({"template": st.just(BY_TEMPLATE)}, optional=FREE),
)
# Fields that are refused, or that are not, or only beside others.
ODD: dict[str, tuple[Any, ...]] = {
    "prompt": ("", "x" * 33_000, "a\x00b", 7, None),
    "template": (
        *({"name": "hero"}, {"name": "gone"}, BY_TEMPLATE, {**BY_TEMPLATE, "version": 9}),
        {**BY_TEMPLATE, "name": "unknown"},
    ),
    "n": (10, 11, True, "2"),
    "size": ("auto", "2048x1024", "17x17"),
    "quality": ("xhigh", "auto", ""),
    "model": ("gpt-image-2", "dall-e-3", "gpt-image-1.5"),
    "background": ("opaque", "transparent"),
    "outputFormat": ("jpeg", "webp"),
    "outputCompression": (50, 101),
    "approval": (STAGES, "none", "default", {"after": [{"name": "spend"}]}),
    "callbackUrl": (CALLBACK, "https://10.0.0.8/"),
    "callbackEvents": (["final"], ["x"]),
    "inputImages": ([{"blob": f"uploads/{UPLOAD}"}], [{"blob": "uploads/x"}], []),
    "metadata": ({"a": 1}, {"a": "x" * 300}),
    "lane": ("bulk", "fast"),
    "colour": ("red",),
}
PAIRS = st.sampled_from([(name, value) for name, values in ODD.items() for value in values])
BODIES = st.builds(lambda good, odd: good | dict(odd), GOOD, st.lists(PAIRS, max_size=3))
KEYS = st.sampled_from([{}, {}, KEY, KEY, {"Idempotency-Key": "other"}])
LIMITS = st.fixed_dictionaries(
    {
        "over_budget": st.sampled_from(["refuse", "refuse", "ask"]),
        "monthly_budget_usd": st.sampled_from([None, Decimal(0), ESTIMATE, Decimal("0.3")]),
        "max_open_requests": st.sampled_from([None, 1, 2, 3]),
        "models": st.sampled_from([None, None, None, ("gpt-image-1.5",)]),
        "templates_only": st.sampled_from([False] * 7 + [True]),
    }
)


def ruled(*rules: dict[str, Any]) -> Policy:
    named = [{"id": f"r{k}", "reason": f"Reason {k}.", **one} for k, one in enumerate(rules)]
    data = json.dumps({"version": "v", "rules": named}).encode()
    return read_policy(data, Surroundings())


STRICT = ruled(
    {"when": {"qualities": ["low"]}, "then": "reject"},
    {"when": {"imagesOver": 2}, "then": "reject"},
    {"when": {"words": ["dusk"]}, "then": "warn"},
    {"when": {}, "then": "review", "phase": "before", "stage": {"name": "idea"}},
)


@given(
    policy=st.sampled_from([BUILT_IN, BUILT_IN, STRICT]),
    limits=LIMITS,
    before=st.lists(st.tuples(GOOD, KEYS), max_size=3),
    body=st.one_of(GOOD, BODIES),
    headers=st.one_of(KEYS, KEYS, st.just({"Idempotency-Key": ""})),
)
@settings(max_examples=300)
def test_it_says_what_a_submit_does(
    policy: Policy,
    limits: dict[str, Any],
    before: list[tuple[dict[str, Any], dict[str, str]]],
    body: dict[str, Any],
    headers: dict[str, str],
) -> None:
    """What a submit takes it calls ok; what a submit refuses it refuses, or names as a problem."""
    world = limited(**limits)
    world.terms = replace(world.terms, policy=policy)
    world.s.blobs.put(names.UPLOADS, UPLOAD, small_png(2))
    put(world.s)
    put(world.s, "gone", retired=True, variables={}, prompt="x")
    for earlier, sent in before:
        world.http("submit", earlier, headers=sent)

    said = frozen(world).http("check_request", body, headers=headers)
    done = world.http("submit", body, headers=headers)

    if done.status == 202:
        assert (said.status, said.json["ok"], said.json["problems"]) == (200, True, [])
    elif done.status == 400:
        assert (said.status, said.json["errors"]) == (400, done.json["errors"])
    else:
        assert (said.status, said.json["ok"]) == (200, False)
        problem = {"code": done.code, "detail": done.json["detail"], "rule": None, "pointer": None}
        rules = [{"code": done.code, **fault} for fault in done.json.get("errors", [problem])]
        assert rules == said.json["problems"][: len(rules)]
