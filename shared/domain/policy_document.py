"""
The policy document: rules as data, each a condition, a reason, and what follows.

All that a condition says has to be so; of a list, one is enough. Whatever can be wrong with a
document is found when it is read, so that no rule waits for the first request to break on it.
"""

from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    StringConstraints,
    model_validator,
)

from shared.domain.families import FAMILIES, FORMATS
from shared.domain.policy_patterns import MAX_CHARS, PatternRefused, compiled
from shared.domain.policy_text import phrase_of
from shared.domain.screening import (
    CATEGORIES,
    BlocklistName,
    FlagAt,
    ScreeningRules,
    Thresholds,
)
from shared.domain.stage_body import StageBody
from shared.domain.values import WHOLE, Phase, Value

MAX_BYTES = 1024 * 1024
MAX_RULES, MAX_WORDS, MAX_NAMES = 200, 2000, 200

# What a request may leave out.
Field_ = Literal["purpose", "altText", "requestedBy", "costCenter"]
# In place of a template's name: a prompt of the caller's own, or any template at all.
NO_TEMPLATE, ANY_TEMPLATE = "none", "any"
# Content Safety's four levels, without the one that finds nothing.
# https://learn.microsoft.com/azure/ai-services/content-safety/concepts/harm-categories


def _word(text: str) -> str:
    if not phrase_of(text):
        raise ValueError("There is no letter and no digit in it")
    return text


def _pattern(text: str) -> str:
    try:
        compiled(text)
    except PatternRefused as error:
        raise ValueError(f"Not taken as a pattern: {error}") from None
    return text


def _known(*names: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in names:
            raise ValueError(f"Unknown; known: {', '.join(names)}")
        return text

    return check


_QUALITIES = sorted({quality for family in FAMILIES.values() for quality in family.qualities})
Text = Annotated[StrictStr, StringConstraints(min_length=1, max_length=100)]
Word = Annotated[Text, AfterValidator(_word)]
Pattern = Annotated[StrictStr, Field(min_length=1, max_length=MAX_CHARS), AfterValidator(_pattern)]
Model = Annotated[StrictStr, AfterValidator(_known(*FAMILIES))]
Quality = Annotated[StrictStr, AfterValidator(_known(*_QUALITIES))]
Format = Annotated[StrictStr, AfterValidator(_known(*FORMATS))]


class RuleCondition(Value):
    """`words` and `patterns` are looked for in the prompt; the cost is the estimate before."""

    words: tuple[Word, ...] | None = Field(default=None, min_length=1, max_length=MAX_WORDS)
    patterns: tuple[Pattern, ...] | None = Field(default=None, min_length=1, max_length=50)
    callers: tuple[Text, ...] | None = Field(default=None, min_length=1, max_length=MAX_NAMES)
    templates: tuple[Text, ...] | None = Field(default=None, min_length=1, max_length=MAX_NAMES)
    models: tuple[Model, ...] | None = Field(default=None, min_length=1, max_length=MAX_NAMES)
    sizes: tuple[Text, ...] | None = Field(default=None, min_length=1, max_length=MAX_NAMES)
    qualities: tuple[Quality, ...] | None = Field(default=None, min_length=1, max_length=MAX_NAMES)
    formats: tuple[Format, ...] | None = Field(default=None, min_length=1, max_length=MAX_NAMES)
    images_over: Annotated[StrictInt, Field(ge=0), WHOLE] | None = None
    cost_over_usd: Annotated[float, Field(ge=0, strict=True, allow_inf_nan=False)] | None = None
    inputs: StrictBool | None = None
    missing: tuple[Field_, ...] | None = Field(default=None, min_length=1, max_length=MAX_NAMES)
    approval: Literal["none"] | None = None
    include_prompt: StrictBool | None = None
    reuse: StrictBool | None = None


class When(RuleCondition):
    """`not`: and all that this says is not so."""

    not_: RuleCondition | None = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _says_what_not(self) -> Self:
        if self.not_ == RuleCondition():
            raise ValueError("What is not to be so has to be said")
        return self


class PolicyRule(Value):
    """
    `reason` is told to callers and stands in records, so it names nobody. `review` asks one more
    stage, in its `phase`, whatever the request asked for itself.
    """

    id: Annotated[StrictStr, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    reason: Annotated[StrictStr, StringConstraints(min_length=1, max_length=300)]
    when: When
    then: Literal["reject", "review", "warn"]
    stage: StageBody | None = None
    phase: Phase | None = None

    @model_validator(mode="after")
    def _asks_or_not(self) -> Self:
        asks = self.stage is not None or self.phase is not None
        if self.then == "review" and (self.stage is None or self.phase is None):
            raise ValueError("A review needs a stage and its phase")
        if self.then != "review" and asks:
            raise ValueError("Only a review has a stage and a phase")
        return self


class ScreeningLimits(Value):
    """What Content Safety finds is flagged at this severity or above; null: never."""

    hate: FlagAt = 4
    self_harm: FlagAt = 4
    sexual: FlagAt = 4
    violence: FlagAt = 4
    blocklists: tuple[BlocklistName, ...] = Field(default=(), max_length=10)

    @property
    def rules(self) -> ScreeningRules:
        """As a request agrees to them."""
        return ScreeningRules(
            flag_at=Thresholds(**{name: getattr(self, name) for name in CATEGORIES}),
            blocklists=self.blocklists,
        )


class PolicyDocument(Value):
    version: Annotated[StrictStr, StringConstraints(min_length=1, max_length=100)]
    rules: tuple[PolicyRule, ...] = Field(default=(), max_length=MAX_RULES)
    screening: ScreeningLimits | None = None
    require_provenance: StrictBool = False
