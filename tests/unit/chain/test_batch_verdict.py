"""One verdict for a whole batch: who is asked when, what it comes to, and what it never does."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.chain import batches, doors
from shared.chain.audit import verify
from shared.chain.batch_order import batch_order_of
from shared.chain.batch_work import go_on
from shared.chain.decide import decide as decide_one
from shared.chain.erasures import erase_request
from shared.chain.evidence import evidence_of
from shared.chain.request_keys import Origin
from shared.chain.rerun import rerun
from shared.chain.verdict import Verdict
from shared.domain import names
from shared.domain.approval_facts import Decided
from shared.domain.batch_evidence import batch_faults
from shared.domain.facts import AttentionRaised, Fact
from shared.domain.request import fold
from shared.domain.transitions import State
from shared.domain.values import BatchRef
from shared.errors import (
    CallerError,
    IllegalMove,
    InvalidRequest,
    ModelRefused,
    ModelThrottled,
)
from shared.security.callers import Caller, Role
from shared.security.keys import KeyRing, SigningKey
from shared.security.people import mark_of
from shared.security.tokens import ReviewClaims, read_review_token
from tests.crash.world import CALLBACK_URL, CALLER, PROMPT, World
from tests.fakes import Plays, ScriptedModel
from tests.unit.chain.staged import ANA, BO, CARO, DAY_S, stage
from tests.unit.chain.test_checklists import outside_content
from tests.unit.chain.whole import Whole

ASKED = "approval.requested"


def test_asked_once_about_all() -> None:
    """When every row has its images, people are asked one time, and no row asks by itself."""
    told = Whole()

    assert told.states == ["reviewing"] * 3
    assert sorted(told.asking.rows) == [0, 1, 2]
    assert told.events() == [ASKED]
    assert told.world.arrived[0]["ce-subject"] == f"batches/{told.id}"
    assert told.world.store.names(names.STATE, names.WAITING) == []
    content = told.world.s.contents.read(told.member_id(0))
    assert content is not None and content.people == {}


def test_approved() -> None:
    """One approval releases all rows, each bound to its own images, and the end is told."""
    told = Whole()

    told.says(ANA, "approve", comment="lovely")

    assert (told.states, told.released()) == (["approved"] * 3, {0, 1, 2})
    assert told.events() == [ASKED, "batch.completed"]
    for row in range(3):
        [decision] = told.member(row).decisions
        assert (decision.data.via, decision.data.reviewer) == ("batch", told.known(ANA))
        assert decision.data.batch and decision.data.batch.root == told.asking.root
        assert told.faults(row) == []


def test_some_rows_rejected() -> None:
    """Rows that are named do not follow the word of the whole."""
    told = Whole()

    told.says(ANA, "approve", reject=[1], comment="fine", said={1: "six fingers"})

    assert (told.states, told.released()) == (["approved", "rejected", "approved"], {0, 2})
    for row, words in ((0, "fine"), (1, "six fingers")):
        content = told.world.s.contents.read(told.member_id(row))
        [decision] = told.member(row).decisions
        assert content and content.comments[decision.data.note or ""] == words
        assert content.people[told.known(ANA)] == ANA
        assert told.faults(row) == []


def test_all_rejected_but_one() -> None:
    """A rejection can name what is kept."""
    told = Whole()

    told.says(ANA, "reject", keep=[2])

    assert told.states == ["rejected", "rejected", "approved"]


def test_slowest_row_is_waited_for() -> None:
    """While a row has no images nobody is asked; one that failed is not waited for."""
    throttled = Plays(error=ModelThrottled(retry_after_s=600))
    model = ScriptedModel(Plays(error=ModelRefused()), Plays(), throttled)
    told = Whole(world=World(model=model))
    assert told.states == ["failed", "reviewing", "queued"]
    assert (told.batch.asking, told.events()) == (None, [])

    told.wait(3600)

    assert told.states == ["failed", "reviewing", "reviewing"]
    assert sorted(told.asking.rows) == [1, 2]
    told.says(ANA, "approve")
    assert told.released() == {1, 2}
    assert told.events() == [ASKED, "batch.completed"]


def test_last_row_ends_without_images() -> None:
    """Those that stand are asked about as soon as the last one has failed."""
    failing = ScriptedModel(Plays(), Plays(error=ModelRefused()))
    told = Whole(rows=2, world=World(model=failing))

    assert told.states == ["reviewing", "failed"]
    assert list(told.asking.rows) == [0]


def test_one_row_cannot_be_decided_by_itself() -> None:
    """A verdict on one row is refused: people are asked about the whole."""
    told = Whole()
    verdict = Verdict("approve", reviewer=ANA, caller=CALLER)

    with pytest.raises(CallerError) as refused:
        decide_one(told.member_id(0), verdict, told.world.s)

    assert refused.value.code == "decided_by_batch"
    assert told.states == ["reviewing"] * 3


def claims(told: Whole, who: str = "*", **changed: Any) -> ReviewClaims:
    token = told.world.s.links.batch_token(told.id, told.asking, who)
    found = read_review_token(told.world.s.terms.ring, token, told.world.clock.now())
    return replace(found, **changed)


def test_what_is_refused() -> None:
    """Bound to the images, the question, and whoever was asked; each refusal changes nothing."""
    told = Whole(stage(ANA, checklist=["licence"]))
    ticked: dict[str, Any] = {"checklist": ("licence",)}

    assert told.refused(ANA, "approve") == "invalid_request"
    assert told.refused(ANA, "approve", **ticked, root=None) == "invalid_request"
    assert told.refused(ANA, "approve", **ticked, reject=[3]) == "invalid_request"
    assert told.refused(ANA, "approve", **ticked, root="f" * 64) == "digest_mismatch"
    assert told.refused(ANA, "approve", **ticked, stage="legal") == "stale_round"
    assert told.refused(BO, "approve", **ticked) == "not_a_reviewer"
    assert told.refused(ANA, "withdraw") == "nothing_to_withdraw"
    other = {"caller": None, "root": None}
    late = claims(told, round=2)
    assert told.refused(None, "approve", **ticked, **other, claims=late) == "stale_round"
    swapped = claims(told, manifest="f" * 64)
    assert told.refused(ANA, "approve", **ticked, **other, claims=swapped) == "digest_mismatch"
    bo = claims(told, told.known(BO))
    assert told.refused(None, "approve", **ticked, **other, claims=bo) == "not_a_reviewer"
    assert told.states == ["reviewing"] * 3

    told.says(ANA, "approve", **ticked, reject=[1])

    ticks = [told.member(row).decisions[0].data.checklist for row in range(3)]
    marked = (mark_of(told.world.s.terms.ring, "licence"),)
    assert ticks == [marked, (), marked]


def test_texts_of_a_list() -> None:
    """They are in the content of the batch and of what was ticked, and in no record."""
    told = Whole(stage(ANA, checklist=["No logo of Fabrikam"]))
    told.says(ANA, "approve", checklist=("No logo of Fabrikam",), reject=[1])
    view = batches.view_of(told.batch, 0, 10, False, told.world.s)

    assert b"Fabrikam" not in outside_content(told.world)
    assert view.approval is not None
    assert view.approval.checklist == view.approval.decisions[0].checklist
    assert view.approval.checklist == ("No logo of Fabrikam",)
    ticks = [pack_of(told, row)["decisions"][0]["checklist"] for row in range(3)]
    assert ticks == [["No logo of Fabrikam"], [], ["No logo of Fabrikam"]]
    assert [told.faults(row) for row in range(3)] == [[], [], []]


def test_own_link() -> None:
    """A person's own link says who decides and what was looked at."""
    told = Whole()

    told.says(None, "approve", caller=None, root=None, claims=claims(told, told.known(ANA)))

    assert told.states == ["approved"] * 3
    [ballot] = told.asking.ballots
    assert (ballot.data.reviewer, ballot.data.via) == (told.known(ANA), "token")


