"""Everything people can do to an approval, in any order: what must never happen, does not."""

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.chain.audit import verify
from shared.chain.decide import decide
from shared.chain.doors import cancel
from shared.chain.erasures import erase_request
from shared.chain.evidence import evidence_of
from shared.chain.verdict import ImageWord, OneImage, Verdict, Word
from shared.domain.transitions import FINAL, State
from shared.errors import CallerError
from shared.security.tokens import ReviewClaims
from tests.crash.erasures import HOLD_CONTENT
from tests.crash.world import CALLER, World
from tests.unit.chain.staged import ANA, BO, CARO, DAN, Told, stage

PEOPLE = (ANA, BO, CARO, DAN)
RULES: tuple[object, ...] = ("any", "all", {"atLeast": 2})
WORDS: tuple[Word, ...] = ("approve", "reject", "revise")
# The longest that any request here can wait: two stages, each escalated, in five rounds.
AT_MOST = timedelta(days=40)

stages = st.fixed_dictionaries(
    {
        "reviewers": st.just([ANA, BO]),
        "rule": st.sampled_from(RULES),
        "veto": st.booleans(),
        "deadline": st.just("P1D"),
        "remindEvery": st.sampled_from(["PT6H", "P2D"]),
        "releaseDelay": st.sampled_from(["PT0S", "PT3H"]),
        "delegate": st.booleans(),
    }
)
escalating = st.booleans().map(
    lambda yes: {"onDeadline": "escalate", "escalateTo": [CARO]} if yes else {}
)


