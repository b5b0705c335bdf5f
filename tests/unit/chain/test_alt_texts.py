"""Drafts of alt texts in the chain: who is asked when, what it costs, and where the words are."""

import hashlib
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shared.chain.alt_text_port import DraftAnswer
from shared.chain.audit import verify
from shared.chain.decide import decide
from shared.chain.doors import cancel
from shared.chain.erasures import erase_person, erase_request
from shared.chain.evidence import evidence_of
from shared.chain.prices_in_force import PricesInForce
from shared.chain.reconcile import reconcile
from shared.chain.request_keys import Origin
from shared.chain.rerun import rerun
from shared.chain.resource import resource_of
from shared.chain.review_view import Looker, review_of
from shared.chain.steps.alt_text import intend
from shared.chain.verdict import OneImage, Verdict
from shared.domain import names
from shared.domain.alt_texts import DRAFT_S, AltTextSkipped
from shared.domain.budget import Budget, Held, draft_key_of, money
from shared.domain.document_place import DocumentBlob
from shared.domain.image_views import ImageView
from shared.domain.money import DRAFT_OUT
from shared.domain.resource import Resource
from shared.domain.step import IntendAltText
from shared.errors import (
    Conflict,
    CorruptJournal,
    ModelError,
    ModelNotSent,
    ModelRefused,
    ModelThrottled,
    ModelUnknown,
    StorageError,
)
from tests.crash.faults import FREEZE_S
from tests.crash.world import CALLER, PRICES, World
from tests.fakes_of_alt_texts import DRAFT, USAGE
from tests.unit.chain.staged import ANA, BO, Told, stage
from tests.unit.chain.test_budgets import MONTH, budget, poor
from tests.unit.chain.test_erasing import Meanwhile
from tests.unit.histories import failing, submitted

MODEL = "gpt-5-mini"
ESTIMATE = PRICES.chat_cost(MODEL, None).amount
# 300 tokens at 0.25 and 20 at 2, of a million.
COST = 0.000115
FILTERED = ModelRefused(code="content_filtered")
FILTERED.maybe_billed = True


def told(*script: str | ModelError, world: World | None = None, **fields: Any) -> Told:
    """A request that is being reviewed, whose images were to be described."""
    world = world or World()
    world.describe(*script)
    return Told(*fields.pop("stages", (stage(),)), world=world, **fields)


def existing(world: World, request_id: str) -> Told:
    """The request after a while, whoever is asked about it."""
    world.run_for(7200)
    one = object.__new__(Told)
    one.world, one.id = world, request_id
    return one


def types(one: Told) -> list[str]:
    return [fact.type for fact in one.world.onlooker.load(one.id).facts]


def outcomes(one: Told) -> list[tuple[str, bool]]:
    """Code and whether it may have been billed, of each draft that failed."""
    facts = one.world.onlooker.load(one.id).facts
    failed: list[Any] = [fact.data for fact in facts if fact.type == "altText.failed"]
    return [(data.code, data.maybe_billed is not None) for data in failed]


def resource(one: Told) -> Resource:
    content = one.world.s.contents.read(one.id)
    return resource_of(one.request, content, one.world.s.links, one.world.clock.now())


def shown(one: Told) -> list[tuple[str | None, str | None]]:
    return [_said(image) for image in resource(one).images]


def _said(image: ImageView) -> tuple[str | None, str | None]:
    return image.alt_text, image.alt_text_by


def calls(one: Told) -> int:
    assert one.world.describer is not None
    return len(one.world.describer.calls)


