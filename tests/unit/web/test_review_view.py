"""What the review page is served: what a link asks about, and nothing that took its place."""

import base64
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from shared.chain.advance import advance
from shared.chain.review_view import Looker, review_of
from shared.domain import facts, names
from shared.domain.messages import Nudge
from shared.security.callers import Caller, CallerBook, Role
from shared.security.people import pseudonym
from shared.security.tokens import ANYONE, ReviewClaims
from shared.web.access import Gate
from tests.fakes import small_png
from tests.unit.chain.staged import ANA, BO
from tests.unit.domain.test_review_state import GATE_PASSED as PASSED
from tests.unit.histories import GATED, intended, opened_before, request_of, seconds
from tests.unit.web.test_reviewing import APPROVE, UNKNOWN
from tests.unit.web.world import (
    FLOW,
    OPERATOR,
    OTHER,
    OWNER,
    PRINCIPAL,
    PROMPT,
    PUBLIC_URL,
    SUBMIT,
    Answered,
    World,
    book,
    query_of,
    terms,
)

SECRET = {"prompt": PROMPT, "includePrompt": True}
WARMER = {"decision": "revise", "comment": "warmer light", "reviewer": ANA}


def asked(world: World, *, before: bool = False, body: Any = SUBMIT, **fields: Any) -> str:
    stage = {"name": "brand", "reviewers": [ANA, BO], **fields}
    gate = [{**stage, "name": "idea"}] if before else []
    return world.reviewing({**body, "approval": {"before": gate, "after": [stage]}})


def link(world: World, request_id: str, who: str | None = None) -> str:
    """The token of the open stage, in its own phase."""
    opening = world.s.journals.load(request_id).request.opening
    assert opening is not None
    person = {"reviewer": pseudonym(world.s.terms.ring, who)} if who else {}
    return world.token(request_id, phase=opening.phase, **person)


def looked(world: World, request_id: str, token: str) -> Answered:
    return world.http("review_view", key=None, headers={"x-review-token": token}, id=request_id)


def seen(world: World, request_id: str, token: str) -> dict[str, Any]:
    answer = looked(world, request_id, token)
    assert answer.status == 200, answer.json
    return answer.json


def say(world: World, request_id: str, token: str, body: dict[str, Any] = APPROVE) -> None:
    answer = world.http("decision", body, key=None, query={"token": token}, id=request_id)
    assert answer.status == 200, answer.json
    world.drain()


def fetched(world: World, url: str, **named: Any) -> Answered:
    """The link of an image, as a browser opens it."""
    _, _, place = urlsplit(url).path.rpartition("/images/")
    request_id, _, index = place.split("/")
    query = {**query_of(url), **named}
    return world.http("content", key=None, query=query, id=request_id, index=index)


def test_an_open_stage() -> None:
    """All that is needed to decide, and the images open by their links alone."""
    world = World()
    request_id = asked(world, body={**SUBMIT, "n": 2, "purpose": "a poster"}, delegate=True)

    view = seen(world, request_id, link(world, request_id, ANA))

    assert view["state"] == "open"
    assert view["stage"] == {"phase": "after", "name": "brand", "round": 1}
    assert view["reviewer"] == {
        "name": ANA,
        "personal": True,
        "caller": None,
        "mayDecide": True,
        "answered": False,
        "withdrawUntil": None,
        "mayDelegate": True,
    }
    assert (view["request"]["purpose"], view["roundsLeft"], view["prompt"]) == ("a poster", 4, None)
    [round_] = view["rounds"]
    assert (round_["round"], round_["parent"], round_["edit"]) == (1, None, False)
    assert round_["images"] == view["request"]["images"]
    for image in round_["images"]:
        assert len(fetched(world, image["url"]).body) == image["bytes"]
    assert view["inputs"] == []


def test_looking_changes_nothing() -> None:
    """Whoever opens a link, a mail scanner too, leaves no trace."""
    world = World()
    request_id = asked(world)
    token = link(world, request_id)
    before = {place: blob.data for place, blob in world.store.blobs.items()}

    seen(world, request_id, token)

    assert {place: blob.data for place, blob in world.store.blobs.items()} == before


def test_a_link_for_whoever_holds_it() -> None:
    """It names nobody, and nobody has answered by it."""
    world = World()
    request_id = asked(world, rule="all")
    say(world, request_id, link(world, request_id), {**APPROVE, "reviewer": ANA})

    reviewer = seen(world, request_id, link(world, request_id))["reviewer"]

    assert (reviewer["name"], reviewer["personal"], reviewer["answered"]) == (None, False, False)


