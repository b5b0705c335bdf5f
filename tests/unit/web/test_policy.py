"""The policy at every door: what it refuses, adds, warns of, and what it leaves in the record."""

import json
from typing import Any

import pytest

from shared.chain.audit import verify
from shared.domain import names
from shared.domain.document_place import DocumentBlob
from shared.domain.policy_reading import Surroundings
from shared.errors import StorageError
from tests.unit.histories import failing
from tests.unit.web.world import (
    FLOW,
    OPERATOR,
    OTHER,
    OWNER,
    PROMPT,
    READER,
    SUBMIT,
    World,
    terms,
)

PLACE = DocumentBlob("rules", "policy.json")
NO_KITES = {
    "id": "kites",
    "reason": "No kites.",
    "when": {"words": ["kite"]},
    "then": "reject",
}
PURPOSE = {
    "id": "purpose",
    "reason": "Say what for.",
    "when": {"missing": ["altText", "purpose"]},
    "then": "reject",
}
LARGE = {"id": "large", "reason": "That is large.", "when": {"imagesOver": 1}, "then": "warn"}
LEGAL = {
    "id": "people",
    "reason": "Legal looks first.",
    "when": {"words": ["portrait"]},
    "then": "review",
    "phase": "before",
    "stage": {"name": "legal", "reviewers": ["law@contoso.com"]},
}
KITE = {"prompt": "A k.i.t.e over barley"}
KEY = {"Idempotency-Key": "k"}


def ruled(*rules: dict[str, Any], **changed: Any) -> World:
    """A world whose policy lies in a blob."""
    world = World(
        terms=terms(policy=PLACE, policy_surroundings=Surroundings(max_wait_days=30), **changed)
    )
    put(world, *rules)
    return world


def put(world: World, *rules: dict[str, Any], version: str = "v1") -> None:
    """Another version, in force from now on."""
    data = json.dumps({"version": version, "rules": rules}).encode()
    world.s.blobs.put(PLACE.container, PLACE.name, data)
    world.clock.advance(60)


def stored(world: World) -> list[str]:
    """What there is besides the policy."""
    return [name for container, name in world.store.blobs if container != PLACE.container]


def rules_of(problem: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["rule"], one["pointer"], one["detail"]) for one in problem["errors"]]


def stages(world: World, request_id: str) -> list[str]:
    return [stage.name for stage in world.s.journals.load(request_id).request.terms.stages]


def test_every_rule_at_once() -> None:
    """422 with the id, the place and the reason of each; nothing is stored, no word repeated."""
    world = ruled(NO_KITES, PURPOSE, LARGE, LEGAL)

    answer = world.http("submit", {**KITE, "altText": "x", "n": 2}, headers=KEY)

    assert (answer.status, answer.code) == (422, "policy_rejected")
    assert rules_of(answer.json) == [
        ("kites", "#/prompt", "No kites."),
        ("purpose", "#/purpose", "Say what for."),
    ]
    assert "barley" not in answer.body.decode() and "kite" not in answer.json["detail"]
    assert stored(world) == [] and not any(world.queue.messages.values())


def test_a_mended_request_may_have_the_same_key() -> None:
    """A key that was refused stands for nothing."""
    world = ruled(NO_KITES)

    assert world.http("submit", KITE, headers=KEY).status == 422
    assert world.http("submit", dict(SUBMIT), headers=KEY).status == 202


def test_a_repeat_is_answered_as_it_was() -> None:
    """A policy that came later is not asked about what was accepted before it."""
    world = ruled()
    first = world.http("submit", KITE, headers=KEY)
    put(world, NO_KITES)

    again = world.http("submit", KITE, headers=KEY)
    other = world.http("submit", {**KITE, "n": 2}, headers=KEY)

    assert (again.status, again.json["id"]) == (202, first.json["id"])
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert world.http("submit", KITE).code == "policy_rejected"