def test_a_draft_for_each_image() -> None:
    """Before anybody is asked; it is shown as a model's, and lies with the content alone."""
    one = told("A heron.", "Two herons.")
    described = ["altText.intended", "altText.drafted"]

    assert one.state == "reviewing"
    assert types(one)[2:] == ["generation.completed", *described, *described, "approval.opened"]
    assert shown(one) == [("A heron.", "model"), ("Two herons.", "model")]
    content = one.world.s.contents.read(one.id)
    assert content is not None and content.drafts == {1: "A heron.", 2: "Two herons."}
    journal = one.world.store.blobs[names.REQUESTS, one.id].data
    assert b"heron" not in journal
    drafts = one.request.drafts.each
    assert [draft.done.text_sha256 for draft in drafts if draft.done] == [
        content.digest_of(text) for text in content.drafts.values()
    ]


def test_what_the_model_is_sent() -> None:
    """The very image, a pseudonym, and limits; never the prompt."""
    one = told()
    assert one.world.describer is not None
    first, second = one.world.describer.calls

    assert one.world.describer.seen == [image.sha256 for image in one.request.images]
    assert [call.client_request_id for call in (first, second)] == [
        f"{one.id}-alt1",
        f"{one.id}-alt2",
    ]
    assert first.user.startswith("p:") and first.deadline_s == DRAFT_S
    assert first.most_tokens == DRAFT_OUT


def test_whoever_asks_may_have_said_it() -> None:
    """An alt text of the caller's own costs nothing, and is theirs."""
    one = told(altText="Our heron")

    assert calls(one) == 0
    assert "altText.intended" not in types(one)
    assert shown(one) == [("Our heron", "caller")] * 2


def test_off() -> None:
    """Without the setting nobody describes anything."""
    one = Told(stage())

    assert shown(one) == [(None, None)] * 2 and one.request.drafts.each == ()


def test_no_price_is_known() -> None:
    """Where the price book cannot be read now, nothing is bought and nobody waits."""
    one = Told(stage())
    one.world.describe()
    s = one.world.s
    later = PricesInForce(s.blobs, s.clock, DocumentBlob("rules", "none.json"), ())
    s = replace(s, terms=replace(s.terms, later_prices=later))

    [fact] = intend(IntendAltText(index=0), one.world.onlooker.load(one.id), s)

    assert fact == AltTextSkipped(attempt=1, code="prices_unavailable")


def test_a_reviewer_has_the_last_word() -> None:
    """What people write wins, and an empty text takes the draft away."""
    one = told("A heron.", "Two herons.", n=3)
    images = (
        OneImage(0, "approve", alt_text="A grey heron"),
        OneImage(1, "approve", alt_text=""),
        OneImage(2, "approve"),
    )
    one.says(ANA, "approve", images=images)

    assert one.state == "approved"
    assert shown(one) == [("A grey heron", "reviewer"), (None, "reviewer"), (DRAFT, "model")]


def test_the_reviewers_of_the_next_stage_see_what_was_written() -> None:
    """Each draft and correction is on their page."""
    one = told(stages=(stage(name="brand"), stage(name="legal")), n=1)
    view = review_of(one.request, one.world.s.contents.read(one.id), Looker(None), one.world.s)
    assert _said(view.rounds[0].images[0]) == (DRAFT, "model")
    one.says(ANA, "approve", images=(OneImage(0, "approve", alt_text="A heron"),))

    assert one.stage == "legal" and calls(one) == 1
    view = review_of(one.request, one.world.s.contents.read(one.id), Looker(None), one.world.s)
    assert _said(view.rounds[0].images[0]) == ("A heron", "reviewer")


def written(words: str) -> tuple[OneImage, ...]:
    return (OneImage(0, "approve", alt_text=words),)


def test_a_verdict_that_is_taken_back_takes_its_words_along() -> None:
    """What was shown before is shown again, until somebody writes anew."""
    one = told(stages=(stage(ANA, BO, rule="all", releaseDelay="PT1H"),), n=1)
    one.says(ANA, "approve", images=written("Ana's heron"))
    one.says(BO, "approve", images=written("Bo's heron"))
    assert shown(one) == [("Bo's heron", "reviewer")]
    one.says(BO, "withdraw")
    assert shown(one) == [("Ana's heron", "reviewer")]
    one.says(ANA, "withdraw")
    assert shown(one) == [(DRAFT, "model")]
    one.says(ANA, "approve", images=written(""))
    assert shown(one) == [(None, "reviewer")]