def test_said_again() -> None:
    """The same verdict again changes nothing, during and after; another one comes too late."""
    told = Whole()
    told.says(ANA, "approve", reject=[1])
    before = told.facts()

    told.says(ANA, "approve", reject=[1], comment="again")

    assert told.facts() == before
    assert told.refused(ANA, "approve") == "already_decided"
    assert told.refused(ANA, "reject") == "already_decided"


def test_said_again_when_the_next_question_is_asked() -> None:
    """A caller whose answer was lost is told that it counts, by root or link, and asked anew."""
    told = Whole(stage(ANA), stage(ANA, name="legal"))
    first = told.asking
    linked: dict[str, Any] = {"caller": None, "claims": claims(told), "root": None}
    told.says(ANA, "approve", reject=[1])
    told.wait(60)
    assert (told.asking.number, told.asking.opening.stage) == (2, "legal")
    before = told.facts()
    for sent in ({"root": first.root}, {"root": first.root, "stage": "brand"}, linked):
        told.says(ANA, "approve", reject=[1], **sent)

    assert told.facts() == before
    assert told.refused(ANA, "approve", root=first.root) == "digest_mismatch"
    both = {**linked, "root": told.asking.root}
    assert told.refused(ANA, "approve", reject=[1], **both) == "stale_round"
    told.says(ANA, "approve", reject=[1], root=first.root, stage="brand")
    told.says(ANA, "approve")
    assert told.states == ["approved", "rejected", "approved"]