def test_a_warning() -> None:
    """It stands in the ticket and the resource, in the words that held when it was accepted."""
    world = ruled(LARGE)
    said = {"code": "policy_warning", "detail": "large: That is large."}

    ticket = world.http("submit", {**SUBMIT, "n": 2}).json
    put(world)

    assert said in ticket["warnings"] and said in world.resource(ticket["id"])["warnings"]
    assert world.http("submit", dict(SUBMIT)).json["warnings"] == ticket["warnings"][1:]


def test_a_stage_that_no_request_can_leave_out() -> None:
    """It comes before the call though nobody else is asked, and its people can decide."""
    world = ruled(LEGAL, default_approval="none")
    request_id = world.submitted({"prompt": "A portrait", "approval": "none"})
    world.drain()

    shown, called = world.resource(request_id), list(world.model.calls)
    by = {"reviewer": "law@contoso.com", "decision": "approve", "stage": "legal"}
    answer = world.http("decision", by, key=OWNER, id=request_id)
    world.drain()

    assert shown["approval"]["stage"] == "legal" and not called
    assert shown["approval"]["reviewers"] == ["law@contoso.com"]
    assert answer.status == 200 and world.resource(request_id)["status"] == "approved"


def test_stages_are_added_to_those_asked_for() -> None:
    """Two rules that ask for the same stage ask once."""
    again = {**LEGAL, "id": "faces", "when": {}}
    after = {**LEGAL, "id": "seen", "phase": "after", "stage": {"name": "press"}, "when": {}}
    world = ruled(LEGAL, again, after)
    own = {"before": [{"name": "idea"}], "after": [{"name": "brand"}]}
    request_id = world.submitted({"prompt": "A portrait", "approval": own})

    mark = world.s.journals.load(request_id).request.terms.policy
    assert stages(world, request_id) == ["idea", "brand", "legal", "press"]
    assert mark is not None and mark.stages == ("legal", "press")
    assert mark.rules == ("people", "faces", "seen")


def test_a_policy_that_changes_while_a_request_is_begun() -> None:
    """Who is asked by today's rules is known by name, though the first try knew nobody."""
    world = ruled(LARGE)
    whole = world.s
    world.s = failing(whole, "appends.create", StorageError())
    assert world.http("submit", {"prompt": "A portrait"}, headers=KEY).status == 503
    world.s = whole
    put(world, LEGAL)

    request_id = world.http("submit", {"prompt": "A portrait"}, headers=KEY).json["id"]
    world.drain()

    assert world.resource(request_id)["approval"]["reviewers"] == ["law@contoso.com"]


@pytest.mark.parametrize(
    ("approval", "pointer"),
    [
        ({"before": [{"name": "LEGAL"}], "after": [{"name": "x"}]}, "#/approval/before"),
        ({"after": [{"name": "x", "deadline": "P29D"}]}, "#/approval"),
        (
            {
                "after": [
                    {
                        "name": "x",
                        "deadline": "P14D",
                        "onDeadline": "escalate",
                        "escalateTo": ["bo@contoso.com"],
                    }
                ]
            },
            "#/approval",
        ),
    ],
)
def test_stages_that_do_not_go_together(approval: dict[str, Any], pointer: str) -> None:
    """A name that the policy has, and a wait that is too long with its stages, are faults."""
    world = ruled(LEGAL)

    answer = world.http("submit", {"prompt": "A portrait", "approval": approval})
    check = world.http("check_request", {"prompt": "A portrait", "approval": approval})

    assert (answer.status, answer.pointers) == (400, {pointer})
    assert (check.status, check.pointers) == (400, {pointer})
    assert stored(world) == []


def test_the_record() -> None:
    """The pack says which policy held and what matched; another one is seen through."""
    world = ruled(LARGE, NO_KITES)
    request_id = world.submitted({**SUBMIT, "n": 2})
    put(world, version="v2")

    pack = world.http("evidence", id=request_id).json

    assert pack["policy"]["version"] == "v1" and pack["policy"]["rules"] == ["large"]
    assert pack["policy"]["sha256"] in pack["journal"][0]
    assert verify(pack) == []
    pack["policy"]["rules"] = []
    assert verify(pack) == ["policy.rules is not what the journal says."]


