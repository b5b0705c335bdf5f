"""Several stages, several people: rules, vetoes, images by themselves."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from shared.chain.audit import verify
from shared.chain.evidence import evidence_of
from shared.chain.order import order_of
from shared.chain.request_keys import Origin
from shared.chain.verdict import OneImage, Verdict
from shared.chain.verdict_checks import MOST_OF_ALL, MOST_OF_ONE
from shared.domain.review_state import withdraw_until
from shared.domain.submission import SubmitBody
from shared.errors import Conflict, InvalidRequest
from shared.security.callers import Caller
from shared.security.tokens import read_review_token
from tests.crash.world import CALLER, World
from tests.unit.chain.staged import ANA, BO, CARO, DAN, DAY_S, Told, stage

BRAND, LEGAL = stage(), stage(name="legal")
BEFORE = {"before": [stage(name="idea")]}


def test_everyone_must_approve() -> None:
    """`all` never ends by the first answer, nor does a later no flip what has ended."""
    told = Told(stage(ANA, BO, rule="all"))
    told.says(ANA, "approve")
    assert told.state == "reviewing"
    told.says(BO, "approve")

    assert told.state == "approved"
    assert told.refused(ANA, "reject") == "already_decided"
    assert told.refused(CARO, "reject") == "already_decided"


def test_everyone_is_heard() -> None:
    """A no of one does not end `all` either: the others may still have something to say."""
    told = Told(stage(ANA, BO, rule="all"))
    told.says(ANA, "reject")
    assert told.state == "reviewing"
    told.says(BO, "approve")

    assert told.state == "rejected"


def test_the_first_answer_decides() -> None:
    """`any` ends by the first answer of whoever was asked, whatever it is."""
    for word, state in (("approve", "approved"), ("reject", "rejected")):
        told = Told(stage(ANA, BO))
        told.says(BO, word)  # type: ignore[arg-type]
        assert told.state == state


@pytest.mark.parametrize(
    ("answers", "state", "released"),
    [
        ([(ANA, 0, 1), (BO, 0, 1)], "approved", ["0.png", "1.png"]),
        ([(ANA,), (BO,)], "rejected", []),
        ([(ANA,), (BO, 0), (CARO, 0)], "approved", ["0.png"]),
        ([(ANA, 0), (BO, 1)], "reviewing", []),
        ([(ANA, 0), (BO, 1), (CARO, 1)], "approved", ["1.png"]),
        ([(ANA, 0), (BO, 0)], "reviewing", []),
    ],
)
def test_two_of_three(answers: list[tuple[Any, ...]], state: str, released: list[str]) -> None:
    """Each image needs its two; it goes on while another one could still get them."""
    told = Told(stage(ANA, BO, CARO, rule={"atLeast": 2}))
    for who, *keep in answers:
        told.says(who, "approve" if keep else "reject", *keep)
    if answers == [(ANA, 0), (BO, 0)]:
        assert told.request.standing.images == (0,)
        return

    assert (told.state, told.released()) == (state, released)


def test_what_has_passed_by_the_deadline() -> None:
    """Image 0 has its two by then, image 1 never got them: one is released, without a third."""
    told = Told(stage(ANA, BO, CARO, rule={"atLeast": 2}))
    told.says(ANA, "approve")
    told.says(BO, "approve", 0)
    assert told.state == "reviewing"
    told.wait(4 * 86_400)

    assert (told.state, told.released()) == ("approved", ["0.png"])


@pytest.mark.parametrize("rule", ["all", {"atLeast": 2}])
def test_veto(rule: object) -> None:
    """One no is enough."""
    told = Told(stage(ANA, BO, CARO, rule=rule, veto=True))
    told.says(BO, "reject")

    assert told.state == "rejected"


def test_veto_on_one_image() -> None:
    """It is about that image; of the other one all have to say."""
    told = Told(stage(ANA, BO, rule="all", veto=True))
    told.says(ANA, "approve", 1)
    assert told.state == "reviewing"
    told.says(BO, "approve")

    assert (told.state, told.released()) == ("approved", ["1.png"])


def test_two_stages() -> None:
    """The second is asked about what the first let through, and each by its own link."""
    told = Told(BRAND, LEGAL, n=3)
    told.says(ANA, "approve", 0, 2)
    assert (told.state, told.stage) == ("reviewing", "legal")
    assert told.request.opening is not None and told.request.opening.images == (0, 2)
    told.says(BO, "approve", 2)

    assert (told.state, told.released()) == ("approved", ["2.png"])
    assert told.events().count("approval.requested") == 2


PATIENT = stage(
    *(ANA, BO, CARO),
    rule={"atLeast": 2},
    releaseDelay="PT24H",
    onDeadline="escalate",
    escalateTo=[DAN],
)


def passing_at_the_deadline() -> Told:
    """One image has enough approvals, the other waits for the third answer, and nobody gives it."""
    told = Told(PATIENT)
    told.says(ANA, "approve", 0)
    told.wait(3 * DAY_S - 90)
    told.says(BO, "approve")
    told.wait(150)
    return told


def test_a_delay_that_begins_before_the_deadline() -> None:
    """What has passed by then takes effect after the delay, and nothing else is heard."""
    told = passing_at_the_deadline()
    opening = told.request.opening
    assert opening is not None and told.world.clock.now() > opening.deadline
    assert (told.state, told.released()) == ("reviewing", [])
    assert told.refused(CARO, "approve") == "already_decided"
    told.wait(DAY_S)

    assert (told.state, told.released()) == ("approved", ["0.png"])
    assert told.refused(BO, "withdraw") == "already_decided"
    assert verify(pack(told)) == []


def test_taken_back_after_the_deadline() -> None:
    """Nothing has passed then, so others are asked, for as long again."""
    told = passing_at_the_deadline()
    assert told.request.opening is not None
    until = withdraw_until(told.request, told.known(BO), told.world.clock.now())
    assert until is not None and until > told.request.opening.deadline
    told.says(BO, "withdraw")

    assert (told.state, told.released()) == ("reviewing", [])
    assert told.request.opening.escalated
    told.says(DAN, "approve", 1)
    told.wait(2 * DAY_S)
    assert told.released() == []


def test_a_rejection_ends_the_request() -> None:
    """Whoever comes later is not asked."""
    told = Told(BRAND, LEGAL)
    told.says(ANA, "reject")

    assert told.state == "rejected"
    assert told.events().count("approval.requested") == 1


def test_images_an_earlier_stage_rejected() -> None:
    """They are shown as rejected, and nobody can bring them back."""
    told = Told(BRAND, LEGAL)
    told.says(ANA, "approve", 1)
    shown = pack(told)["request"]

    assert [one["state"] for one in shown["images"]] == ["rejected", "review"]
    assert shown["images"][0]["url"] is None
    both = (OneImage(0, "approve"), OneImage(1, "approve"))
    assert told.refused(BO, "approve", images=both) == "invalid_request"


def test_a_repeat_is_no_answer_to_the_next_stage() -> None:
    """A flow's repeat finds another stage open: by link or without one, it approves nothing."""
    told = Told(BRAND, LEGAL)
    opening = told.request.opening
    assert opening is not None
    token = told.world.s.links.review_token(told.request, opening)
    claims = read_review_token(told.world.s.terms.ring, token, told.world.clock.now())
    sent = {"claims": claims, "caller": None}
    told.says(ANA, "approve", **sent)
    before = told.request
    assert told.stage == "legal"
    told.says(ANA, "approve", **sent)
    told.says(ANA, "approve")

    assert told.request == before
    assert told.refused(BO, "approve", **sent) == "stale_round"
    told.says(ANA, "approve", stage="legal")
    assert told.state == "approved"