def test_everybody_is_heard() -> None:
    """`all`: released are the rows that everybody approved."""
    told = Whole(stage(ANA, BO, rule="all"))

    told.says(ANA, "approve", reject=[0])
    assert told.states == ["reviewing"] * 3
    told.says(BO, "approve", reject=[2])

    assert told.states == ["rejected", "approved", "rejected"]
    reviewers = [told.member(row).decisions[0].data.reviewer for row in range(3)]
    assert reviewers == [told.known(ANA), told.known(BO), told.known(BO)]
    assert [told.faults(row) for row in range(3)] == [[], [], []]


def test_taken_back() -> None:
    """Until `releaseDelay` is over a verdict can be taken back, and nothing has happened."""
    told = Whole(stage(ANA, releaseDelay="PT1H"))
    told.says(ANA, "approve")
    assert told.states == ["reviewing"] * 3

    told.says(ANA, "withdraw")
    told.wait(2 * 3600)
    assert told.states == ["reviewing"] * 3
    told.says(ANA, "reject")
    told.wait(2 * 3600)

    assert told.states == ["rejected"] * 3
    assert told.refused(ANA, "withdraw") == "already_decided"


def test_nobody_answers() -> None:
    """At the deadline every row expires, whatever its own time would be."""
    told = Whole()

    told.wait(3 * DAY_S + 60)

    assert told.states == ["expired"] * 3
    assert told.facts()[-2:] == ["settled", "completed"]
    assert told.refused(ANA, "approve") == "review_closed"


def test_reminded_and_escalated() -> None:
    """As for one request: reminders, then others instead of those who did not answer."""
    asked = stage(ANA, remindEvery="P1D", onDeadline="escalate", escalateTo=[CARO])
    told = Whole(asked)

    told.wait(3 * DAY_S + 60)

    assert told.events() == [ASKED, *["approval.reminded"] * 2, "approval.escalated"]
    assert told.refused(ANA, "approve") == "not_a_reviewer"
    told.says(CARO, "approve")
    assert told.states == ["approved"] * 3


def test_enough_by_the_deadline() -> None:
    """`atLeast`: what enough have approved by the deadline has passed, the rest has not."""
    told = Whole(stage(ANA, BO, CARO, rule={"atLeast": 2}))
    told.says(ANA, "approve")
    told.says(BO, "approve", reject=[0])
    assert told.states == ["reviewing"] * 3

    told.wait(3 * DAY_S + 60)

    assert told.states == ["rejected", "approved", "approved"]
    assert [told.faults(row) for row in range(3)] == [[], [], []]


