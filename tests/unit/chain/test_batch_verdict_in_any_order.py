"""Rows, verdicts, cancels and time in any order: nothing is released that was not approved."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from shared.chain import batches, doors
from shared.chain.batch_decide import decide
from shared.chain.erasures import erase_request
from shared.chain.verdict import OneImage, Verdict, Word
from shared.domain.batch_notices import root_of
from shared.domain.transitions import FINAL
from shared.errors import CallerError, ModelRefused, ModelThrottled, ModelUnknown
from tests.crash.world import CALLER, World
from tests.fakes import Plays, ScriptedModel
from tests.unit.chain.staged import ANA, BO, CARO, DAY_S, stage
from tests.unit.chain.whole import Whole

ROWS = 3
RULES: tuple[object, ...] = ("any", "all", {"atLeast": 2})
ENDINGS = (None, ModelRefused(), ModelThrottled(retry_after_s=900), ModelUnknown())

stages = st.fixed_dictionaries(
    {
        "reviewers": st.just([ANA, BO]),
        "rule": st.sampled_from(RULES),
        "veto": st.booleans(),
        "deadline": st.just("P1D"),
        "remindEvery": st.sampled_from(["PT6H", "P2D"]),
        "releaseDelay": st.sampled_from(["PT0S", "PT3H"]),
    }
)
escalating = st.booleans().map(
    lambda yes: {"onDeadline": "escalate", "escalateTo": [CARO]} if yes else {}
)


class Verdicts(RuleBasedStateMachine):
    """One batch of a few rows, its reviewers, and time."""

    told: Whole

    @initialize(
        first=stages,
        second=stages,
        over=escalating,
        ends=st.lists(st.sampled_from(ENDINGS), min_size=ROWS, max_size=ROWS),
    )
    def asked(
        self, first: dict[str, Any], second: dict[str, Any], over: dict[str, Any], ends: list[Any]
    ) -> None:
        world = World(model=ScriptedModel(*(Plays(error=end) for end in ends)))
        after = (stage(**first | over), stage(**second | {"name": "legal"}))
        self.told = Whole(*after, rows=ROWS, world=world, wait=10)
        self.cancelled = False

    @rule(
        who=st.sampled_from((ANA, BO, CARO)),
        word=st.sampled_from(("approve", "reject", "withdraw")),
        others=st.sets(st.integers(0, ROWS - 1), max_size=2),
        question=st.integers(0, 2),
    )
    def decides(self, who: str, word: Word, others: set[int], question: int) -> None:
        """Also on an earlier question, on rows that nobody asked about, and by anybody."""
        askings = self.told.batch.askings
        asking = askings[-1 - question % len(askings)] if askings else None
        unlike = "reject" if word == "approve" else "approve"
        images = tuple(OneImage(row, unlike) for row in others) if word != "withdraw" else ()  # type: ignore[arg-type]
        verdict = Verdict(word, images, who, caller=CALLER)
        before = len(self.told.facts())
        try:
            decide(self.told.id, verdict, asking.root if asking else None, self.told.world.s)
        except CallerError:
            assert len(self.told.facts()) == before

    @rule(row=st.integers(0, ROWS - 1))
    def cancels_a_row(self, row: int) -> None:
        self.try_(lambda: doors.cancel(self.told.member_id(row), CALLER, self.told.world.s))

    @rule(row=st.integers(0, ROWS - 1))
    def erases_a_row(self, row: int) -> None:
        member = self.told.member_id(row)
        self.try_(lambda: erase_request(member, member, CALLER.name, self.told.world.s))

    @rule(row=st.integers(0, ROWS - 1))
    def resumes(self, row: int) -> None:
        if (attention := self.told.member(row).attention) is not None:
            member, s = self.told.member_id(row), self.told.world.s
            self.try_(lambda: doors.resume(member, "retry", attention.seq, CALLER, s))

    @rule()
    def cancels_all(self) -> None:
        self.try_(lambda: batches.cancel(self.told.id, CALLER, self.told.world.s))

    def try_(self, work: Any) -> None:
        try:
            work()
        except CallerError:
            return

    @rule(seconds=st.sampled_from([1.0, 60.0, 1200.0, 4 * 3600.0, 1.1 * DAY_S]))
    def waits(self, seconds: float) -> None:
        self.told.wait(seconds)

    @invariant()
    def only_what_was_approved(self) -> None:
        """Every released row was approved in every stage, by a question about its very images."""
        batch = self.told.batch
        for one in batch.askings:
            assert one.root == root_of(batch.id, one.opening.stage, one.rows.values())
        for row in self.told.released():
            request = self.told.member(row)
            for agreed in request.after:
                [*_, decision] = [d for d in request.decisions if d.data.stage == agreed.name]
                named = decision.data.batch
                assert named is not None
                [said] = [one for one in batch.askings if one.settled_seq == named.seq]
                assert said.settled is not None and row in said.settled.approved
                assert said.rows[row].opening == decision.opening
                manifest = request.reviewed(request.round)
                assert manifest and said.rows[row].manifest_sha256 == manifest.manifest_sha256

    @invariant()
    def evidence_holds(self) -> None:
        for row in range(ROWS):
            if self.told.member(row).seq:
                assert self.told.faults(row) == []

    def teardown(self) -> None:
        """Whatever was done, every wait ends, and the end of the batch is told once."""
        if not hasattr(self, "told"):
            return
        self.told.wait(120 * DAY_S)
        self.only_what_was_approved()
        assert all(self.told.member(row).state in FINAL for row in range(ROWS))
        assert self.told.facts().count("completed") == 1


def test_in_any_order() -> None:
    """In any order of completions, verdicts, cancels and waits the promises hold."""
    run_state_machine_as_test(
        Verdicts, settings=settings(max_examples=60, stateful_step_count=14, deadline=None)
    )