@pytest.mark.parametrize(("body", "shown"), [(SUBMIT, None), (SECRET, PROMPT)])
def test_the_prompt(body: dict[str, Any], shown: str | None) -> None:
    """It is shown where it is decided about; of images only when the request says so."""
    world = World()
    request_id = asked(world, before=True, body=body)
    gate = link(world, request_id)
    assert seen(world, request_id, gate)["prompt"] == PROMPT
    say(world, request_id, gate, {**APPROVE, "reviewer": ANA})

    assert seen(world, request_id, link(world, request_id))["prompt"] == shown
    by_caller = world.http("review_view", key=OPERATOR, id=request_id).json
    assert by_caller["prompt"] == shown
    world.s.blobs.delete(names.CONTENT, names.content_of(request_id))
    assert seen(world, request_id, gate)["prompt"] is None


def test_a_gate_sees_no_images() -> None:
    """A link to decide about a prompt opens none of what came of it."""
    world = World()
    request_id = asked(world, before=True)
    gate = link(world, request_id)
    say(world, request_id, gate, {**APPROVE, "reviewer": ANA})

    view = seen(world, request_id, gate)

    assert view["state"] == "superseded"
    assert view["request"]["images"] == view["rounds"][0]["images"] == []


def test_rounds_side_by_side() -> None:
    """The later round shows the earlier one's images and what was wished for."""
    world = World()
    request_id = asked(world)
    say(world, request_id, link(world, request_id), WARMER)

    view = seen(world, request_id, link(world, request_id))

    first, second = view["rounds"]
    assert (second["parent"], second["feedback"], view["roundsLeft"]) == (0, ["warmer light"], 3)
    assert first["images"][0]["sha256"] != second["images"][0]["sha256"]
    for round_ in (first, second):
        [image] = round_["images"]
        answer = fetched(world, image["url"])
        assert (answer.status, len(answer.body)) == (200, image["bytes"])


def test_links_of_rounds_are_not_exchanged() -> None:
    """A link to one round's image opens no other round's, nor does one to decide by."""
    world = World()
    request_id = asked(world)
    old = link(world, request_id)
    say(world, request_id, old, WARMER)
    present = link(world, request_id)
    first, second = (one["images"][0]["url"] for one in seen(world, request_id, present)["rounds"])
    place = f"https://h/images/{request_id}/content/0"

    assert fetched(world, first, round="2").status == 404
    assert fetched(world, second, round="1").status == 404
    assert fetched(world, place, token=query_of(first)["token"]).status == 404
    assert fetched(world, place, token=old, round="1").status == 404
    assert fetched(world, place, token=present, round="1").status == 404
    assert fetched(world, place, token=present, round="2").status == 200
    assert fetched(world, first, round="6").pointers == {"#/query/round"}
    assert fetched(world, first, round="3").status == 404


def test_a_superseded_link() -> None:
    """It says so, and shows neither the new images nor what was said about them."""
    world = World()
    request_id = asked(world)
    old = link(world, request_id, ANA)
    say(world, request_id, old, {**WARMER, "reviewer": ANA})
    hint = {**APPROVE, "reviewer": BO, "comment": "canary"}
    world.http("decision", hint, key=None, query={"token": link(world, request_id)}, id=request_id)

    answer = looked(world, request_id, old)

    view = answer.json
    assert (view["state"], view["stage"]["round"]) == ("superseded", 1)
    assert view["request"]["images"] == []
    assert [(one["round"], one["images"]) for one in view["rounds"]] == [(1, [])]
    assert b"canary" not in answer.body
    assert b"sig=" not in answer.body


def test_an_earlier_stage_of_the_same_images() -> None:
    """They are the very images that its link was made for."""
    world = World()
    stages = [{"name": name, "reviewers": [ANA, BO]} for name in ("brand", "legal")]
    request_id = world.reviewing({**SUBMIT, "approval": {"after": stages}})
    old = link(world, request_id)
    say(world, request_id, old, {**APPROVE, "reviewer": ANA})

    view = seen(world, request_id, old)

    assert (view["state"], len(view["rounds"][0]["images"])) == ("superseded", 1)


def test_swapped_images_are_anothers() -> None:
    """Under the same name and round, a link for other bytes is superseded and shows none."""
    world = World()
    request_id = asked(world)
    view = seen(world, request_id, world.token(request_id, manifest="ab" * 32))

    assert (view["state"], view["request"]["images"]) == ("superseded", [])


