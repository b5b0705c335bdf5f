"""Approvals with several people, told in a few lines each; the world's faults come on top."""

from datetime import timedelta
from typing import Any

from shared.chain.decide import decide
from shared.chain.verdict import Verdict, Word
from tests.crash.promises import check_inboxes
from tests.crash.world import CALLER, World

ANA, BO, CARO = (f"{name}@contoso.com" for name in ("ana", "bo", "caro"))
HOUR_S = 3600.0


def staged(world: World) -> str:
    """The prompt first, then everybody on the images, in two stages."""
    request_id = world.submit(
        n=2,
        approval={
            "before": [_stage("idea", BO)],
            "after": [_stage("brand", ANA, BO, rule="all"), _stage("legal", BO, CARO, rule="all")],
        },
    )
    for stage, who in (("idea", BO), ("brand", ANA), ("brand", BO), ("legal", CARO), ("legal", BO)):
        _answer(world, request_id, stage, 1, who, "approve")
    return request_id


def revised(world: World) -> str:
    """The first images are to be changed, the second ones are fine."""
    request_id = world.submit(quality="low", approval={"after": [_stage("brand", ANA)]})
    _answer(world, request_id, "brand", 1, ANA, "revise", comment="canary-prompt: warmer")
    _answer(world, request_id, "brand", 2, ANA, "approve")
    return request_id


def escalated(world: World) -> str:
    """Who is asked first says nothing, after being reminded; somebody else answers."""
    over: dict[str, Any] = {"onDeadline": "escalate", "escalateTo": [CARO], "remindEvery": "PT12H"}
    asked = _stage("brand", ANA, **over | {"deadline": "P1D"})
    request_id = world.submit(approval={"after": [asked]})
    world.run_for(26 * HOUR_S)
    _answer(world, request_id, "brand", 1, CARO, "approve")
    return request_id


def given_away(world: World) -> str:
    """Who is asked gives the place away; whose it is then says yes, not yet, and yes again."""
    asked = _stage("brand", ANA, delegate=True, releaseDelay="PT2H")
    request_id = world.submit(approval={"after": [asked]})
    _answer(world, request_id, "brand", 1, ANA, "delegate", to=CARO)
    for word in ("approve", "withdraw", "approve"):
        _answer(world, request_id, "brand", 1, CARO, word)
    world.run_for(3 * HOUR_S)
    return request_id


def _stage(name: str, *reviewers: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "reviewers": list(reviewers), "deadline": "PT72H", **fields}


def _answer(
    world: World, request_id: str, stage: str, round_: int, who: str, word: Word, **said: Any
) -> None:
    """People answer within the hour; where there is no question yet, they look again later."""
    for _ in range(24):
        request = world.request(request_id)
        opening = request.opening
        asked = opening is not None and (opening.stage, opening.round) == (stage, round_)
        if request.under_review and asked:
            break
        if request.final:
            return
        world.run_for(timedelta(minutes=30).total_seconds())
    check_inboxes(world, request_id)
    verdict = Verdict(word, reviewer=who, stage=stage, round=round_, caller=CALLER, **said)
    world.insist(lambda: decide(request_id, verdict, world.s))
    check_inboxes(world, request_id)
    world.run_for(60)