def beaten(one: Told, words: str) -> None:
    """Ana's verdict comes with these words, and is refused: Bo's came while hers was kept."""
    s = one.world.s

    def first() -> None:
        decide(one.id, Verdict("approve", reviewer=BO, caller=CALLER), s)

    blobs: Any = Meanwhile(s.blobs, first, "put", names.CONTENT)
    place: dict[str, Any] = {"stage": one.stage, "round": one.request.round}
    verdict = Verdict("approve", written(words), reviewer=ANA, caller=CALLER, **place)
    with pytest.raises(Conflict):
        decide(one.id, verdict, replace(s, blobs=blobs))


def test_words_of_a_verdict_that_was_refused() -> None:
    """They are nobody's: what the one that counts left as it was is shown."""
    one = told(stages=(stage(ANA, BO),), n=1)
    beaten(one, "refused")
    one.wait(30)

    assert one.state == "approved" and shown(one) == [(DRAFT, "model")]


def test_the_words_of_whoever_is_forgotten_go() -> None:
    """From the image too, and those of a verdict that never counted."""
    one = told(stages=(stage(ANA, name="brand"), stage(ANA, BO, name="legal")), n=1)
    one.says(ANA, "approve", images=written("Ana Canary's heron"))
    beaten(one, "canary refused")
    one.wait(30)
    assert shown(one) == [("Ana Canary's heron", "reviewer")]
    erase_person(ANA, CALLER.name, one.world.s)
    one.wait(120)

    assert shown(one) == [(DRAFT, "model")]
    content = one.world.s.contents.read(one.id)
    assert content is not None and (content.alt_texts, content.comments) == ({}, {})


def test_where_nobody_is_asked() -> None:
    """The draft is there at the release, and the event has it."""
    world = World()
    world.describe()
    world.s = replace(world.s, terms=replace(world.s.terms, default_approval="none"))
    one = existing(world, submitted(world, n=1))

    assert one.state == "approved" and shown(one) == [(DRAFT, "model")]


def test_a_further_round() -> None:
    """Its images are others, and get drafts of their own."""
    one = told("A heron.", "Two herons.", "A warm heron.")
    one.says(ANA, "revise", images=(OneImage(0, "reject"), OneImage(1, "revise")), comment="warmer")
    one.wait(30)

    assert one.request.round == 2
    asked = [(draft.asked.attempt, draft.asked.index) for draft in one.request.drafts.each]
    assert asked == [(1, 0), (1, 1), (2, 0)] or asked == [(1, 0), (1, 1), (2, 0), (2, 1)]
    view = review_of(one.request, one.world.s.contents.read(one.id), Looker(None), one.world.s)
    before, now = (round_.images for round_ in view.rounds)
    assert [_said(image)[0] for image in before] == ["A heron.", "Two herons."]
    assert _said(now[0]) == ("A warm heron.", "model")


def test_a_rerun_is_described_anew() -> None:
    """Nothing of the first one's words is taken over."""
    one = told("A heron.", ModelUnknown(), n=1)
    one.says(BO, "approve")
    again = rerun(one.id, CALLER, Origin(key="k2"), one.world.s).id
    one.world.run_for(30)

    content = one.world.s.contents.read(again)
    assert content is not None and content.drafts == {} and calls(one) == 2