def test_time_and_ends() -> None:
    """Past its deadline, cancelled, decided: the link says which."""
    world = World()
    late, cancelled, done = asked(world), asked(world), asked(world)
    tokens = {
        one: world.token(one, expires_at=world.clock.now() + timedelta(days=30))
        for one in (late, cancelled, done)
    }
    world.http("cancel", key=FLOW, id=cancelled)
    say(world, done, tokens[done], {**APPROVE, "reviewer": ANA})
    world.clock.advance(73 * 3600)

    states = [seen(world, one, tokens[one])["state"] for one in (late, cancelled, done)]

    assert states == ["closed", "closed", "decided"]
    assert seen(world, done, tokens[done])["request"]["images"][0]["url"] is not None


def test_undo() -> None:
    """While a verdict can be taken back, its reviewer is told until when; nobody else is."""
    world = World()
    request_id = asked(world, releaseDelay="PT1H", delegate=True)
    mine, other = link(world, request_id, ANA), link(world, request_id, BO)
    say(world, request_id, mine)
    until = world.clock.now() + timedelta(hours=1)

    view = seen(world, request_id, mine)

    assert (view["state"], view["reviewer"]["answered"]) == ("decided", True)
    assert view["reviewer"]["withdrawUntil"] == f"{until:%Y-%m-%dT%H:%M:%S}.000Z"
    assert view["reviewer"]["mayDelegate"] is False
    assert seen(world, request_id, other)["reviewer"]["withdrawUntil"] is None
    world.clock.advance(3600)
    assert seen(world, request_id, mine)["reviewer"]["withdrawUntil"] is None


def test_undo_while_others_are_asked() -> None:
    """Before the stage is settled a verdict can be taken back up to the deadline."""
    world = World()
    request_id = asked(world, rule="all")
    mine = link(world, request_id, ANA)
    say(world, request_id, mine)
    view = seen(world, request_id, mine)

    assert view["state"] == "open"
    assert view["reviewer"]["withdrawUntil"] == view["request"]["approval"]["deadline"]
    say(world, request_id, mine, {"decision": "withdraw"})
    again = seen(world, request_id, mine)["reviewer"]
    assert (again["answered"], again["withdrawUntil"]) == (False, None)


def test_a_place_given_away() -> None:
    """Whose place it was is asked nothing any more; whose it is now, is."""
    world = World()
    request_id = asked(world, delegate=True)
    mine = link(world, request_id, ANA)
    say(world, request_id, mine, {"decision": "delegate", "to": "caro@contoso.com"})

    assert seen(world, request_id, mine)["state"] == "notOpen"
    caros = seen(world, request_id, link(world, request_id, "caro@contoso.com"))
    assert (caros["state"], caros["reviewer"]["name"]) == ("open", "caro@contoso.com")


def test_callers() -> None:
    """The role decide sees any request, as it decides on any; others see none."""
    world = World()
    request_id, early = asked(world), world.submitted()

    view = world.http("review_view", key=OPERATOR, id=request_id).json
    assert (view["state"], view["stage"]["name"]) == ("open", "brand")
    assert (view["reviewer"]["personal"], len(view["rounds"][0]["images"])) == (False, 1)
    nothing = world.http("review_view", key=OPERATOR, id=early).json
    assert (nothing["state"], nothing["stage"], nothing["rounds"][0]["images"]) == (
        "notOpen",
        None,
        [],
    )
    assert world.http("review_view", key=OTHER, id=request_id).status == 403
    assert world.http("review_view", key=OPERATOR, id=UNKNOWN).status == 404


def test_a_caller_has_answered() -> None:
    """A verdict without a name counts as the caller's own."""
    world = World()
    request_id = world.reviewing({**SUBMIT, "approval": {"after": [{"releaseDelay": "PT1H"}]}})
    world.http("decision", APPROVE, key=OPERATOR, id=request_id)

    reviewer = world.http("review_view", key=OPERATOR, id=request_id).json["reviewer"]

    assert reviewer["answered"] and reviewer["withdrawUntil"]
    assert reviewer["name"] is None


def test_tokens_that_open_nothing() -> None:
    """Another request's, one for looking, an expired one: refused as everywhere."""
    world = World()
    request_id, other = asked(world), asked(world)
    expired = world.token(request_id, expires_at=world.clock.now())
    tokens = [world.token(other), world.token(request_id, phase="view"), "", expired]

    codes = [looked(world, request_id, token).code for token in tokens]

    assert codes == ["invalid_token", "invalid_token", "invalid_token", "expired_token"]


