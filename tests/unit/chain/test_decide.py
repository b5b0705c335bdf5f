"""Decisions: the order of the checks, and what a verdict changes."""

from dataclasses import replace
from typing import Any

import pytest

from shared.chain.decide import decide
from shared.chain.doors import cancel
from shared.chain.verdict import ImageWord as Word
from shared.chain.verdict import OneImage, Verdict
from shared.domain.approval_facts import Decided
from shared.domain.content import note_on
from shared.errors import CallerError, Conflict, Forbidden, InvalidRequest, NotFound, ReviewClosed
from shared.security.people import pseudonym
from shared.security.tokens import ANYONE, ReviewClaims
from tests.crash.world import CALLER, World
from tests.unit.histories import MAIL, brought_to, by_caller, failing

OWN = {"after": [{"name": "brand", "reviewers": [MAIL], "deadline": "PT1H"}]}


def reviewing(**fields: Any) -> tuple[World, str]:
    world = World()
    return world, brought_to(world, "reviewing", n=2, **fields)


def claims(world: World, request_id: str, reviewer: str = ANYONE) -> ReviewClaims:
    opening = world.request(request_id).opening
    assert opening is not None
    return ReviewClaims(
        *(request_id, "after", "brand", 1, opening.manifest_sha256, reviewer, opening.deadline)
    )


def code_of(world: World, request_id: str, verdict: Verdict) -> tuple[type[CallerError], str]:
    before = world.request(request_id)
    with pytest.raises(CallerError) as caught:
        decide(request_id, verdict, world.s)
    assert world.request(request_id) == before, "a refused verdict changed something"
    return type(caught.value), caught.value.code


def said(approved: bool) -> Word:
    return "approve" if approved else "reject"


def split(first: bool, second: bool) -> tuple[OneImage, OneImage]:
    return OneImage(0, said(first)), OneImage(1, said(second))


@pytest.mark.parametrize("approved", [True, False])
def test_a_verdict_on_the_round(approved: bool) -> None:
    """Without images the verdict holds for each of them, by the digest that was stored."""
    world, request_id = reviewing()
    request = decide(request_id, by_caller(approved), world.s).request

    [decision] = request.decisions
    assert [one.approved for one in decision.data.images] == [approved] * 2
    assert [one.sha256 for one in decision.data.images] == [i.sha256 for i in request.images]
    assert (decision.data.via, decision.data.reviewer) == ("caller", CALLER.name)


def test_a_split_verdict() -> None:
    """Each image has its own verdict: only the approved one is released, the other kept apart."""
    world, request_id = reviewing()
    decide(request_id, by_caller(True, images=split(False, True)), world.s)
    world.run_for(30)

    assert world.request(request_id).state == "approved"
    assert world.store.names("approved") == [f"{request_id}/1.png"]
    assert world.store.names("rejected") == [f"{request_id}/r1/0.png"]


def test_the_same_verdict_again() -> None:
    """The same verdict changes nothing: at once, after release, and with other words."""
    world, request_id = reviewing()
    decide(request_id, by_caller(True), world.s)
    for _ in range(2):
        before = world.request(request_id)
        same = by_caller(True, comment="again", images=split(True, True), round=7)
        assert decide(request_id, same, world.s).request == before
        world.run_for(30)

    assert world.request(request_id).state == "approved"


@pytest.mark.parametrize("wait_s", [0, 30])
@pytest.mark.parametrize("first", [True, False])
def test_a_contrary_verdict(first: bool, wait_s: float) -> None:
    """Once decided, another verdict or another reviewer is too late, before and after the end."""
    world, request_id = reviewing()
    decide(request_id, by_caller(first), world.s)
    world.run_for(wait_s)

    for late in (by_caller(not first), by_caller(first, reviewer="bo@contoso.com")):
        assert code_of(world, request_id, late) == (Conflict, "already_decided")


def test_closed() -> None:
    """After the deadline, an expiry or a cancel the review is closed, whatever was sent."""
    world, request_id = reviewing(approval=OWN)
    world.clock.advance(3601)
    assert code_of(world, request_id, by_caller(True, round=0)) == (ReviewClosed, "review_closed")

    world.run_for(600)
    assert world.request(request_id).state == "expired"
    assert code_of(world, request_id, by_caller(True)) == (ReviewClosed, "review_closed")
    world, request_id = reviewing()
    cancel(request_id, CALLER, world.s)
    assert code_of(world, request_id, by_caller(True)) == (ReviewClosed, "review_closed")


def test_nothing_to_decide_yet() -> None:
    """Before a stage opens there is nothing to decide."""
    world, request_id = reviewing()
    text = world.store.blobs["requests", request_id].data.splitlines(keepends=True)
    world.store.blobs["requests", request_id].data = b"".join(text[:2])

    assert code_of(world, request_id, by_caller(True)) == (Conflict, "not_open")
    with pytest.raises(NotFound):
        decide("01JD3Q5B3A0000000000000000", by_caller(True), world.s)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"round": 0}, (InvalidRequest, "invalid_request")),
        ({"round": 2}, (Conflict, "stale_round")),
        ({"stage": "legal"}, (Conflict, "stale_round")),
        (
            {"images": (OneImage(0, "approve"), OneImage(2, "approve"))},
            (InvalidRequest, "invalid_request"),
        ),
        ({"images": (OneImage(0, "approve"),)}, (InvalidRequest, "invalid_request")),
        ({"images": (*split(True, True),) * 2}, (InvalidRequest, "invalid_request")),
        (
            {"images": (OneImage(0, "approve", "ab" * 32), OneImage(1, "approve"))},
            (Conflict, "digest_mismatch"),
        ),
    ],
)  # fmt: skip
def test_what_is_refused(fields: dict[str, Any], expected: tuple[type[CallerError], str]) -> None:
    """Round, stage, images and digests are those under review, or nothing is recorded."""
    world, request_id = reviewing()

    assert code_of(world, request_id, by_caller(True, **fields)) == expected


