"""What a dry run answers: what a submit would do with a body, and nothing of the body itself."""

from pydantic import Field

from shared.domain.budget import Money
from shared.domain.resource import OptionsView, TemplateView, Warning_
from shared.domain.reuse_views import ReusedFrom
from shared.domain.values import Instant, Phase, Value


class Refusal(Value):
    """
    What a submit would answer as a problem, by its `code`; ask again when that has changed.

    `rule` and `pointer`: which rule of the policy says so, and of what in the body.
    """

    code: str
    detail: str
    rule: str | None = None
    pointer: str | None = None


class QualityEstimate(Value):
    quality: str
    amount: float


class Estimate(Value):
    """
    What one call is likely to cost, all its images together: by the dearest deployment that may be
    asked, with a guess at the prompt's tokens. `perQuality` has the same call in every quality
    that the model takes.

    `atMost` is what a budget has to have room for: it is held until upstream has counted, and no
    bill is more.
    """

    amount: float
    at_most: float
    currency: str
    price_book: str
    per_quality: tuple[QualityEstimate, ...]


class BudgetRoom(Value):
    """The caller's month."""

    limit: Money
    spent: Money
    held: Money
    room: bool = Field(description="Whether it holds this call as well.")


class RoutingView(Value):
    """
    Where the call would go if it were made now, which no turn is taken for. `deployment` null:
    nowhere yet; `reason` has why (`paused`, `resource_blocked`, a breaker's reason), and
    `expectedStartAt` when it can be tried again, where that is known. `no_turn`: too many wait.
    """

    deployment: str | None
    queue_position: int | None = Field(default=None, description="1 goes next.")
    expected_start_at: Instant | None = None
    reason: str | None = None


class PlannedStage(Value):
    """`policy`: a rule asks for it, and no request can do without."""

    phase: Phase
    name: str
    policy: bool = False


class PolicySays(Value):
    """`rules`: the ids of all that match."""

    version: str
    sha256: str
    rules: tuple[str, ...]


class ApprovalPlan(Value):
    """In the order in which people are asked; `spend` is there when the budget has no room."""

    stages: tuple[PlannedStage, ...]


class DryRun(Value):
    """
    What a submit of the same body, by the same caller, would do now. Nothing was stored or
    spent, and no place, money or turn is kept: a submit may find less.
    """

    ok: bool = Field(description="Whether it would be accepted; if not, `problems` has why.")
    problems: tuple[Refusal, ...] = ()
    warnings: tuple[Warning_, ...] = ()
    template: TemplateView | None = Field(default=None, description="The version that holds.")
    options: OptionsView
    estimate: Estimate
    budget: BudgetRoom | None
    routing: RoutingView
    approval: ApprovalPlan
    reused_from: ReusedFrom | None = Field(
        default=None,
        description="With `reuse`: whose images would be the answer now. Then nothing is bought, "
        "and none of the stages asked.",
    )
    policy: PolicySays