@pytest.mark.parametrize(
    ("played", "code", "billed", "asked"),
    [
        (ModelNotSent(), "unreachable", False, 1),
        (ModelThrottled(), "throttled", False, 1),
        (ModelNotSent(code="upstream_unauthorized"), "upstream_unauthorized", False, 1),
        (ModelRefused(), "model_rejected_request", False, 2),
        (FILTERED, "content_filtered", True, 2),
        (ModelUnknown(code="timed_out"), "timed_out", True, 1),
        (ModelUnknown(), "broken_answer", True, 1),
        ("", "no_text", True, 2),
        ("see https://evil.example", "unusable_text", True, 2),
        ("<b>heron</b>", "unusable_text", True, 2),
    ],
)
def test_failures(played: str | ModelError, code: str, billed: bool, asked: int) -> None:
    """People are asked all the same; what may have been billed says so, once."""
    one = told(played)

    assert one.state == "reviewing"
    assert outcomes(one) == [(code, billed)] and calls(one) == asked
    assert shown(one)[0] == (None, None)
    assert (shown(one)[1][0] is None) is (asked == 1)
    cost = resource(one).cost
    assert (cost.maybe_billed_amount > 0) is billed


def test_an_answer_without_a_count() -> None:
    """It is estimated, and never too low."""
    world = World()
    world.describe()
    assert world.describer is not None
    world.describer.script = [DraftAnswer("A heron.", {"prompt_tokens": "9"}, None)]
    one = Told(stage(), world=world, n=1)

    [draft] = one.request.drafts.each
    assert draft.done is not None and draft.done.usage is None
    assert (draft.done.cost.amount, draft.done.cost.estimated) == (ESTIMATE, True)


def test_what_it_costs() -> None:
    """It is in cost and usage, in the ledger under the chat model, and in the pack."""
    one = told(n=1)
    shown_, request = resource(one), one.request
    completed = request.attempts[0].completed
    assert completed is not None

    assert shown_.cost.amount == pytest.approx(completed.cost.amount + COST)
    assert shown_.usage is not None
    assert shown_.usage.alt_text_input_tokens == USAGE["prompt_tokens"]
    assert shown_.usage.alt_text_output_tokens == USAGE["completion_tokens"]
    [image, draft] = sorted(one.world.s.ledger.lines(MONTH, CALLER.name), key=lambda line: line.key)
    assert (draft.key, draft.kind, draft.model) == (draft_key_of(one.id, 1), "completed", MODEL)
    assert (draft.amount, draft.images, draft.deployment) == (Decimal(str(COST)), 0, "chat-prod")
    assert (draft.input_tokens, draft.output_tokens) == (300, 20)
    assert image.images == 1
    rows = one.world.s.ledger.rows(MONTH)
    assert sum(row.figures.requests for row in rows) == 1
    pack = json.loads(json.dumps(evidence_of(one.world.onlooker.load(one.id), one.world.s)))
    assert verify(pack) == []
    assert [line["amount"] for line in pack["costs"]] == [completed.cost.amount, COST]
    pack["costs"].pop()
    assert verify(pack) == ["costs is not what the journal says."]


def test_the_budget() -> None:
    """Held before the call, settled by its outcome: what is not known stays in doubt."""
    world = poor(10)
    one = told("A heron.", ModelUnknown(), world=world, n=2, approval={"after": [stage()]})

    known = budget(world)
    assert known.open == {}
    assert {key: float(doubt.amount) for key, doubt in known.doubtful.items()} == {
        draft_key_of(one.id, 2): ESTIMATE
    }
    completed = one.request.attempts[0].completed
    assert completed is not None
    assert known.spent == money(completed.cost) + Decimal(str(COST))


def test_no_money_left() -> None:
    """The image is made, nobody is asked about the money, and there is no draft."""
    world = poor(2)

    def spend_it() -> None:
        left = world.caller.monthly_budget_usd or Decimal(0)
        world.s.budgets.reserve(world.caller, MONTH, "another.1", left, over=True)

    world.during_call = spend_it
    one = told(world=world, n=1)

    assert one.state == "reviewing" and calls(one) == 0
    assert types(one)[3:] == ["altText.skipped", "approval.opened"]