class Approval(RuleBasedStateMachine):
    """One request, its reviewers, and time."""

    told: Told

    @initialize(first=stages, second=stages, over=escalating, gate=st.booleans())
    def asked(
        self, first: dict[str, Any], second: dict[str, Any], over: dict[str, Any], gate: bool
    ) -> None:
        before = (stage(BO, name="idea", deadline="P1D"),) if gate else ()
        after = (stage(**first | over), stage(**second | {"name": "legal"}))
        self.told = Told(*after, before=before, quality="low")
        self.ended_as: State | None = None
        self.cancelled = self.erased = False

    def try_(self, verdict: Verdict) -> None:
        """Whatever is refused has changed nothing."""
        before = self.told.request.seq
        try:
            decide(self.told.id, verdict, self.told.world.s)
        except CallerError:
            assert self.told.request.seq == before

    @rule(who=st.sampled_from(PEOPLE), word=st.sampled_from(WORDS), keep=st.sets(st.integers(0, 1)))
    def decides(self, who: str, word: Word, keep: set[int]) -> None:
        """Also twice, otherwise than before, and by people whom nobody asked."""
        opening = self.told.request.opening
        images = opening.images if opening and word == "approve" else ()
        split = tuple(OneImage(k, "approve" if k in keep else "reject") for k in images)
        self.try_(Verdict(word, split, who, comment="warmer", caller=CALLER))

    @precondition(lambda self: self.told.request.under_review)
    @rule(wish=st.integers(0, 9), drop=st.integers(0, 5), hours=st.sampled_from([0.001, 2]))
    def everybody_asked_answers(self, wish: int, drop: int, hours: float) -> None:
        """Most often as one would hope: without such runs nothing would ever be released."""
        opening = self.told.request.opening
        assert opening is not None
        word: ImageWord = "revise" if wish == 9 else "approve"
        images = tuple(OneImage(k, "reject" if k == drop else word) for k in opening.images)
        for who in PEOPLE:
            if self.told.known(who) in opening.reviewers:
                said: dict[str, Any] = {"stage": opening.stage, "round": opening.round}
                self.try_(Verdict(word, images, who, comment="warmer", caller=CALLER, **said))
        self.told.wait(hours * 3600)

    @precondition(lambda self: self.told.request.under_review)
    @rule(
        who=st.sampled_from((ANA, BO)),
        word=st.sampled_from(WORDS),
        named=st.sets(st.sampled_from(("stage", "round"))),
        link=st.booleans(),
    )
    def is_told_that_it_counts(self, who: str, word: Word, named: set[str], link: bool) -> None:
        """Only if it does: what the same person said of another stage or round is no answer."""
        request, s = self.told.request, self.told.world.s
        opening = request.opening
        assert opening is not None
        place: dict[str, Any] = {"stage": opening.stage, "round": opening.round}
        sent: dict[str, Any] = {name: place[name] for name in named} | {"caller": CALLER}
        if link:
            claims = ReviewClaims(
                *(self.told.id, opening.phase, opening.stage, opening.round),
                *(opening.manifest_sha256, "*", opening.deadline),
            )
            sent |= {"claims": claims, "caller": None}
        try:
            found = decide(self.told.id, Verdict(word, reviewer=who, comment="warmer", **sent), s)
        except CallerError:
            return
        clear = link or len(named) == 2
        asked = self.told.known(who) in opening.reviewers and not request.standing.settled
        if clear or (named and asked):
            said = [one for one in found.request.decisions if one.opening == opening.seq]
            assert any(one.data.reviewer == self.told.known(who) for one in said)

    @rule(who=st.sampled_from(PEOPLE), round_=st.integers(0, 6))
    def approves_another_round(self, who: str, round_: int) -> None:
        if round_ != self.told.request.round:
            before = self.told.request
            self.try_(Verdict("approve", reviewer=who, round=round_, caller=CALLER))
            assert self.told.request == before

    @rule(who=st.sampled_from(PEOPLE))
    def approves_other_bytes(self, who: str) -> None:
        before = self.told.request
        other = (OneImage(0, "approve", "ab" * 32), OneImage(1, "approve", "ab" * 32))
        self.try_(Verdict("approve", other, who, stage="legal", caller=CALLER))
        assert self.told.request.seq == before.seq

    @rule(who=st.sampled_from(PEOPLE), to=st.sampled_from(PEOPLE))
    def delegates(self, who: str, to: str) -> None:
        self.try_(Verdict("delegate", reviewer=who, to=to, caller=CALLER))

    @rule(who=st.sampled_from(PEOPLE))
    def withdraws(self, who: str) -> None:
        self.try_(Verdict("withdraw", reviewer=who, caller=CALLER))

    @precondition(lambda self: not self.cancelled)
    @rule(really=st.integers(0, 9))
    def cancels(self, really: int) -> None:
        if really == 9:
            self.cancelled = True
            try:
                cancel(self.told.id, CALLER, self.told.world.s)
            except CallerError:
                assert self.told.request.final or self.told.state == "releasing"

    @precondition(lambda self: not self.erased)
    @rule(really=st.integers(0, 9))
    def is_erased(self, really: int) -> None:
        """At any time, also in the middle of a release."""
        if really == 9:
            self.erased = True
            erase_request(self.told.id, self.told.id, CALLER.name, self.told.world.s)

    @rule(hours=st.sampled_from([0.001, 0.001, 1, 4, 7, 25]))
    def time_passes(self, hours: float) -> None:
        """Reminders, escalation, expiry and the next round come by themselves."""
        self.told.wait(hours * 3600)

    @rule(hours=st.sampled_from([1, 5, 25]))
    def time_passes_unseen(self, hours: float) -> None:
        """Nobody looks for a while: late answers meet what the sweep has not seen yet."""
        self.told.world.clock.advance(hours * 3600)

    @invariant()
    def nothing_flips(self) -> None:
        state = self.told.request.state
        if self.ended_as is not None:
            assert state is self.ended_as
        self.ended_as = state if state in FINAL else None

    @invariant()
    def released_is_what_was_approved(self) -> None:
        request = self.told.request
        if self.told.released():
            assert request.state in (State.RELEASING, State.APPROVED)
        for index in request.release:
            for one in request.after:
                assert self._enough(one.name, index), f"{index} released without {one.name}"

    def _enough(self, name: str, index: int) -> bool:
        """Counted anew, from the journal's verdicts alone."""
        request = self.told.request
        agreed = next(one for one in request.after if one.name == name)
        verdicts = [
            one.data
            for one in request.decisions
            if not one.withdrawn and (one.data.stage, one.data.round) == (name, request.round)
        ]
        yes = sum(one.approves(index) for one in verdicts)
        if agreed.rule == "any":
            return verdicts[0].approves(index)
        if agreed.veto and yes < len(verdicts):
            return False
        # An escalation puts one person in the place of all who were silent.
        return yes == len(verdicts) and yes >= 1 if agreed.rule == "all" else yes >= 1

    @invariant()
    def everyone_means_everyone(self) -> None:
        """`all` without a veto is never settled while somebody who is asked has not answered."""
        request = self.told.request
        opening = request.opening
        if not request.under_review or opening is None:
            return
        if opening.asks.rule == "all" and not opening.asks.veto and request.standing.settled:
            assert len(request.verdicts()) == len(opening.reviewers)

    def teardown(self) -> None:
        """Every request ends, and its evidence holds."""
        if not hasattr(self, "told"):
            return
        self.told.wait(AT_MOST.total_seconds())
        assert self.told.request.final, self.told.state
        pack = evidence_of(self.told.world.s.journals.load(self.told.id), self.told.world.s)
        assert verify(pack) == []
        assert len(self.told.world.model.calls) <= 5
        if self.erased:
            left = [box for box, _ in self.told.world.store.blobs if box in HOLD_CONTENT]
            erasure = self.told.request.erasure
            assert left == [] and erasure is not None and erasure.confirmed


def test_approvals_in_any_order() -> None:
    """No illegal release, no flip after the end, and every request ends."""
    run_state_machine_as_test(Approval, settings=settings(max_examples=60, stateful_step_count=25))


def test_the_machine_sees_releases() -> None:
    """Its checks are about something: with two yeses in each stage two images are released."""
    told = Told(*(stage(ANA, BO, name=name, rule="all") for name in ("a", "b")), world=World())
    for _ in range(2):
        told.says(ANA, "approve", stage=told.stage)
        told.says(BO, "approve", stage=told.stage)

    assert told.released() == ["0.png", "1.png"]
