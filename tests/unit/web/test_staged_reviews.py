"""Stages over HTTP: links of each phase, and what flows send for several people at once."""

from typing import Any

from tests.unit.web.world import OPERATOR, SUBMIT, Answered, World

ANA, BO = "ana@contoso.com", "bo@contoso.com"


def staged(world: World, *, before: bool = False, **fields: Any) -> str:
    asked = {"name": "idea" if before else "brand", "reviewers": [ANA, BO], **fields}
    plain = {"name": "brand"}
    approval = {"before": [asked], "after": [plain]} if before else {"after": [asked]}
    return world.reviewing({**SUBMIT, "approval": approval})


def by_link(world: World, request_id: str, body: object, **claims: Any) -> Answered:
    query = {"token": world.token(request_id, **claims)}
    answer = world.http("decision", body, key=None, query=query, id=request_id)
    world.drain()
    return answer


def response(who: str, answer: str) -> dict[str, Any]:
    return {"responder": {"userPrincipalName": who.upper()}, "approverResponse": answer}


def test_everyone_of_a_flow() -> None:
    """An approval that waits for all of them brings each answer as a verdict of its own."""
    world = World()
    request_id = staged(world, rule="all")
    body = {"outcome": "Approve", "responses": [response(who, "Approve") for who in (ANA, BO)]}
    answers = [by_link(world, request_id, body) for _ in range(2)]

    resource = world.resource(request_id)
    assert [one.status for one in answers] == [200, 200]
    assert resource["status"] == "approved"
    assert [one["reviewer"] for one in resource["approval"]["decisions"]] == [
        ANA.upper(),
        BO.upper(),
    ]


def test_a_no_among_them() -> None:
    """Under `any` the answer that led to the outcome counts, wherever it stands in the list."""
    world = World()
    request_id = staged(world)
    responses = [response(ANA, "Approve"), response(BO, "Reject")]
    answer = by_link(world, request_id, {"outcome": "Reject", "responses": responses})

    assert (answer.status, world.resource(request_id)["status"]) == (200, "rejected")


def test_responses_of_nobody_who_was_asked() -> None:
    """They are passed over; where there is no other, the flow hears so."""
    world = World()
    request_id = staged(world)
    stranger = response("eve@contoso.com", "Approve")
    refused = by_link(world, request_id, {"outcome": "Approve", "responses": [stranger]})
    assert (refused.status, refused.code) == (403, "not_a_reviewer")
    both = {"outcome": "Approve", "responses": [stranger, response(ANA, "Approve")]}

    assert by_link(world, request_id, both).status == 200
    assert world.resource(request_id)["status"] == "approved"


def test_a_link_before_generation() -> None:
    """It decides about the prompt; as one for images it is of another stage."""
    world = World()
    request_id = staged(world, before=True)
    assert world.resource(request_id)["approval"]["phase"] == "before"
    wrong = by_link(world, request_id, {"decision": "approve", "reviewer": ANA})
    assert (wrong.status, wrong.code) == (409, "stale_round")
    right = by_link(world, request_id, {"decision": "approve", "reviewer": ANA}, phase="before")

    assert right.status == 200
    assert world.resource(request_id)["approval"]["stage"] == "brand"


def test_revise_and_withdraw_over_http() -> None:
    """The words of the contract, in any case, by whoever has the role."""
    world = World()
    request_id = staged(world, releaseDelay="PT1H", delegate=True)

    def say(**body: object) -> Answered:
        return world.http("decision", body, key=OPERATOR, id=request_id)

    assert say(decision="Delegate", reviewer=ANA, to="caro@contoso.com").status == 200
    assert say(decision="approve", reviewer="caro@contoso.com").status == 200
    assert say(decision="WITHDRAW", reviewer="caro@contoso.com").status == 200
    images = [{"index": 0, "decision": "revise", "comment": "warmer"}]
    answer = say(decision="revise", reviewer=BO, images=images)

    shown = answer.json["approval"]
    assert (answer.status, shown["verdict"]) == (200, "revise")
    assert [one["withdrawn"] for one in shown["decisions"]] == [True, False]
    assert [(one["reviewer"], one["to"]) for one in shown["delegations"]] == [
        (ANA, "caro@contoso.com")
    ]