def test_a_message() -> None:
    """It is put aside at once with the rules' reasons, and is a request once they are mended."""
    world = ruled(NO_KITES)
    world.message("request_message", json.dumps(KITE))

    [letter] = world.dead()
    assert (letter["code"], letter["errors"]) == (
        "policy_rejected",
        [{"pointer": "#/prompt", "detail": "kites: No kites."}],
    )
    assert world.requests() == []
    put(world)
    world.http("redrive_dead_letters", {"reason": "kites"}, key=OPERATOR, queue=names.REQUEST_QUEUE)
    message = world.queue.receive(names.REQUEST_QUEUE)
    assert message is not None
    world.message("request_message", message.text, "again")
    assert len(world.requests()) == 1


def cancelled(world: World, body: dict[str, Any]) -> str:
    request_id = world.submitted(body)
    world.http("cancel", id=request_id)
    return request_id


def test_run_again_under_todays_policy() -> None:
    """What it refuses is refused; stages that it added then are asked only if it does so now."""
    world = ruled(LEGAL)
    portrait = cancelled(world, {"prompt": "A portrait", "approval": {"after": [{"name": "x"}]}})
    put(world, {**LEGAL, "when": {}, "stage": {"name": "press"}}, NO_KITES)
    again = world.http("rerun", id=portrait).json["id"]
    put(world, {**LEGAL, "stage": {"name": "x"}})
    replaced = world.http("rerun", id=portrait).json["id"]
    put(world, {**NO_KITES, "when": {"words": ["portrait"]}})

    refused = world.http("rerun", id=portrait)

    assert (refused.status, refused.code) == (422, "policy_rejected")
    assert (stages(world, again), stages(world, replaced)) == (["x", "press"], ["x"])


@pytest.mark.parametrize(
    ("rule", "refused"),
    [
        (NO_KITES, True),
        ({**LEGAL, "when": {"words": ["kite"]}}, True),
        ({**LEGAL, "when": {"words": ["kite"]}, "phase": "after"}, True),
        ({**NO_KITES, "then": "warn"}, False),
        (PURPOSE, False),
        ({**NO_KITES, "when": {"words": ["kite"], "callers": ["other"]}}, False),
    ],
)
def test_what_a_reviewer_wishes(rule: dict[str, Any], refused: bool) -> None:
    """It goes to the model as the prompt does, so rules about texts hold for it."""
    world = ruled()
    request_id = world.reviewing()
    put(world, rule)
    before = world.s.journals.load(request_id).seq, world.s.contents.read(request_id)

    wish = {"decision": "revise", "reviewer": "ana", "comment": "add a KITE"}
    answer = world.http("decision", wish, key=OWNER, id=request_id)

    if not refused:
        assert answer.status == 200
        return
    assert (answer.status, answer.code) == (422, "policy_rejected")
    [(rule_id, pointer, reason)] = rules_of(answer.json)
    assert (rule_id, pointer) == (rule["id"], "#/comment")
    assert reason.startswith(rule["reason"]) and "KITE" not in answer.body.decode()
    assert before == (world.s.journals.load(request_id).seq, world.s.contents.read(request_id))


def test_a_wish_that_its_stage_will_see() -> None:
    """Whoever is asked about the new images anyway need not be asked once more."""
    press = {**LEGAL, "when": {"words": ["kite"]}, "phase": "after", "stage": {"name": "press"}}
    world = ruled(press)
    request_id = world.reviewing({**KITE, "approval": {"after": [{"name": "brand"}]}})

    wish = {"decision": "revise", "reviewer": "ana", "comment": "a red kite"}
    assert world.http("decision", wish, key=OWNER, id=request_id).status == 200