def test_enough_by_the_deadline_takes_effect_after_the_delay() -> None:
    """What has passed by then can be taken back as long as any answer can, and then has not."""
    asked = stage(ANA, BO, CARO, rule={"atLeast": 2}, releaseDelay="P1D")
    for again in (False, True):
        told = Whole(asked)
        told.says(ANA, "approve", reject=[1])
        told.wait(3 * DAY_S - 180)
        told.says(BO, "approve", wait=300)
        assert told.world.clock.now() > told.asking.opening.deadline
        assert told.states == ["reviewing"] * 3
        assert told.refused(CARO, "approve") == "already_decided"
        if again:
            told.says(BO, "withdraw")
        told.wait(DAY_S)

        assert told.released() == (set() if again else {0, 2})
        assert told.states[0] == ("expired" if again else "approved")


def test_cancelled_while_people_are_asked() -> None:
    """Nothing is released, and whoever answers hears that it is closed."""
    told = Whole()

    batches.cancel(told.id, CALLER, told.world.s)
    told.wait(60)

    assert (told.states, told.released()) == (["cancelled"] * 3, set())
    assert told.refused(ANA, "approve") == "review_closed"


def test_a_row_is_erased_while_people_are_asked() -> None:
    """It is dropped: an approval of the whole releases the others."""
    told = Whole()
    erase_request(told.member_id(1), told.member_id(1), CALLER.name, told.world.s)
    told.wait(60)

    told.says(ANA, "approve")

    assert (told.states, told.released()) == (["approved", "cancelled", "approved"], {0, 2})


def test_words_on_a_row_go_with_it() -> None:
    """When a row is erased, what was said of it goes from the batch too; the rest stays."""
    told = Whole()
    told.says(ANA, "approve", reject=[1, 2], said={1: "canary one", 2: "two"}, comment="fine")
    erase_request(told.member_id(1), told.member_id(1), CALLER.name, told.world.s)
    told.wait(600)

    content = told.world.s.contents.read(told.id)
    assert content is not None
    assert sorted(content.comments.values()) == ["fine", "two"]


def test_no_row_is_left() -> None:
    """When all rows are gone, the batch is over, and so is the question."""
    told = Whole(rows=2)

    for row in range(2):
        doors.cancel(told.member_id(row), CALLER, told.world.s)
    told.wait(60)

    assert told.batch.completed_at
    assert told.refused(ANA, "approve") == "review_closed"


def swapped(told: Whole, row: int) -> None:
    """Somebody puts other bytes where the row's image lies."""
    [image] = told.member(row).images
    store = told.world.store.blobs
    store[names.REVIEW, image.blob] = replace(store[names.REVIEW, image.blob], data=b"other")


def test_swapped_images_are_asked_about_anew() -> None:
    """What an operator sends back to people is another question; no old answer counts."""
    told = Whole(rows=2)
    first, [image] = told.asking, told.member(1).images
    original = told.world.store.blobs[names.REVIEW, image.blob]
    swapped(told, 1)
    told.says(ANA, "approve")
    assert told.states == ["approved", "attention"]

    told.world.store.blobs[names.REVIEW, image.blob] = original
    attention = told.member(1).attention
    assert attention is not None
    doors.resume(told.member_id(1), "retry", attention.seq, CALLER, told.world.s)
    told.wait(3600)

    assert told.states == ["approved", "reviewing"]
    assert (told.asking.number, list(told.asking.rows)) == (2, [1])
    assert told.asking.root != first.root
    old: dict[str, Any] = {
        "caller": None,
        "claims": claims(told, round=1, manifest=first.root),
        "root": None,
    }
    told.says(ANA, "approve", **old)  # said again
    assert told.states == ["approved", "reviewing"]
    assert told.refused(ANA, "reject", **old) == "stale_round"
    told.says(ANA, "reject")
    assert told.states == ["approved", "rejected"]
    assert told.faults(1) == []


