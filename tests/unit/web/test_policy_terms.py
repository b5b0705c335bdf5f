"""What a policy sets for every request: how texts are screened, and whether provenance counts."""

import json
from typing import Any

import pytest

from shared.domain.facts import Accepted
from shared.domain.policy_reading import Surroundings, read_policy
from shared.domain.screening import ScreeningRules, Thresholds
from shared.errors import PolicyBroken
from tests.unit.hero import put
from tests.unit.web.world import SUBMIT, World, terms

SCREENED = Surroundings(screened=True)
HERO: dict[str, Any] = {"template": {"name": "hero", "variables": {"product": "watch"}}}


def ruled(screened: ScreeningRules | None = None, **document: Any) -> World:
    """A world in which texts are screened by `screened` if the policy says nothing of it."""
    data = json.dumps({"version": "v1", **document}).encode()
    around = Surroundings(screened=screened is not None)
    return World(terms=terms(policy=read_policy(data, around), screening=screened))


def accepted(world: World, body: dict[str, Any]) -> Accepted:
    answer = world.http("submit", body)
    assert answer.status == 202, answer.body
    return world.s.journals.load(answer.json["id"]).request.terms


def test_limits_of_screening() -> None:
    """Those of the policy are agreed with the request."""
    world = ruled(
        ScreeningRules(),
        screening={"violence": 2, "sexual": None, "blocklists": ["brand-terms"]},
    )

    agreed = accepted(world, dict(SUBMIT)).screening

    assert agreed == ScreeningRules(
        flag_at=Thresholds(hate=4, self_harm=4, sexual=None, violence=2),
        blocklists=("brand-terms",),
    )


def test_a_policy_that_says_nothing_of_screening() -> None:
    """The built-in limits hold where texts are screened, and none where they are not."""
    assert accepted(ruled(ScreeningRules()), dict(SUBMIT)).screening == ScreeningRules()
    assert accepted(ruled(), dict(SUBMIT)).screening is None


@pytest.mark.parametrize("limits", [{"hate": 3}, {"hate": "4"}, {"blocklists": ["no such/name"]}])
def test_limits_that_content_safety_does_not_have(limits: dict[str, Any]) -> None:
    """They are named when the policy is read, not when the first text is screened."""
    data = json.dumps({"version": "v1", "screening": limits}).encode()

    with pytest.raises(PolicyBroken) as caught:
        read_policy(data, SCREENED)

    assert [fault.pointer.split("/")[1] for fault in caught.value.faults] == ["screening"]


@pytest.mark.parametrize(
    ("policy", "body", "held"),
    [(True, False, True), (False, True, True), (False, False, False)],
)
def test_provenance_for_everybody(policy: bool, body: bool, held: bool) -> None:
    """A body can ask for more than the policy does, never for less."""
    world = ruled(requireProvenance=policy)

    assert accepted(world, {**SUBMIT, "requireProvenance": body}).require_provenance is held


def test_rules_see_the_template() -> None:
    """A rule for a template meets what is made by it, and nothing else."""
    rule = {
        "id": "hero",
        "reason": "Heroes are dear.",
        "when": {"templates": ["hero"]},
        "then": "warn",
    }
    world = ruled(rules=[rule])
    put(world.s)

    made = accepted(world, HERO)
    free = accepted(world, dict(SUBMIT))

    assert made.policy is not None and made.policy.rules == ("hero",)
    assert free.policy is not None and free.policy.rules == ()


def test_words_that_come_with_a_variable() -> None:
    """Rules read the prompt as the model would, so no variable carries a word past them."""
    rule = {"id": "kites", "reason": "No kites.", "when": {"words": ["kite"]}, "then": "reject"}
    world = ruled(rules=[rule])
    put(world.s)

    filled = {"name": "hero", "variables": {"product": "k.i.t.e"}}
    answer = world.http("submit", {"template": filled})

    assert (answer.status, answer.code) == (422, "policy_rejected")
    assert [(one["rule"], one["pointer"]) for one in answer.json["errors"]] == [
        ("kites", "#/template")
    ]