@pytest.mark.parametrize("asked", ["before", "after"])
def test_a_wish_that_another_stage_has_seen(asked: str) -> None:
    """A stage of the same name on the other side of the call is not asked about these images."""
    rule = {**LEGAL, "when": {"words": ["kite"]}, "stage": {"name": "press"}}
    world = ruled()
    stages_ = {"before": [], "after": [{"name": "brand"}]}
    stages_[asked] = [*stages_[asked], {"name": "press"}]
    request_id = world.reviewing({**KITE, "approval": stages_})
    if asked == "before":
        yes = {"decision": "approve", "reviewer": "ana"}
        assert world.http("decision", yes, key=OWNER, id=request_id).status == 200
        world.drain()
    put(world, {**rule, "phase": "before" if asked == "after" else "after"})

    wish = {"decision": "revise", "reviewer": "ana", "comment": "a red kite"}
    answer = world.http("decision", wish, key=OWNER, id=request_id)

    assert (answer.status, answer.code) == (422, "policy_rejected")


def test_blanks_say_nothing() -> None:
    """A purpose of blanks is none."""
    world = ruled({**PURPOSE, "when": {"missing": ["purpose"]}})

    assert world.http("submit", {**SUBMIT, "purpose": "  "}).code == "policy_rejected"
    assert world.http("submit", {**SUBMIT, "purpose": "x"}).status == 202


def test_a_dry_run() -> None:
    """Each rule by its id, the warnings, and the stages that come to those asked for."""
    world = ruled(NO_KITES, PURPOSE, LARGE, LEGAL)

    found = world.http("check_request", {"prompt": "A kite, a portrait", "n": 2}).json

    assert not found["ok"] and stored(world) == []
    assert [(one["code"], one["rule"], one["pointer"]) for one in found["problems"]] == [
        ("policy_rejected", "kites", "#/prompt"),
        ("policy_rejected", "purpose", "#/altText"),
    ]
    assert found["warnings"][0]["detail"] == "large: That is large."
    assert found["approval"]["stages"] == [
        {"phase": "before", "name": "legal", "policy": True},
        {"phase": "after", "name": "review", "policy": False},
    ]
    assert found["policy"]["version"] == "v1"
    assert found["policy"]["rules"] == ["kites", "purpose", "large", "people"]


def test_a_dry_run_of_what_is_there() -> None:
    """A repeat would be answered, whatever the policy says today."""
    world = ruled()
    world.http("submit", KITE, headers=KEY)
    put(world, NO_KITES)

    found = world.http("check_request", KITE, headers=KEY).json

    assert found["ok"] and "same_request" in [one["code"] for one in found["warnings"]]


def test_who_sees_what_of_it() -> None:
    """Everybody who may read: ids and reasons. Operators: words and reviewers as well."""
    world = ruled(NO_KITES, LEGAL)

    seen = world.http("policy", key=READER)
    all_of_it = world.http("policy", key=OPERATOR).json

    assert (seen.json["version"], seen.json["state"], seen.json["source"]) == (
        *("v1", "current", "blob"),
    )
    assert [(one["id"], one["then"], one["stage"]) for one in seen.json["rules"]] == [
        ("kites", "reject", None),
        ("people", "review", "legal"),
    ]
    assert seen.json["document"] is None
    assert b'"kite"' not in seen.body and b"law@contoso.com" not in seen.body
    assert all_of_it["document"]["rules"][0] == NO_KITES
    assert all_of_it["document"]["rules"][1]["stage"]["reviewers"] == ["law@contoso.com"]


# ---------------------------------------------------------------------------------------- replay


def replayed(world: World, *rules: dict[str, Any], **body: Any) -> dict[str, Any]:
    candidate = {"version": "next", "rules": rules}
    answer = world.http("replay_policy", {"policy": candidate, **body}, key=OPERATOR)
    assert answer.status == 200, answer.json
    return answer.json


