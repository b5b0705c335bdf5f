"""Rounds: what people want changed goes back to the model, and they look again."""

import hashlib
from dataclasses import replace
from typing import Any

from shared.chain.evidence import evidence_of
from shared.chain.verdict import OneImage
from shared.domain.budget import key_of
from shared.domain.transitions import State
from shared.errors import ModelRefused, ModelUnknown
from shared.security.tokens import read_review_token
from tests.crash.world import World
from tests.fakes import Plays, ScriptedModel
from tests.unit.chain.staged import ANA, BO, Told, stage

WARMER = "warmer light, please"


def revised(*stages: dict[str, Any], **fields: Any) -> Told:
    told = Told(*(stages or (stage(),)), **fields)
    told.says(ANA, "revise", comment=WARMER)
    told.wait(30)
    return told


def test_the_chosen_image_is_edited() -> None:
    """The model gets that very image, and is told what to change; then people look again."""
    told = Told(stage())
    first = told.request.images
    images = (OneImage(0, "reject"), OneImage(1, "revise"))
    told.says(ANA, "revise", images=images, comment=WARMER)
    told.wait(30)

    request, [_, call] = told.request, told.world.model.calls
    assert (request.state, request.round, request.chosen) == (State.REVIEWING, 2, 2)
    [sent] = told.world.model.sent[-1]
    assert hashlib.sha256(sent).hexdigest() == first[1].sha256
    assert WARMER in call.prompt and "a lighthouse" in call.prompt
    assert call.client_request_id == f"{told.id}-2"
    assert {image.blob.split("/")[1] for image in request.images} == {"r2a2"}


def test_generated_anew_where_nothing_can_edit() -> None:
    """Then the prompt grows by everything that was wished so far."""
    told = Told(stage(), n=1, world=World())
    [deployment] = told.world.s.terms.deployments
    only_draws = replace(deployment, api="responses")
    terms = replace(told.world.s.terms, deployments=(only_draws,))
    told.world.s = replace(told.world.s, terms=terms)
    for wish in (WARMER, "no gulls"):
        told.says(ANA, "revise", comment=wish)
        told.wait(30)

    last = told.world.model.calls[-1]
    assert (told.request.round, told.world.model.sent[-1]) == (3, [])
    assert WARMER in last.prompt and "no gulls" in last.prompt


def test_only_the_last_round_is_released() -> None:
    """Round by round other bytes are looked at; those that were approved go out."""
    told = revised()
    told.says(ANA, "approve", 0)

    assert (told.state, told.released()) == ("approved", ["0.png"])
    released = told.world.store.blobs["approved", f"{told.id}/0.png"].data
    assert hashlib.sha256(released).hexdigest() == told.request.images[0].sha256
    assert told.request.images[0].blob.startswith(f"{told.id}/r2a2/")


def test_lineage() -> None:
    """The resource shows where each round came from, and which images are of yesterday."""
    told = revised()
    shown = evidence_of(told.world.s.journals.load(told.id), told.world.s)["request"]

    assert shown["round"] == 2
    assert shown["rounds"] == [
        {"round": 1, "parent": None, "feedback": False, "edit": False},
        {"round": 2, "parent": 0, "feedback": True, "edit": True},
    ]
    states = [(one["round"], one["state"]) for one in shown["images"]]
    assert states == [(1, "superseded")] * 2 + [(2, "review")] * 2
    assert shown["approval"]["decisions"][0] | {"at": None} == {
        "stage": "brand",
        "round": 1,
        "reviewer": ANA,
        "decision": "revise",
        "at": None,
        "images": [{"index": k, "decision": "revise", "comment": None} for k in (0, 1)],
        "checklist": [],
        "withdrawn": False,
        "comment": WARMER,
        "via": "caller",
        "batch": None,
    }


def test_feedback_is_content() -> None:
    """What people wrote stays in the erasable half: no line of the journal has it."""
    told = revised()
    raw = told.world.store.blobs["requests", told.id].data

    assert WARMER.encode() not in raw
    assert b'"feedback":["' in raw


def test_links_of_the_round_before() -> None:
    """An approval of the earlier images approves nothing now; the wish itself may be repeated."""
    told = Told(stage())
    opening = told.request.opening
    assert opening is not None
    token = told.world.s.links.review_token(told.request, opening)
    claims = read_review_token(told.world.s.terms.ring, token, told.world.clock.now())
    sent = {"claims": claims, "caller": None}
    told.says(ANA, "revise", comment=WARMER, **sent)
    assert told.refused(BO, "approve", **sent) == "stale_round"
    told.wait(30)
    before = told.request
    told.says(ANA, "revise", comment="the same link once more", **sent)

    assert told.request == before
    assert told.refused(BO, "approve", **sent) == "stale_round"
    assert told.refused(BO, "approve", round=1) == "stale_round"


