"""A request as the fold of its journal: `Request.apply` is the only way it changes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain import facts
from shared.domain.alt_texts import NO_DRAFTS, Drafts
from shared.domain.approval import SPEND, Standing, spend_stage, standing
from shared.domain.approval_facts import StageOpened
from shared.domain.changes import CHANGES
from shared.domain.facts import Fact
from shared.domain.inputs import InputRef
from shared.domain.parts import Attempt, Attention, Decision, Erasure, Opening, Round
from shared.domain.reuse_facts import ImagesReused
from shared.domain.screening import Screened, Trouble
from shared.domain.transitions import FINAL, PUBLIC_STATUS, UNDER_REVIEW, State, move
from shared.domain.values import Image, Options, Phase, Stage
from shared.errors import IllegalMove


@dataclass(frozen=True, slots=True)
class Request:
    """
    Everything the kernel knows of a request.

    `seq` is the number of facts folded in; `round` counts generations asked for by people;
    `gates_opened` and `stages_opened` count the stages before and after generation;
    `chosen` is the attempt whose images are being reviewed or released; attempts before
    `patience_from` no longer count when it is asked whether to give up; `drafts` are of alt texts.
    """

    id: str
    state: State = State.NEW
    seq: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    accepted: facts.Accepted | None = None
    inputs: tuple[InputRef, ...] = ()
    screenings: tuple[Screened, ...] = ()
    trouble: Trouble | None = None
    attempts: tuple[Attempt, ...] = ()
    drafts: Drafts = NO_DRAFTS
    round: int = 1
    rounds: tuple[Round, ...] = (Round(1),)
    chosen: int | None = None
    reused: ImagesReused | None = None
    reuse_over: bool = False
    gates_opened: int = 0
    stages_opened: int = 0
    opening: Opening | None = None
    decisions: tuple[Decision, ...] = ()
    release: tuple[int, ...] = ()
    released: tuple[tuple[int, str], ...] = ()
    cancel_requested: bool = False
    callback_detached: bool = False
    attention: Attention | None = None
    error: str | None = None
    final_at: datetime | None = None
    retired: frozenset[str] = frozenset()
    erasure: Erasure | None = None
    patience_from: int = 0

    @property
    def terms(self) -> facts.Accepted:
        """What was accepted; there from the first fact on."""
        assert self.accepted is not None
        return self.accepted

    @property
    def final(self) -> bool:
        return self.state in FINAL

    @property
    def may_be_erased(self) -> bool:
        """It was asked for, and no paid call is under way that could still store something."""
        calling = self.open_attempt or self.drafts.open
        return self.erasure is not None and self.final and not calling

    @property
    def callback_events(self) -> tuple[str, ...]:
        """What the callback is told; nothing once nobody waits there."""
        return () if self.callback_detached else self.terms.callback_events

    @property
    def status(self) -> str:
        return PUBLIC_STATUS.get(self.state, self.state.value)

    @property
    def screening(self) -> Screened | None:
        """What was found in this round's text; None before anybody has looked."""
        return next((one for one in self.screenings if one.round == self.round), None)

    @property
    def cleared(self) -> bool:
        """Whether this round's text may be shown to people and to the model."""
        return not self.terms.screening or bool(self.screening and self.screening.passed)

    @property
    def open_attempt(self) -> Attempt | None:
        """The call that may be under way now; there is never more than one."""
        return next((a for a in self.attempts if a.outcome is None), None)

    @property
    def images(self) -> tuple[Image, ...]:
        """The chosen images of this round, in order of index."""
        completed = self.reviewed(self.round)
        return completed.images if completed else ()

    @property
    def lacks_provenance(self) -> bool:
        """Its images were to carry a C2PA manifest, and one of this round does not."""
        found = [image.provenance for image in self.images]
        return self.terms.require_provenance and not all(one and one.there for one in found)

    @property
    def spare(self) -> Attempt | None:
        """A paid attempt of this round that completed and was not taken."""
        if self.chosen is not None:
            return None
        ready = (a for a in self.attempts if a.round == self.round and a.completed)
        return next(ready, None)

    def attempt(self, number: int) -> Attempt:
        """
        Raises:
            IllegalMove: there was no such intent.
        """
        if not 1 <= number <= len(self.attempts):
            raise IllegalMove(f"There is no attempt {number}.")
        return self.attempts[number - 1]

    @property
    def options(self) -> Options:
        """Those of this round's call: a further round may be an edit of an image of ours."""
        if not self.rounds[-1].edit:
            return self.terms.options
        return self.terms.options.model_copy(update={"input_images": 1, "mask": False})

    @property
    def parent(self) -> Image | None:
        """The image that this round's call changes; None when it makes new ones."""
        latest = self.rounds[-1]
        if not latest.edit:
            return None
        reviewed = self.reviewed(latest.number - 1)
        assert reviewed is not None
        return next(image for image in reviewed.images if image.sha256 == latest.parent_sha256)

    def reviewed(self, round_: int) -> facts.Completed | ImagesReused | None:
        """What people were shown in that round, last of all; the image to change tells which."""
        if round_ == self.round:
            return self.reused or (self.attempt(self.chosen).completed if self.chosen else None)
        parent = next((one.parent_sha256 for one in self.rounds if one.number == round_ + 1), None)
        completed = (a.completed for a in self.attempts if a.round == round_ and a.completed)
        shown = (c for c in completed if any(image.sha256 == parent for image in c.images))
        return next(shown, None)

    @property
    def under_review(self) -> bool:
        return self.state in UNDER_REVIEW

    @property
    def after(self) -> tuple[Stage, ...]:
        return tuple(stage for stage in self.terms.stages if stage.phase == "after")

    def upcoming(self, phase: Phase) -> Stage | None:
        """The next stage of that phase; None when all of them were opened."""
        opened = self.stages_opened if phase == "after" else self.gates_opened
        stages = [stage for stage in self.terms.stages if stage.phase == phase]
        return stages[opened] if opened < len(stages) else None

    def agreed(self, name: str, phase: Phase) -> Stage:
        """
        Raises:
            IllegalMove: it is not this stage's turn, or it was never agreed.
        """
        if (name, phase) == (SPEND, "before"):
            return spend_stage(self.terms.attention_deadline_s)
        stage = self.upcoming(phase)
        if stage is None or stage.name != name:
            raise IllegalMove("It is not the turn of this stage.")
        return stage

    @property
    def standing(self) -> Standing:
        """How the stage that was opened last stands."""
        return standing(self.opening, self.verdicts()) if self.opening else Standing("open")

    @property
    def candidates(self) -> tuple[int, ...]:
        """The images that everybody asked so far has let through."""
        if self.under_review:
            return self.standing.images
        if self.opening and self.stages_opened:
            return self.opening.images
        return tuple(image.index for image in self.images)

    def verdicts(self) -> tuple[Decision, ...]:
        """The verdicts in force on the stage that was opened last."""
        opening = self.opening.seq if self.opening else None
        return tuple(d for d in self.decisions if d.opening == opening and not d.withdrawn)

    def kind_of(self, fact: Fact) -> str:
        """The key of the fact in the transition table."""
        match fact.data:
            case facts.Outcome(attempt=number) if self._is_late(number):
                return f"{fact.type}~late"
            case facts.AttentionResolved(to=to):
                return f"{fact.type}:{to}"
            case StageOpened(phase=phase, stage=name):
                return f"{fact.type}:{'batch' if self._with_batch(name) else phase}"
            case _:
                return fact.type

    def _with_batch(self, name: str) -> bool:
        stages = self.accepted.stages if self.accepted else ()
        return any(one.name == name and one.scope == "batch" for one in stages)

    def _is_late(self, number: int) -> bool:
        other_call = self.open_attempt is not None and self.open_attempt.number != number
        other_round = self.attempt(number).round != self.round
        return self.final or self.chosen is not None or other_call or other_round

    def apply(self, fact: Fact) -> "Request":
        """
        The request after the fact.

        Raises:
            IllegalMove: the fact does not fit; this request is unchanged.
        """
        if fact.seq != self.seq + 1:
            raise IllegalMove(f"Fact {fact.seq} does not follow fact {self.seq}.")
        kind = self.kind_of(fact)
        to = move(self.state, kind).to
        change = CHANGES.get(type(fact.data))
        details = change(self, fact) if change else {}
        if to in FINAL and not self.final:
            details = {"final_at": fact.at, "attention": None, **details}
        return replace(self, state=to, seq=fact.seq, updated_at=fact.at, **details)


def fold(request_id: str, journal: Iterable[Fact]) -> Request:
    request = Request(request_id)
    for fact in journal:
        request = request.apply(fact)
    return request
