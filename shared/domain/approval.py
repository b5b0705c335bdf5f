"""
How a stage stands: what the verdicts on it come to. Data in, verdict out.

The rules count for each image by itself. `any`: the first answer decides, whatever it is.
`all`: everybody answers, and what everybody approved has passed. `atLeast` k: what k approved
has passed; it ends as soon as nothing open can change any more. With a veto, one answer that
does not approve an image settles that image at once. A stage passes when any image did; else a
wish for another round comes before a rejection.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from shared.domain.parts import Opening
from shared.domain.values import AtLeast, Stage

# Generations that people may ask for in one request, the first one included.
MAX_ROUNDS = 5
# What is judged before generation: the prompt, as if it were an image.
PROMPT = 0
# The stage that asks whether a call may go over its caller's budget; nobody can name one so.
SPEND = "spend"


class Ballot(Protocol):
    """What one person said, of images or of the rows of a batch."""

    @property
    def decision(self) -> str: ...
    def approves(self, index: int) -> bool: ...


class Given(Protocol):
    """A ballot that is in force, and when it came."""

    @property
    def at(self) -> datetime: ...
    @property
    def data(self) -> Ballot: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """`images` have passed so far, in order; `since` is when the last answer came."""

    outcome: Literal["open", "passed", "rejected", "revise"]
    images: tuple[int, ...] = ()
    since: datetime | None = None

    @property
    def settled(self) -> bool:
        return self.outcome != "open"


def standing(opening: Opening, verdicts: Sequence[Given]) -> Standing:
    """`verdicts` are those in force on this opening, in the order in which they came."""
    if not verdicts:
        return Standing("open")
    stage, since = opening.asks, verdicts[-1].at
    ballots = [one.data for one in verdicts]
    if stage.rule == "any":
        ballots = ballots[:1]
    passed = tuple(one for one in _subjects(opening) if _passes(stage, opening, ballots, one))
    if not _complete(stage, opening, ballots, passed):
        return Standing("open", passed, since)
    if passed:
        return Standing("passed", passed, since)
    wished = any(ballot.decision == "revise" for ballot in ballots)
    return Standing("revise" if wished else "rejected", (), since)


def is_over(opening: Opening, found: Standing, now: datetime) -> bool:
    """No answer is taken any more, and there is an outcome: by the deadline, what has passed."""
    return found.settled or (now > opening.deadline and bool(found.images))


def effective_at(opening: Opening, found: Standing) -> datetime:
    """When the outcome takes effect: until then an answer can be taken back."""
    assert found.since is not None
    return found.since + timedelta(seconds=opening.asks.release_delay_s)


def longest(deadline: timedelta, release_delay: timedelta, escalates: bool) -> timedelta:
    """Others have as long again, also after a verdict that was taken back at the last moment."""
    return (deadline + release_delay) * (2 if escalates else 1)


def _subjects(opening: Opening) -> tuple[int, ...]:
    return opening.images or (PROMPT,)


def _needed(stage: Stage, opening: Opening) -> int:
    """After an escalation fewer may be asked than were to agree."""
    match stage.rule:
        case AtLeast(at_least=count):
            return min(count, max(len(opening.reviewers), 1))
        case "all":
            return max(len(opening.reviewers), 1)
        case _:
            return 1


def _vetoed(stage: Stage, ballots: Sequence[Ballot], index: int) -> bool:
    return stage.veto and not all(ballot.approves(index) for ballot in ballots)


def _approvals(ballots: Sequence[Ballot], index: int) -> int:
    return sum(ballot.approves(index) for ballot in ballots)


def _passes(stage: Stage, opening: Opening, ballots: Sequence[Ballot], index: int) -> bool:
    enough = _approvals(ballots, index) >= _needed(stage, opening)
    return enough and not _vetoed(stage, ballots, index)


def _complete(
    stage: Stage, opening: Opening, ballots: Sequence[Ballot], passed: Sequence[int]
) -> bool:
    left = len(opening.reviewers) - len(ballots)
    if stage.rule == "any" or left <= 0:
        return True
    if stage.rule == "all" and not stage.veto:
        return False
    needed = _needed(stage, opening)
    return not any(
        index not in passed
        and not _vetoed(stage, ballots, index)
        and _approvals(ballots, index) + left >= needed
        for index in _subjects(opening)
    )


def spend_stage(deadline_s: int) -> Stage:
    """It stands in no body and no setting: it is asked when the money has run out."""
    return Stage(name=SPEND, phase="before", deadline_s=deadline_s)