def test_replay() -> None:
    """How many would be refused, reviewed and warned of, with ids and never a word of a prompt."""
    world = ruled(LARGE)
    bodies: tuple[dict[str, Any], ...] = (
        {},
        {"n": 2},
        {**KITE, "n": 2},
        {"prompt": "A portrait"},
        KITE,
    )
    ids = []
    for body in bodies:
        ids.append(world.submitted({**SUBMIT, **body}))
        world.clock.advance(1)
    fine, large, kites, portrait, gone = ids
    world.s.blobs.delete(names.CONTENT, names.content_of(gone))
    before = dict(world.store.blobs)

    found = replayed(world, NO_KITES, LARGE, LEGAL)

    figures = ("looked", "notKept", "passed", "rejected", "reviewed", "warned")
    assert [found[name] for name in figures] == [5, 1, 1, 1, 1, 1]
    assert [(one["id"], one["then"], one["rules"]) for one in found["items"]] == [
        (portrait, "review", ["people"]),
        (kites, "reject", ["kites", "large"]),
        (large, "warn", ["large"]),
    ]
    assert found["items"][1]["before"]["rules"] == ["large"]
    assert fine not in json.dumps(found) and "barley" not in json.dumps(found)
    assert world.store.blobs == before


def test_replay_in_pages() -> None:
    """Each call looks at so many; all pages together look at every request once."""
    world = ruled()
    ids = []
    for k in range(5):
        ids.append(world.submitted(KITE if k % 2 else SUBMIT))
        world.clock.advance(1)
    place, looked, seen = None, [], []
    while True:
        page = replayed(world, NO_KITES, max=2, **({"continuation": place} if place else {}))
        looked.append(page["looked"])
        seen += [one["id"] for one in page["items"]]
        if (place := page["continuation"]) is None:
            break

    assert (looked, seen) == ([2, 2, 1], [ids[3], ids[1]])


def test_replay_of_what_is_no_more() -> None:
    """A name whose journal is gone counts as one that was looked at: a page has its end."""
    world = ruled()
    gone = [world.submitted(KITE) for _ in range(2)]
    for request_id in gone:
        del world.store.blobs[names.REQUESTS, request_id]

    found = replayed(world, NO_KITES, max=1)

    assert (found["looked"], found["notKept"]) == (1, 1) and found["continuation"]


def test_replay_since() -> None:
    """Older requests are not looked at."""
    world = ruled()
    world.submitted(KITE)
    world.clock.advance(3600)
    since = world.clock.now().isoformat()
    late = world.submitted(KITE)

    found = replayed(world, NO_KITES, since=since)

    assert (found["looked"], [one["id"] for one in found["items"]]) == (1, [late])


def test_replay_leaves_out_what_policies_added() -> None:
    """A request that asked nobody is judged as that, though its policy asked somebody."""
    world = ruled({**LEGAL, "when": {}}, default_approval="none")
    world.submitted()

    found = replayed(world, {**NO_KITES, "when": {"approval": "none"}})

    assert found["rejected"] == 1


def test_a_faulty_candidate() -> None:
    """400 with the places in the body, before anything is read."""
    world = ruled()
    body = {"policy": {"version": "1", "rules": [NO_KITES, NO_KITES]}}
    odd = {"policy": {"version": "1", "rules": [{**NO_KITES, "then": "x"}]}, "max": 0}

    assert world.http("replay_policy", body, key=OPERATOR).pointers == {"#/policy/rules/1/id"}
    assert world.http("replay_policy", odd, key=OPERATOR).pointers == {
        *("#/policy/rules/0/then", "#/max"),
    }
    forged = {"policy": {"version": "1"}, "continuation": "x"}
    assert world.http("replay_policy", forged, key=OPERATOR).pointers == {"#/continuation"}
    assert world.http("replay_policy", {}, key=FLOW).status == 403


# ------------------------------------------------------------------------------ the blob changes


def ready(world: World, key: str | None = OTHER) -> dict[str, Any]:
    world.clock.advance(10)
    return world.http("health_ready", key=key).json


def test_nothing_new_without_a_policy() -> None:
    """A rule that is not known must not be broken: 503, until there is one that can be read."""
    world = World(terms=terms(policy=PLACE))

    refused = world.http("submit", dict(SUBMIT))

    assert (refused.status, refused.code) == (503, "unavailable") and stored(world) == []
    found = ready(world)
    assert (found["status"], found["policy"]["state"]) == ("degraded", "missing")
    assert found["policy"]["faults"] == [{"pointer": "#", "detail": "The blob is not there."}]
    assert world.http("policy", key=OPERATOR).json["rules"] == []
    world.s.blobs.put(PLACE.container, PLACE.name, b'{"version": "1"}')
    assert world.http("submit", dict(SUBMIT)).status == 202