def test_nobody_waits_for_this_answer_any_more() -> None:
    """When one row is sent back to people and the other is gone, the question is asked anew."""
    told = Whole(rows=2)
    first = told.asking
    deadline = told.world.clock.now() + timedelta(days=1)
    raised = AttentionRaised(code="internal", deadline=deadline)
    told.world.s.waits.begin(told.world.s.journals.load(told.member_id(0)), [raised])
    doors.append_choice(told.member_id(0), "darkroom", lambda _: [raised], told.world.s)
    doors.resume(told.member_id(0), "retry", told.member(0).seq, CALLER, told.world.s)
    told.wait(30)
    assert (told.states, told.asking.number) == (["reviewing"] * 2, 1)

    doors.cancel(told.member_id(1), CALLER, told.world.s)
    told.wait(30)

    assert (told.asking.number, list(told.asking.rows)) == (2, [0])
    assert told.batch.askings[0].settled and told.batch.askings[0].settled.outcome == "void"
    assert told.refused(ANA, "approve", root=first.root) == "digest_mismatch"
    told.says(ANA, "approve")
    assert told.states == ["approved", "cancelled"]


def test_rows_are_told_again() -> None:
    """Should a nudge be lost, the batch looks again within minutes."""
    told = Whole()
    told.says(ANA, "approve", wait=0)

    again = go_on(told.id, told.world.s)

    assert told.facts()[-1] == "settled"
    assert again is not None and again <= told.world.clock.now() + timedelta(minutes=2)


def test_whoever_decides_can_be_found() -> None:
    """Who gives a name is mentioned before it is stored, also where nobody was asked by name."""
    told = Whole(stage())

    told.says(BO, "approve")

    mentions = told.world.store.names(names.STATE, names.mentions_of(told.known(BO)))
    assert names.mention_of(told.known(BO), names.BATCH_ROWS + told.id) in mentions
    assert names.mention_of(told.known(BO), told.member_id(0)) in mentions


def test_a_question_after_many_words() -> None:
    """However much was said before, the next question is small enough to be sent."""
    words = "x" * 2000
    told = Whole(stage(ANA), stage(BO, name="legal"), rows=40)
    told.says(ANA, "approve", reject=[0], keep=range(1, 40), said=dict.fromkeys(range(40), words))

    posted = [json.loads(one.body) for one in told.world.webhooks.posted]
    [asked] = [one for one in posted if one.get("approval", {}).get("stage") == "legal"]
    assert len(json.dumps(asked)) < 64 * 1024
    [decision] = asked["approval"]["decisions"]
    assert (decision["rejected"], decision["comment"]) == ([0], None)
    assert asked["reviewers"] and asked["items"]


def test_stages_in_order() -> None:
    """The next stage is asked about what the one before has let through, all of it at once."""
    told = Whole(stage(ANA), stage(BO, name="legal"))
    told.says(ANA, "approve", reject=[0])
    assert told.states == ["rejected", "reviewing", "reviewing"]
    assert (told.asking.opening.stage, sorted(told.asking.rows)) == ("legal", [1, 2])
    assert told.released() == set()

    assert told.refused(ANA, "reject") == "not_a_reviewer"
    told.says(BO, "approve", reject=[1])

    assert (told.states, told.released()) == (["rejected", "rejected", "approved"], {2})
    assert [told.faults(row) for row in range(3)] == [[], [], []]
    assert told.events() == [ASKED, ASKED, "batch.completed"]


def test_more_rows_than_places() -> None:
    """Who waits for the others takes no place, so rows do not wait for each other for ever."""
    caller = Caller(CALLER.name, frozenset(Role), max_open_requests=1)
    told = Whole(rows=4, world=World(caller=caller), wait=3600)

    assert sorted(told.asking.rows) == [0, 1, 2, 3]
    told.says(ANA, "approve")
    assert told.states == ["approved"] * 4