def test_the_setting_was_taken_away() -> None:
    """What was accepted with it goes on without."""
    world = World()
    world.describe()
    request_id = submitted(world)
    world.s = replace(world.s, describer=None)
    world.run_for(30)

    facts = [fact.type for fact in world.onlooker.load(request_id).facts]
    assert facts[-2:] == ["altText.skipped", "approval.opened"]


@pytest.mark.parametrize("error", [StorageError(), CorruptJournal("x")])
def test_content_that_cannot_be_read(error: Exception) -> None:
    """Nothing is sent, and nothing bought."""
    world = World()
    world.describe()
    request_id = submitted(world)
    # The first reads are the call's and the ledger's own.
    one = _with_failing_reads(world, request_id, error)

    assert outcomes(one) == [("storage_failed", False)] and calls(one) == 0


def _with_failing_reads(world: World, request_id: str, error: Exception) -> Told:
    """From the images on, content cannot be read until the draft has failed."""
    right = world.s
    whole = right.contents.read

    class Broken:
        def read(self, wanted: str) -> Any:
            request = world.onlooker.load(wanted).request
            if request.drafts.open is not None:
                raise error
            return whole(wanted)

        def __getattr__(self, name: str) -> Any:
            return getattr(right.contents, name)

    vars(world.s)["contents"] = Broken()
    return existing(world, request_id)


def test_content_that_is_gone() -> None:
    """Without its salt no words can be named, so none are asked for."""
    world = World()
    world.describe()
    request_id = submitted(world)
    world.during_call = lambda: world.s.blobs.delete(names.CONTENT, names.content_of(request_id))
    one = existing(world, request_id)

    assert outcomes(one) == [("content_missing", False)] and calls(one) == 0


@pytest.mark.parametrize("done", [False, True])
def test_words_that_cannot_be_kept(done: bool) -> None:
    """They were paid for, so the books have them as doubtful; nobody sees them."""
    world = World()
    world.describe("A heron.")
    request_id, error = submitted(world, n=1), StorageError()
    world.s = failing(world.s, "blobs.put", error, times=1, name=f"{request_id}.json", done=done)
    one = existing(world, request_id)

    assert outcomes(one) == [("storage_failed", True)]
    assert shown(one) == [(None, None)]
    assert resource(one).cost.maybe_billed_amount == COST


@contextmanager
def happening(world: World, work: Any) -> Iterator[None]:
    """`work` happens while the model is being asked."""
    describer = world.describe()
    whole = describer.describe

    def interrupted(call: Any) -> DraftAnswer:
        work()
        return whole(call)

    describer.describe = interrupted  # type: ignore[method-assign]
    yield


def test_cancelled_while_it_is_asked() -> None:
    """The request ends at once, and the money is in the books."""
    world = poor(10)
    ids: list[str] = []
    with happening(world, lambda: cancel(ids[0], CALLER, world.s)):
        ids.append(submitted(world, n=1))
        one = existing(world, ids[0])

    assert (one.state, types(one)[-2:]) == ("cancelled", ["request.cancelled", "altText.drafted"])
    assert budget(world).open == {}
    assert resource(one).cost.amount == pytest.approx(float(budget(world).spent))


def test_erased_while_it_is_asked() -> None:
    """The words are kept nowhere, and the erasure is done in the end."""
    world = World()
    ids: list[str] = []

    def erase() -> None:
        erase_request(ids[0], ids[0], CALLER.name, world.s)

    with happening(world, erase):
        ids.append(submitted(world, n=1))
        one = existing(world, ids[0])

    assert one.request.erasure is not None and one.request.erasure.confirmed
    assert not any(DRAFT.encode() in blob.data for blob in world.store.blobs.values())
    assert resource(one).images[0].alt_text is None


def test_an_erasure_takes_drafts() -> None:
    """With all other words."""
    one = told(n=1)
    assert any(DRAFT.encode() in blob.data for blob in one.world.store.blobs.values())
    erase_request(one.id, one.id, CALLER.name, one.world.s)
    one.wait(30)

    assert not any(DRAFT.encode() in blob.data for blob in one.world.store.blobs.values())
    assert shown(one) == [(None, None)]