def test_a_broken_version_changes_nothing() -> None:
    """The last good one holds, and whoever looks is told what is wrong."""
    world = ruled(NO_KITES)
    assert world.http("submit", KITE).status == 422
    put(world, {**NO_KITES, "then": "x"}, version="v2")

    found = ready(world)

    assert world.http("submit", KITE).status == 422
    assert (found["status"], found["policy"]["state"]) == ("degraded", "stale")
    assert found["policy"]["version"] == "v1"
    assert found["policy"]["faults"][0]["pointer"] == "#/rules/0/then"
    assert ready(world, key=None)["policy"] is None
    put(world, version="v3")
    assert ready(world)["status"] == "ready" and world.http("submit", KITE).status == 202


def test_prompts_stay_out() -> None:
    """Of a refused prompt nothing is in the log or the store."""
    world = ruled(NO_KITES)
    world.http("submit", {"prompt": f"{PROMPT} kite"}, key=OWNER)

    assert stored(world) == []


def test_rows_of_a_batch() -> None:
    """Each row that a rule forbids is named with the rule, and nothing of the batch is taken."""
    world = ruled(NO_KITES)

    answer = world.http("submit_batch", {"items": [dict(SUBMIT), KITE]})

    assert (answer.status, answer.code) == (422, "policy_rejected")
    assert rules_of(answer.json) == [("kites", "#/items/1/prompt", "No kites.")]
    assert stored(world) == [] and not any(world.queue.messages.values())


def test_rows_that_are_wrong_and_forbidden() -> None:
    """What is wrong and what is not allowed come in one answer; wrong is what it is called."""
    world = ruled(NO_KITES)

    answer = world.http("submit_batch", {"items": [{**SUBMIT, "n": 0}, KITE]})

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert [one["pointer"] for one in answer.json["errors"]] == ["#/items/0/n", "#/items/1/prompt"]


def test_a_row_that_is_forbidden_by_the_time_it_is_placed() -> None:
    """The policy of that moment holds: the row ends refused, and was never a request."""
    world = ruled()
    batch = world.http("submit_batch", {"items": [dict(SUBMIT), KITE]}).json
    put(world, NO_KITES)
    world.drain()

    view = world.http("get_batch", id=batch["id"]).json

    assert [(one["status"], one["code"]) for one in view["items"]][1] == (
        "refused",
        "policy_rejected",
    )
    [member] = world.requests()
    assert world.s.journals.load(member).request.terms.policy is not None


def test_a_batch_that_was_taken() -> None:
    """It is answered as it was, with its key; another body is judged, and refused for its key."""
    world = ruled()
    body = {"items": [KITE, dict(SUBMIT)]}
    taken = world.http("submit_batch", body, headers=KEY).json["id"]
    put(world, NO_KITES)

    again = world.http("submit_batch", body, headers=KEY)
    other = world.http("submit_batch", {"items": [dict(SUBMIT)]}, headers=KEY)
    without_key = world.http("submit_batch", body)

    assert (again.status, again.json["id"]) == (202, taken)
    assert (other.code, without_key.code) == ("idempotency_key_reused", "policy_rejected")


def test_a_key_that_stands_for_no_batch_yet() -> None:
    """What was begun, but not taken, is judged again."""
    world = ruled()
    whole = world.s
    body = {"items": [KITE]}
    world.s = failing(whole, "blobs.put", StorageError(), times=1)
    assert world.http("submit_batch", body, headers=KEY).status == 503
    world.s = failing(whole, "appends.append", StorageError())
    assert world.http("submit_batch", body, headers=KEY).status == 503
    world.s = whole
    put(world, NO_KITES)

    assert world.http("submit_batch", body, headers=KEY).code == "policy_rejected"