def linked(told: Told, who: str | None = None) -> dict[str, Any]:
    """What comes with a verdict by a link to the stage that is open."""
    opening, s = told.request.opening, told.world.s
    assert opening is not None
    token = s.links.review_token(told.request, opening, told.known(who) if who else "*")
    return {
        "claims": read_review_token(s.terms.ring, token, told.world.clock.now()),
        "caller": None,
    }


@pytest.mark.parametrize("named", [{}, {"stage": "brand"}, {"round": 2}])
def test_a_link_says_which_round_is_meant(named: dict[str, Any]) -> None:
    """Whatever else the body names: what was said in the round before is no answer to this one."""
    told = Told(BRAND)
    told.says(ANA, "revise", comment="warmer", **linked(told))
    told.wait(30)
    told.says(ANA, "revise", comment="warmer still", **linked(told), **named)

    assert [one.data.round for one in told.request.decisions] == [1, 2]


def test_a_link_says_which_stage_is_meant() -> None:
    """A body that names the round only is as good as one that names nothing."""
    told = Told(BRAND, LEGAL)
    first = linked(told, ANA)
    told.says(ANA, "approve", **first)
    assert told.stage == "legal"
    told.says(ANA, "approve", round=1, **linked(told, ANA))

    assert told.state == "approved"
    told.says(ANA, "approve", round=1, **first)
    assert told.refused(ANA, "approve", round=2, **first) == "already_decided"