def edit(world: World, **fields: Any) -> str:
    sent = {**SUBMIT, "inputImages": [{"base64": _PNG}], "quality": "low"}
    return asked(world, body=sent, **fields)


_PNG = base64.b64encode(small_png(7)).decode()


@pytest.mark.parametrize("before", [True, False])
def test_inputs_to_compare_with(before: bool) -> None:
    """An edit's reviewers see what was given; the bytes are those of the record."""
    world = World()
    request_id = edit(world, before=before)
    [given] = seen(world, request_id, link(world, request_id))["inputs"]

    answer = fetched(world, given["url"])
    assert (answer.status, answer.body) == (200, small_png(7))
    assert given["role"] == "image" and given["sha256"]
    [name] = world.store.names(names.INPUTS)
    world.store.blobs[names.INPUTS, name].data = b"swapped"
    assert fetched(world, given["url"]).code == "digest_mismatch"
    world.s.blobs.delete(names.INPUTS, name)
    assert fetched(world, given["url"]).status == 404


def test_inputs_are_bound_too() -> None:
    """To the request's own, to the number asked for, and to links that may see them."""
    world = World()
    request_id, plain = edit(world), asked(world)
    place = f"https://h/images/{request_id}/content/0"
    own = link(world, request_id)
    [given] = seen(world, request_id, own)["inputs"]

    assert fetched(world, place, token=own, input="0").status == 200
    assert fetched(world, given["url"], input="1").status == 404
    assert fetched(world, given["url"].replace("content/0", "content/1")).status == 404
    assert fetched(world, given["url"], input="x").pointers == {"#/query/input"}
    elsewhere = fetched(world, given["url"].replace(request_id, plain))
    assert (elsewhere.status, elsewhere.code) == (401, "invalid_token")
    stray = world.token(request_id, phase="view", manifest="ab" * 32)
    assert fetched(world, place, token=stray, input="0").status == 404
    old = link(world, request_id)
    say(world, request_id, old, WARMER)
    assert seen(world, request_id, old)["inputs"] == []
    assert fetched(world, place, token=old, input="0").status == 404
    assert (
        world.http("content", key=OTHER, query={"input": "0"}, id=request_id, index="0").status
        == 404
    )
    assert (
        world.http("content", key=FLOW, query={"input": "0"}, id=request_id, index="0").status
        == 200
    )


def test_after_the_end() -> None:
    """Of a decided request what was released opens; earlier rounds do not, inputs while kept."""
    world = World()
    request_id = edit(world)
    say(world, request_id, link(world, request_id), WARMER)
    token = world.token(request_id, expires_at=world.clock.now() + timedelta(days=30))
    earlier = seen(world, request_id, token)["rounds"][0]["images"][0]["url"]
    say(world, request_id, token, {**APPROVE, "reviewer": ANA})

    view = seen(world, request_id, token)
    first, second = (one["images"][0] for one in view["rounds"])
    assert (view["state"], first["url"], second["state"]) == ("decided", None, "approved")
    assert fetched(world, second["url"]).status == 200
    assert fetched(world, earlier).status == 404
    assert fetched(world, view["inputs"][0]["url"]).status == 200
    for _ in range(2):  # each look deletes what one retention phase covers
        world.clock.advance(8 * 86_400)
        advance(Nudge(request_id=request_id, since=0, due=None), world.s)
    assert [one["url"] for one in seen(world, request_id, token)["inputs"]] == [None]


def test_undo_of_another_stage() -> None:
    """What can be taken back in a later stage is none of an earlier link's business."""
    world = World()
    brand = {"name": "brand", "reviewers": [ANA]}
    stages = [brand, {**brand, "name": "legal", "releaseDelay": "PT1H"}]
    request_id = world.reviewing({**SUBMIT, "approval": {"after": stages}})
    first = link(world, request_id, ANA)
    say(world, request_id, first)
    second = link(world, request_id, ANA)
    say(world, request_id, second)

    old, new = (seen(world, request_id, one)["reviewer"] for one in (first, second))
    assert (old["answered"], old["withdrawUntil"]) == (True, None)
    assert new["answered"] and new["withdrawUntil"]


def test_giving_away_ends_with_an_answer() -> None:
    """While others are still asked, whoever has answered has no place to give away."""
    world = World()
    request_id = asked(world, rule="all", delegate=True)
    mine = link(world, request_id, ANA)
    assert seen(world, request_id, mine)["reviewer"]["mayDelegate"]
    say(world, request_id, mine)

    assert not seen(world, request_id, mine)["reviewer"]["mayDelegate"]
    assert seen(world, request_id, link(world, request_id, BO))["reviewer"]["mayDelegate"]


