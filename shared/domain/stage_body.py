"""The approval of a submit body or of the settings: which people are asked, when, and how."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
)

from shared.domain.approval import SPEND, longest
from shared.domain.values import WHOLE, AtLeast, Phase, Rule, Value
from shared.errors import Fault

# Nobody can look at anything faster, or wants to hear of it more often.
MIN_DEADLINE = timedelta(seconds=60)
MAX_STAGES = 5

Short = Annotated[StrictStr, StringConstraints(min_length=1, max_length=200)]
Long = Annotated[StrictStr, StringConstraints(min_length=1, max_length=2000)]


def _duration(value: object) -> object:
    if not isinstance(value, str) or not value.startswith("P"):
        raise ValueError("expected an ISO 8601 duration such as PT72H")
    return value


_ISO = BeforeValidator(_duration, str)
Duration = Annotated[timedelta, _ISO]

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def _person(text: str) -> str:
    if not (_ADDRESS.fullmatch(text) or _OBJECT_ID.fullmatch(text)):
        raise ValueError("expected a mail address, a user principal name or an object id")
    return text


Person = Annotated[StrictStr, StringConstraints(max_length=200), AfterValidator(_person)]
People = Annotated[tuple[Person, ...], Field(max_length=20)]


class StageBody(Value):
    """
    One approval stage; without reviewers, anybody who may decide is one.

    `veto`: one answer that does not approve ends it. `releaseDelay`: what was decided takes
    effect so much later, and may be withdrawn until then.
    """

    name: Annotated[StrictStr, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$")] = (
        "review"
    )
    reviewers: People = ()
    rule: Rule = "any"
    veto: StrictBool = False
    deadline: Duration = timedelta(hours=72)
    remind_every: Duration | None = None
    on_deadline: Literal["expire", "escalate"] = "expire"
    escalate_to: People = ()
    release_delay: Annotated[timedelta, _ISO] = timedelta(0)
    delegate: StrictBool = False
    checklist: tuple[Short, ...] = Field(default=(), max_length=20)


class ApprovalBody(Value):
    """Which people are asked, in order: before generation about the prompt, then the images."""

    before: tuple[StageBody, ...] = Field(default=(), max_length=MAX_STAGES)
    after: tuple[StageBody, ...] = Field(default=(), max_length=MAX_STAGES)

    @property
    def stages(self) -> list[tuple[Phase, int, StageBody]]:
        """Each with its phase and its place there."""
        before: list[tuple[Phase, int, StageBody]] = [
            ("before", k, stage) for k, stage in enumerate(self.before)
        ]
        return [*before, *(("after", k, stage) for k, stage in enumerate(self.after))]


class When(Value):
    """All that is given has to be so; the cost is the estimate before the call."""

    cost_over_usd: Annotated[float, Field(ge=0)] | None = None
    images_over: Annotated[StrictInt, Field(ge=0), WHOLE] | None = None

    def holds(self, cost_usd: float, images: int) -> bool:
        dear = self.cost_over_usd is None or cost_usd > self.cost_over_usd
        return dear and (self.images_over is None or images > self.images_over)


class Route(Value):
    """A stage that is asked only when the request is large, or dear."""

    when: When
    stage: StageBody
    phase: Phase = "before"


class StandardApproval(ApprovalBody):
    """As it stands in the settings: `routes` hold whatever the request itself asks for."""

    routes: tuple[Route, ...] = Field(default=(), max_length=MAX_STAGES)

    @property
    def most(self) -> ApprovalBody:
        """With every stage that any route adds."""
        return with_routes(self, self.routes)

    def routes_for(self, cost_usd: float, images: int) -> list[Route]:
        return [one for one in self.routes if one.when.holds(cost_usd, images)]


def with_routes(asked: ApprovalBody, routes: Iterable[Route]) -> ApprovalBody:
    """The stages asked for, then those that the routes add."""
    added = list(routes)
    before = (one.stage for one in added if one.phase == "before")
    after = (one.stage for one in added if one.phase == "after")
    return ApprovalBody.model_construct(
        before=(*asked.before, *before), after=(*asked.after, *after)
    )


def approval_faults(approval: ApprovalBody, max_wait_days: int) -> Iterator[Fault]:
    """What is wrong with stages that have the right shape."""
    if not approval.stages:
        yield Fault("#/approval/after", "At least one stage is needed.")
    seen: set[str] = set()
    for phase, k, stage in approval.stages:
        pointer = f"#/approval/{phase}/{k}"
        if stage.name.lower() in seen | {SPEND}:
            yield Fault(f"{pointer}/name", f"Each stage has a name of its own, none is {SPEND}.")
        seen.add(stage.name.lower())
        yield from _rule_faults(pointer, stage)
        yield from _time_faults(pointer, stage, max_wait_days)
    longest = sum((longest_wait(stage) for _, _, stage in approval.stages), timedelta())
    if len(approval.stages) > 1 and longest > timedelta(days=max_wait_days):
        yield Fault("#/approval", f"All stages together take at most {max_wait_days} days.")


def _rule_faults(pointer: str, stage: StageBody) -> Iterator[Fault]:
    if stage.rule != "any" and not stage.reviewers:
        yield Fault(f"{pointer}/reviewers", "This rule needs to know who is asked.")
    people = {one.strip().lower() for one in stage.reviewers}
    if isinstance(stage.rule, AtLeast) and 0 < len(people) < stage.rule.at_least:
        yield Fault(f"{pointer}/rule/atLeast", f"Only {len(people)} are asked.")
    if stage.on_deadline == "escalate" and not stage.escalate_to:
        yield Fault(f"{pointer}/escalateTo", "Say who is asked then.")
    if stage.on_deadline != "escalate" and stage.escalate_to:
        yield Fault(f"{pointer}/escalateTo", "Only with onDeadline escalate.")
    if stage.delegate and not stage.reviewers:
        yield Fault(f"{pointer}/delegate", "Only named reviewers can name somebody else.")


def _time_faults(pointer: str, stage: StageBody, max_wait_days: int) -> Iterator[Fault]:
    most = timedelta(days=max_wait_days)
    if not MIN_DEADLINE <= stage.deadline <= most:
        yield Fault(f"{pointer}/deadline", f"From PT60S to {max_wait_days} days.")
    elif longest_wait(stage) > most:
        yield Fault(
            f"{pointer}/deadline",
            f"With releaseDelay, and twice when escalated, at most {max_wait_days} days.",
        )
    if stage.remind_every is not None and stage.remind_every < MIN_DEADLINE:
        yield Fault(f"{pointer}/remindEvery", "PT60S or more.")


def longest_wait(stage: StageBody) -> timedelta:
    escalates = stage.on_deadline == "escalate"
    return longest(stage.deadline, stage.release_delay, escalates)