def test_a_link_and_a_body_that_contradict_each_other() -> None:
    """Neither place counts, whatever was said at each of them."""
    told = Told(stage(ANA, BO, rule="all"))
    told.says(ANA, "approve")
    first = linked(told)
    told.says(BO, "revise", comment="warmer")
    told.wait(30)
    told.says(ANA, "approve", stage="brand", round=2)

    assert told.refused(ANA, "approve", round=2, **first) == "stale_round"
    told.says(ANA, "approve", round=1, **first)
    assert len(told.request.decisions) == 3


def test_half_a_place_leaves_a_doubt() -> None:
    """It may be a flow's repeat, or an answer to what is open: it is refused, and told why."""
    told = Told(stage(ANA, BO, rule="all"))
    told.says(ANA, "approve")
    told.says(BO, "revise", comment="warmer")
    told.wait(30)
    with pytest.raises(Conflict) as caught:
        told.says(ANA, "approve", stage="brand")
    assert caught.value.code == "stale_round" and "name both" in str(caught.value)
    told.says(ANA, "approve", stage="brand", round=1)
    assert len(told.request.decisions) == 2
    told.says(ANA, "approve", stage="brand", round=2)
    assert len(told.request.decisions) == 3
    told.says(ANA, "approve", stage="brand")

    assert len(told.request.decisions) == 3


def test_half_a_place_of_somebody_who_is_not_asked_now() -> None:
    """Where the open stage asks others, or is named by no means, it is a repeat."""
    told = Told(BRAND, stage(BO, name="legal"))
    told.says(ANA, "approve")
    assert told.stage == "legal"
    for named in ({"stage": "brand"}, {"round": 1}):
        told.says(ANA, "approve", **named)

    assert len(told.request.decisions) == 1


def test_the_same_person_once() -> None:
    """Under two of their names one person still has one voice."""
    told = Told(stage(ANA, BO, rule="all"))
    told.says(ANA, "approve")
    told.says(ANA.upper(), "approve")
    alias = Verdict("approve", reviewer="a@x.y", also_known_as=(ANA,), caller=CALLER)

    assert told.state == "reviewing"
    assert told.refused(ANA, "reject") == "already_decided"
    told.says(alias.reviewer, "approve", also_known_as=alias.also_known_as)
    assert (told.state, len(told.request.decisions)) == ("reviewing", 1)


def test_before_generation() -> None:
    """The prompt is judged first; the question is bound to its digest, and nothing is bought."""
    told = Told(BRAND, before=(stage(ANA, name="idea"),))
    opening = told.request.opening
    assert told.state == "asking" and opening is not None
    assert (opening.phase, opening.manifest_sha256) == ("before", told.request.terms.prompt_sha256)
    assert told.world.model.calls == []
    told.says(ANA, "approve")
    told.wait(30)

    assert (told.state, told.stage, len(told.world.model.calls)) == ("reviewing", "brand", 1)


def test_rejected_before_generation() -> None:
    """Nothing is generated."""
    told = Told(BRAND, before=(stage(name="idea"), stage(name="money")))
    told.says(ANA, "approve")
    assert (told.state, told.stage) == ("asking", "money")
    told.says(BO, "reject")

    assert (told.state, told.world.model.calls) == ("rejected", [])
    assert verify(pack(told)) == []


def test_only_before_generation() -> None:
    """Where nobody is asked about images, they are released once the prompt was let through."""
    world = World()
    world.s = replace(world.s, terms=replace(world.s.terms, default_approval=BEFORE))
    told = Told(world=world, approval="default")
    told.says(ANA, "approve")
    told.wait(30)

    assert (told.state, told.released()) == ("approved", ["0.png", "1.png"])
    assert verify(pack(told)) == []