def test_frozen_past_the_lease() -> None:
    """Whoever wakes up late asks nobody, and takes back what another has only inferred."""
    world = poor(10)
    world.describe()
    whole = world.s.contents.read
    frozen = [True]

    class Slow:
        def read(self, wanted: str) -> Any:
            request = world.onlooker.load(wanted).request
            if request.drafts.open is not None and frozen:
                frozen.pop()
                world.meanwhile(lambda: world.run_for(FREEZE_S))
            return whole(wanted)

        def __getattr__(self, name: str) -> Any:
            return getattr(slow, name)

    slow = world.s.contents
    vars(world.s)["contents"] = Slow()
    request_id = submitted(world, n=1)
    one = existing(world, request_id)

    assert outcomes(one) == [("outcome_unknown", True), ("lease_too_short", False)]
    assert calls(one) == 0 and budget(world).doubtful == {}
    lines = world.s.ledger.lines(MONTH, CALLER.name)
    assert [line.key for line in lines] == [f"{request_id}.1"]


def test_reconciled() -> None:
    """Money that is held for a draft is compared with its journal, as any other."""
    world = poor(10)
    one = told("A heron.", world=world, n=1)
    key = draft_key_of(one.id, 1)
    stray = draft_key_of(one.id, 2)
    world.s.budgets.reserve(world.caller, MONTH, stray, Decimal("0.01"))
    cell = budget(world)
    assert set(cell.open) == {stray} and key in cell.closed
    world.clock.advance(3700)
    reconcile(world.s)
    assert set(budget(world).open) == {stray}  # its request is not over
    one.says(ANA, "approve")

    assert budget(world).open == {}


def test_a_settlement_that_was_lost() -> None:
    """Reconciling makes up for it, with what the draft has cost."""
    world = poor(10)
    one = told("A heron.", world=world, n=1)
    held = Held(amount=Decimal(str(ESTIMATE)), at=world.clock.now())
    lost = Budget(open={draft_key_of(one.id, 1): held})
    world.s.budgets.change(world.caller, MONTH, lambda _: lost)
    world.clock.advance(3700)
    reconcile(world.s)

    assert (budget(world).open, budget(world).spent) == ({}, Decimal(str(COST)))


def test_log_lines(caplog: pytest.LogCaptureFixture) -> None:
    """They have codes, names and amounts; never what was said."""
    caplog.set_level(logging.INFO, logger="darkroom")
    told("A heron.", ModelUnknown(code="timed_out"))
    lines = [record.getMessage() for record in caplog.records if "altText" in record.getMessage()]

    assert [line.partition(" ")[0] for line in lines] == [
        *("altText.intended", "altText.drafted", "altText.intended", "altText.failed")
    ]
    assert "model=gpt-5-mini" in lines[0] and f"amount={COST}" in lines[1]
    assert "code=timed_out" in lines[3]
    assert "heron" not in caplog.text


def test_digest_of_the_image() -> None:
    """An image that was swapped is not described."""
    world = World()
    world.describe()
    whole = world.s.budgets.reserve
    request_id = submitted(world, n=1)

    def swapping(*args: Any, **more: Any) -> bool:
        for (box, name), blob in list(world.store.blobs.items()):
            if box == names.REVIEW and name.endswith(".png"):
                world.store.blobs[box, name] = replace(blob, data=b"x" * len(blob.data))
        return whole(*args, **more)

    vars(world.s)["budgets"] = _Reserving(world.s.budgets, swapping)
    one = existing(world, request_id)

    assert outcomes(one) == [("digest_mismatch", False)]
    assert hashlib.sha256(b"x").hexdigest() not in one.request.images[0].sha256


class _Reserving:
    def __init__(self, port: Any, reserve: Any) -> None:
        self._port, self.reserve = port, reserve

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)