def test_a_row_ends_by_itself() -> None:
    """A row whose batch is lost expires in the end, and never sooner than the batch could."""
    told = Whole(rows=1)
    opening = told.member(0).opening
    assert opening is not None
    assert opening.deadline - opening.asked_at == timedelta(days=180)
    stream = (names.REQUESTS, f"batches/{told.id}")
    del told.world.store.blobs[stream]

    told.wait(181 * DAY_S)

    assert told.states == ["expired"]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"approval": "none"}, "#/approvalScope"),
        ({"approval": {"before": [stage(ANA)], "after": [stage(BO, name="b")]}}, "#/approvalScope"),
        ({"approval": {"after": [stage(ANA, deadline="P90D")]}}, "#/approval"),
        ({"items": [{"prompt": "a"}, {"prompt": "b", "approval": {"after": [stage(BO)]}}]},
         "#/items/1"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_as_one(fields: dict[str, Any], pointer: str) -> None:
    """Every row has to be asked about in the same stages after generation."""
    world = World(caller=replace(CALLER, approval="none"))
    body = {"items": [{"prompt": PROMPT}], "approvalScope": "batch", **fields}
    body = {"approval": {"after": [stage(ANA)]}, **body}

    with pytest.raises(InvalidRequest) as refused:
        batch_order_of(body, world.caller, Origin(), [], world.s)

    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_agreed_otherwise_by_now() -> None:
    """A row that would be asked about in other stages when its turn comes ends refused."""
    caller = Caller(CALLER.name, frozenset(Role), max_open_requests=1)
    world = World(caller=caller)
    world.s = replace(
        world.s, terms=replace(world.s.terms, default_approval={"after": [stage(ANA)]})
    )
    body = {"items": [{"prompt": PROMPT}] * 2, "approvalScope": "batch"}
    order = batch_order_of(body, caller, Origin(key="b1"), [], world.s)
    batch = batches.accept(order, world.s)
    world.s = replace(
        world.s, terms=replace(world.s.terms, default_approval={"after": [stage(BO)]})
    )

    world.run_for(60)

    seen = batches.view_of(batches.load(batch.id, world.s), 0, 10, False, world.s)
    assert {(one.status, one.code) for one in seen.items} == {("refused", "approval_changed")}


def test_a_new_signing_key_comes_between() -> None:
    """The people are the same, whatever they are called: rows are made, and decided on."""
    world = World()
    told = Whole(stage(ANA, checklist=["licence"]), world=world, wait=0)
    ring = KeyRing((SigningKey("new", b"n" * 32), *world.s.terms.ring.keys))
    world.s = replace(world.s, terms=replace(world.s.terms, ring=ring))

    told.wait(60)

    assert told.states == ["reviewing"] * 3
    told.says(ANA, "approve", checklist=("licence",))
    assert told.states == ["approved"] * 3


def test_it_reuses_nothing() -> None:
    """Its people look at every row, whatever was approved for another batch of the same words."""
    world = World()
    items = [{"prompt": PROMPT, "reuse": "allow"}]
    first = Whole(stage(ANA), world=world, items=items, key="b1")
    first.says(ANA, "approve")
    second = Whole(stage(BO), world=world, items=items, key="b2")

    assert (first.states, second.states) == (["approved"], ["reviewing"])
    assert second.member(0).reused is None
    assert world.store.names(names.STATE, names.REUSE) == []


def test_run_again_it_asks_for_itself() -> None:
    """A row that is run again is no row: the same people are asked, about it alone."""
    told = Whole(stage(ANA, checklist=["licence"]), rows=1)
    told.says(ANA, "reject")
    again = rerun(told.member_id(0), CALLER, Origin(key="again"), told.world.s)
    told.wait(60)

    request = told.world.request(again.id)
    [agreed] = request.terms.stages
    assert (agreed.scope, agreed.reviewers) == ("each", (told.known(ANA),))
    assert request.state is State.REVIEWING
    content = told.world.s.contents.read(again.id)
    assert content is not None and content.people == {told.known(ANA): ANA}
    verdict = Verdict("approve", reviewer=ANA, caller=CALLER, checklist=("licence",))
    decide_one(again.id, verdict, told.world.s)
    told.wait(60)
    assert told.world.request(again.id).state is State.APPROVED


def pack_of(told: Whole, row: int) -> dict[str, Any]:
    journal = told.world.s.journals.load(told.member_id(row))
    pack = json.loads(json.dumps(evidence_of(journal, told.world.s)))
    assert isinstance(pack, dict)
    return pack


def test_evidence_needs_the_batch() -> None:
    """Without its batch's record, or with another's, a pack does not hold."""
    told = Whole(rows=2)
    told.says(ANA, "approve", reject=[1])
    pack = pack_of(told, 0)
    assert verify(pack) == []

    lines = pack["batch"]["journal"]
    assert verify({**pack, "batch": None})
    assert verify({**pack, "batch": {**pack["batch"], "journal": lines[:-1]}})
    assert verify({**pack, "batch": {**pack["batch"], "journal": lines[1:]}})
    changed = [line.replace('"rejected":[1]', '"rejected":[0]') for line in lines]
    assert changed != lines
    assert verify({**pack, "batch": {**pack["batch"], "journal": changed}})


def forged(told: Whole, row: int, kind: str, **changed: Any) -> list[str]:
    """
    What does not hold of a row whose journal, chained anew, tells this of its `kind` of fact; it
    ends with the verdict.
    """
    facts: list[Fact] = []
    for fact in told.world.s.journals.load(told.member_id(row)).facts:
        data = fact.data.model_copy(update=changed) if fact.type == kind else fact.data
        facts.append(fact.model_copy(update={"data": data}))
        if fact.type == "approval.decided":
            break
    request = fold(told.member_id(row), facts)
    return batch_faults(request, facts, pack_of(told, row)["batch"])


def test_a_journal_cannot_claim_more_than_its_batch_said() -> None:
    """Another outcome, person, line, root, stage's manifest or round: each is seen."""
    told = Whole(rows=2)
    told.says(ANA, "approve", reject=[1])
    verdict = told.member(1).decisions[0].data
    assert verdict.batch is not None
    kept = tuple(one.model_copy(update={"approved": True}) for one in verdict.images)
    other_seq = verdict.batch.model_copy(update={"seq": verdict.batch.seq - 1})
    other_root = verdict.batch.model_copy(update={"root": "f" * 64})

    assert forged(told, 1, "nothing") == []
    for changed in (
        {"decision": "approve", "images": kept},
        {"reviewer": told.known(BO)},
        {"batch": other_seq},
        {"batch": other_root},
    ):
        assert forged(told, 1, "approval.decided", **changed), changed
    assert forged(told, 1, "approval.opened", manifest_sha256="f" * 64)
    assert forged(told, 0, "request.accepted", batch=BatchRef(id=told.id, row=1, rows=2))


def test_prompts_stay_where_they_are() -> None:
    """The batch's record holds no prompt, no address and no comment."""
    told = Whole(name="canary name")
    told.says(ANA, "approve", comment="canary words", reject=[1], said={1: "canary row"})

    data = told.world.store.blobs[names.REQUESTS, f"batches/{told.id}"].data.decode()

    for secret in (PROMPT, ANA, "canary", CALLBACK_URL):
        assert secret not in data


def test_decided_by_nobody_else() -> None:
    """In a row's journal no verdict but its batch's is legal."""
    told = Whole(rows=1)
    journal = told.world.s.journals.load(told.member_id(0))
    data = Decided(
        stage="brand",
        round=1,
        reviewer="anyone",
        via="caller",
        decision="approve",
        images=(),
    )

    with pytest.raises(IllegalMove, match="comes from its batch"):
        doors.append_choice(journal.id, "caller:x", lambda _: [data], told.world.s)