def test_checklist() -> None:
    """What has to be ticked is named; who rejects ticks nothing."""
    ticks = ["copyright", "likeness"]
    told = Told(stage(rule="any", checklist=ticks))
    with pytest.raises(InvalidRequest) as caught:
        told.says(ANA, "approve", checklist=("likeness", "mood"))
    found = {(one.pointer, one.detail) for one in caught.value.faults}
    assert found == {
        ("#/checklist/1", "It is not on the checklist of this stage."),
        ("#/checklist", "Not ticked: number 1 of the list."),
    }
    told.says(ANA, "approve", checklist=tuple(ticks))

    assert told.state == "approved"
    assert pack(told)["decisions"][0]["checklist"] == ticks
    again = Told(stage(rule="any", checklist=ticks))
    again.says(ANA, "reject")
    assert again.state == "rejected"


def test_a_pack_with_words_on_one_image() -> None:
    """What was said of one image is shown and not proven, so the pack holds with it and without."""
    told = Told(BRAND)
    images = (OneImage(0, "approve"), OneImage(1, "reject", comment="six fingers"))
    told.says(ANA, "approve", images=images, comment="Image 2: six fingers")
    told.wait(60)

    said = [one["comment"] for one in pack(told)["decisions"][0]["images"]]
    assert (told.state, said) == ("approved", [None, "six fingers"])
    assert verify(pack(told)) == []
    told.wait(60 * DAY_S)
    assert [one["comment"] for one in pack(told)["decisions"][0]["images"]] == [None, None]
    assert verify(pack(told)) == []


def test_a_pack_with_words_on_a_wished_image() -> None:
    """A wish for another round may say which image it is about, and what is wrong with others."""
    told = Told(BRAND)
    images = (OneImage(0, "reject", comment="bad"), OneImage(1, "revise", comment="warm"))
    told.says(ANA, "revise", images=images, comment="warmer")
    told.wait(60)

    assert verify(pack(told)) == []


def pack(told: Told) -> dict[str, Any]:
    return evidence_of(told.world.s.journals.load(told.id), told.world.s)


def caller(approval: Mapping[str, object]) -> Caller:
    return replace(CALLER, approval=approval)


ROUTES = {
    "after": [stage()],
    "routes": [
        {"when": {"costOverUsd": 0.3}, "stage": stage(DAN, name="finance")},
        {"when": {"imagesOver": 4, "costOverUsd": 0.01}, "stage": stage(name="lead"),
         "phase": "after"},
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"n": 1}, ["brand"]),
        ({"n": 4}, ["brand"]),
        ({"n": 10, "quality": "high"}, ["finance", "brand", "lead"]),
        ({"n": 5, "quality": "low"}, ["brand", "lead"]),
        ({"n": 10, "quality": "high", "approval": {"after": [stage(name="own")]}},
         ["finance", "own", "lead"]),
    ],
)  # fmt: skip
def test_routes(fields: dict[str, Any], names: list[str]) -> None:
    """What is dear or many is seen by more people, whatever the request itself asks for."""
    world = World()
    body = {"prompt": "x", **fields}
    order = order_of(body, SubmitBody, caller(ROUTES), Origin(), world.s)

    assert [one.name for one in order.stages] == names
    assert [one.phase for one in order.stages if one.name in ("finance", "lead")] == [
        phase for name, phase in (("finance", "before"), ("lead", "after")) if name in names
    ]


def test_no_link_makes_a_journal_without_end() -> None:
    """Whoever answers and takes back again and again is stopped; everybody else may answer."""
    told = Told(stage(ANA, BO, rule="all"))
    for _ in range(MOST_OF_ONE):
        told.says(ANA, "approve")
        told.says(ANA, "withdraw")

    assert told.refused(ANA, "reject") == "verdict_limit"
    told.says(BO, "reject")
    assert [one.data.reviewer for one in told.request.verdicts()] == [told.known(BO)]


def test_a_place_is_not_passed_on_for_ever() -> None:
    """Nor do people make one by naming others."""
    people = [f"person{number}@contoso.com" for number in range(MOST_OF_ONE + 1)]
    told = Told(stage(people[0], delegate=True))
    for giver, taker in pairwise(people):
        told.says(giver, "delegate", to=taker)

    assert told.refused(people[-1], "delegate", to=BO) == "verdict_limit"
    told.says(people[-1], "approve")
    told.wait(30)
    assert told.state == "approved"


def test_one_link_for_all_makes_none_either() -> None:
    """Whatever names are given with it."""
    told = Told(stage(releaseDelay="PT24H"))
    for number in range(MOST_OF_ALL):
        told.says(f"person{number}@contoso.com", "approve")
        told.says(f"person{number}@contoso.com", "withdraw")

    assert told.refused(BO, "approve") == "verdict_limit"