def test_every_image_fault_is_named() -> None:
    """Unknown, missing and doubled images are told of in one answer."""
    world, request_id = reviewing()
    images = (OneImage(5, "approve"), OneImage(0, "approve"), OneImage(0, "reject"))
    with pytest.raises(InvalidRequest) as caught:
        decide(request_id, by_caller(True, images=images), world.s)

    pointers = [fault.pointer for fault in caught.value.faults]
    assert pointers == ["#/images/0/index", "#/images", "#/images"]


def test_the_order_of_the_checks() -> None:
    """Of several faults the first in the contract's order is answered."""
    world, request_id = reviewing(approval=OWN)
    stranger = {"reviewer": "bo@contoso.com"}
    wrong = (OneImage(0, "approve", "ab" * 32), OneImage(1, "approve"))
    unknown = (OneImage(9, "approve", "ab" * 32),)

    def code(**fields: Any) -> str:
        return code_of(world, request_id, by_caller(True, **stranger, **fields))[1]

    assert code(round=2, images=unknown) == "stale_round"
    assert code(images=unknown) == "invalid_request"
    assert code(images=wrong) == "digest_mismatch"
    assert code() == "not_a_reviewer"


@pytest.mark.parametrize("mail", [MAIL, MAIL.upper(), f" {MAIL.lower()} "])
def test_reviewers_in_any_case(mail: str) -> None:
    """A reviewer is known by mail in any case; the record has a pseudonym, content the name."""
    world, request_id = reviewing(approval=OWN)
    verdict = by_caller(True, reviewer=mail, comment="fine", images=(
        OneImage(0, "approve", alt_text="a tower"), OneImage(1, "approve")))  # fmt: skip
    journal = decide(request_id, verdict, world.s)

    data = journal.facts[-1].data
    content = world.s.contents.read(request_id)
    assert isinstance(data, Decided) and content is not None
    assert data.reviewer == pseudonym(world.s.terms.ring, MAIL)
    assert content.comments == {data.note: "fine"}
    assert (content.people[data.reviewer], content.alt_texts) == (
        mail,
        {note_on(data.note or "", 0): "a tower"},
    )


def test_tokens() -> None:
    """A token's own reviewer needs no name; with one for anybody a reviewer has to be named."""
    world, request_id = reviewing(approval=OWN)
    anyone, ana = claims(world, request_id), pseudonym(world.s.terms.ring, MAIL)
    for who in (
        Verdict("approve", claims=anyone),
        Verdict("approve", reviewer="bo@x.y", claims=anyone),
    ):
        assert code_of(world, request_id, who) == (Forbidden, "not_a_reviewer")

    own = Verdict("approve", claims=replace(anyone, reviewer=ana))
    journal = decide(request_id, own, world.s)
    assert journal.facts[-1].actor == ana
    named = Verdict("approve", reviewer=MAIL, claims=anyone)
    assert decide(request_id, named, world.s).seq == journal.seq


def test_nobody_decides_in_another_name() -> None:
    """A personal token is its owner's, whoever the body names; so is the record."""
    world, request_id = reviewing(approval=OWN)
    ring, anyone = world.s.terms.ring, claims(world, request_id)
    eve = replace(anyone, reviewer=pseudonym(ring, "eve@x.y"))
    for name in (MAIL, "eve@x.y", None):
        refused = code_of(world, request_id, Verdict("approve", reviewer=name, claims=eve))
        assert refused == (Forbidden, "not_a_reviewer")
    ana = replace(anyone, reviewer=pseudonym(ring, MAIL))
    borrowed = Verdict("approve", reviewer="ceo@contoso.com", claims=ana)
    assert code_of(world, request_id, borrowed) == (Forbidden, "not_a_reviewer")
    assert "ceo@contoso.com" not in world.store.blobs["content", f"{request_id}.json"].data.decode()

    decide(request_id, Verdict("approve", reviewer=MAIL.upper(), claims=ana), world.s)


def test_a_reviewer_by_another_name() -> None:
    """Any of the addresses and ids that a flow knows of its responder will do."""
    world, request_id = reviewing(approval=OWN)
    alias = Verdict("approve", reviewer="a@alias.com", also_known_as=("7", MAIL), caller=CALLER)

    assert decide(request_id, alias, world.s).request.verdicts()


def test_a_token_for_other_images() -> None:
    """A token that was made for another manifest, round or stage decides nothing."""
    world, request_id = reviewing()
    good = claims(world, request_id)
    for bad, code in (
        (replace(good, manifest="ab" * 32), "digest_mismatch"),
        (replace(good, round=2), "stale_round"),
        (replace(good, stage="legal"), "stale_round"),
    ):
        assert code_of(world, request_id, Verdict("approve", claims=bad)) == (Conflict, code)

    fact = decide(request_id, Verdict("approve", claims=good), world.s).facts[-1]
    assert (fact.actor, fact.data.wire()["via"]) == ("token:anyone", "token")


def test_a_race_is_decided_anew() -> None:
    """A verdict whose append was lost is looked at again, and then stands once."""
    world, request_id = reviewing()
    s = failing(world.s, "appends.append", Conflict(), times=0)

    assert len(decide(request_id, by_caller(True), s).request.decisions) == 1