def test_five_rounds() -> None:
    """After the fifth there is only yes and no."""
    told = Told(stage())
    for _ in range(4):
        told.says(ANA, "revise", comment=WARMER)
        told.wait(30)
    assert told.request.round == 5
    assert told.refused(ANA, "revise", comment=WARMER) == "round_limit"
    told.says(ANA, "reject")

    assert (told.state, len(told.world.model.calls)) == ("rejected", 5)


def test_every_stage_looks_at_the_new_round() -> None:
    """What the first stage let through in the round before counts for nothing now."""
    told = Told(stage(), stage(name="legal"))
    told.says(ANA, "approve")
    assert told.stage == "legal"
    told.says(BO, "revise", comment=WARMER)
    told.wait(30)

    assert (told.state, told.stage, told.request.round) == ("reviewing", "brand", 2)
    told.says(ANA, "approve")
    told.says(BO, "approve", 1)
    assert (told.state, told.released()) == ("approved", ["1.png"])


def test_one_of_all_wants_another_round() -> None:
    """It is opened when all have been heard, with every wish."""
    told = Told(stage(ANA, BO, rule="all"))
    told.says(ANA, "revise", comment=WARMER)
    assert told.request.round == 1
    told.says(BO, "revise", comment="no gulls")
    told.wait(30)

    prompt = told.world.model.calls[-1].prompt
    assert told.request.round == 2 and WARMER in prompt and "no gulls" in prompt


def test_a_quorum_does_not_wait_for_a_wish() -> None:
    """Two of three have approved: what the third wanted changed goes out as it is."""
    told = Told(stage(ANA, BO, "caro@contoso.com", rule={"atLeast": 2}))
    told.says("caro@contoso.com", "revise", comment=WARMER)
    told.says(ANA, "approve")
    told.says(BO, "approve")

    assert told.state == "approved"


def test_wishes_that_say_nothing() -> None:
    """A wish needs words, and an image that is there."""
    told = Told(stage())
    missing = (OneImage(7, "revise"),)

    assert told.refused(ANA, "revise") == "invalid_request"
    assert told.refused(ANA, "revise", comment=WARMER, images=missing) == "invalid_request"


def test_a_wish_too_long_for_the_model() -> None:
    """It is refused before anybody pays for the refusal."""
    told = Told(stage(), prompt="x" * 31_000)

    assert told.refused(ANA, "revise", comment="y" * 1000) == "invalid_request"
    told.says(ANA, "revise", comment="y" * 500)
    told.wait(30)
    assert told.request.round == 2


def test_no_wishes_before_generation() -> None:
    """There is nothing to change yet."""
    told = Told(stage(), before=(stage(name="idea"),))

    assert told.refused(ANA, "revise", comment=WARMER) == "invalid_request"


def test_a_round_that_is_refused() -> None:
    """The request ends as any other that the model refuses; both calls are on the books."""
    world = World(model=ScriptedModel(Plays(), Plays(error=ModelRefused(code="content_filtered"))))
    told = revised(world=world)

    assert (told.state, told.request.error) == ("failed", "content_filtered")
    assert [key_of(told.id, one.number) for one in told.request.attempts] == [
        f"{told.id}.1",
        f"{told.id}.2",
    ]


def test_a_lost_call_of_an_earlier_round() -> None:
    """What turns up late of round 1 is paid for, and does not take the place of round 2."""
    model = ScriptedModel(Plays(error=ModelUnknown(), billed=True))
    told = Told(stage(), world=World(model=model, on_unknown="retry_once"))
    assert (told.state, told.request.chosen) == ("reviewing", 2)
    told.says(ANA, "revise", comment=WARMER)
    first, second = (f"{told.id}/r1a{number}/" for number in (1, 2))
    for name in [n for n in told.world.store.names("review", second)]:
        blob = told.world.store.blobs["review", name]
        told.world.store.blobs["review", name.replace(second, first)] = blob
    told.wait(30)

    request = told.request
    assert (request.state, request.round, request.chosen) == (State.REVIEWING, 2, 3)


def test_a_swapped_image_is_not_sent() -> None:
    """Bytes that are not those people looked at do not go to the model."""
    told = Told(stage())
    blob = told.request.images[0].blob
    told.world.store.blobs["review", blob].data += b"x"
    told.says(ANA, "revise", comment=WARMER)
    told.wait(30)

    attention = told.request.attention
    assert attention is not None and attention.code == "digest_mismatch"
    assert set(told.world.model.billed) == {f"{told.id}-1"}