def test_no_preview_of_what_is_made() -> None:
    """A link to decide by shows nothing of the images that are being made; a caller's look does."""
    world = World()
    history = (GATED, opened_before(), PASSED, facts.Queued(), intended())
    request = request_of(*history)
    claims = ReviewClaims(
        *(request.id, "before", "idea", 1, request.terms.prompt_sha256, ANYONE, seconds(9999))
    )

    by_link = review_of(request, None, Looker(claims), world.s)
    by_caller = review_of(request, None, Looker(None, "judge"), world.s)

    assert by_caller.request.progress.preview_url is not None
    assert by_link.request.progress.preview_url is None
    assert (by_link.state, by_link.prompt) == ("decided", None)


def test_run_again() -> None:
    """A request that is run again lets reviewers see the prompt as the first one did."""
    world = World()
    request_id = asked(world, body=SECRET)
    world.http("cancel", key=FLOW, id=request_id)
    again = world.http("rerun", key=FLOW, id=request_id).json["id"]
    world.drain()

    assert seen(world, again, link(world, again))["prompt"] == PROMPT


def test_a_key_instead_of_a_link() -> None:
    """A caller with the role is shown what is open, decides, and is told what stands."""
    world = World()
    request_id = world.reviewing(SUBMIT, OTHER)

    view = world.http("review_view", key=FLOW, id=request_id).json
    assert (view["state"], view["stage"]["name"]) == ("open", "review")
    assert (view["reviewer"]["caller"], view["reviewer"]["mayDecide"]) == ("flow", True)
    assert len(fetched(world, view["request"]["images"][0]["url"]).body) > 0
    body = {"decision": "approve", "stage": "review", "round": 1}
    assert world.http("decision", body, key=FLOW, id=request_id).status == 200

    reviewer = world.http("review_view", key=FLOW, id=request_id).json["reviewer"]
    assert (reviewer["personal"], reviewer["answered"]) == (False, True)


@pytest.mark.parametrize(("key", "may"), [(FLOW, False), (OWNER, True), (OPERATOR, True)])
def test_on_a_request_of_ones_own(key: str, may: bool) -> None:
    """Who may not decide on it is told so before trying; another may, or who has `decideOwn`."""
    world = World()
    stage = {"name": "brand", "reviewers": [ANA], "delegate": True}
    own = FLOW if key == OPERATOR else key
    request_id = world.reviewing({**SUBMIT, "approval": {"after": [stage]}}, own)

    reviewer = world.http("review_view", key=key, id=request_id).json["reviewer"]

    assert (reviewer["mayDecide"], reviewer["mayDelegate"]) == (may, may)
    answer = world.http("decision", {**APPROVE, "reviewer": ANA}, key=key, id=request_id)
    assert answer.status == (200 if may else 403)


def test_the_link_of_the_resource_is_no_right() -> None:
    """It names the request and nothing else; without a key, or the role, nothing is shown."""
    world = World()
    request_id = world.reviewing()
    page, _, fragment = world.resource(request_id)["links"]["review"].partition("#")

    assert (page, fragment) == (f"{PUBLIC_URL}/review", f"request={request_id}")
    assert world.http("review_view", key=None, id=request_id).code == "unauthorized"
    assert world.http("review_view", key=OTHER, id=request_id).code == "forbidden"


def test_whom_the_platform_signed_in() -> None:
    """An Entra principal with the role looks and decides without a key, where it counts."""
    person = Caller("person", frozenset({Role.DECIDE}), principals=(PRINCIPAL,))
    callers = CallerBook((*book().callers[:-1], person))
    world = World(gate=Gate(entra=True, easy_auth=True), terms=terms(callers=callers))
    request_id = world.reviewing()
    headers = {"x-ms-client-principal-id": PRINCIPAL, "x-ms-client-principal-idp": "aad"}

    view = world.http("review_view", key=None, headers=headers, id=request_id).json
    assert (view["reviewer"]["caller"], view["reviewer"]["mayDecide"]) == ("person", True)
    body = {"decision": "approve"}
    assert world.http("decision", body, key=None, headers=headers, id=request_id).status == 200
    world.gate = Gate(entra=True, easy_auth=False)
    assert world.http("review_view", key=None, headers=headers, id=request_id).status == 401
