"""What accepting an order would do, looked up and worked out; nothing is stored or spent."""

from collections.abc import Iterator

from shared.chain.accept import first_fact, known_id
from shared.chain.admission import has_money, refusals
from shared.chain.checklists import marked
from shared.chain.costs import hold_of, most_of
from shared.chain.forecast import forecast
from shared.chain.order import Order
from shared.chain.policing import judge
from shared.chain.resource import policy_warnings, template_view
from shared.chain.reuse import offered
from shared.chain.reuse_view import reused_view
from shared.chain.services import Services
from shared.chain.sinks import warnings_of
from shared.domain import names
from shared.domain.approval import SPEND
from shared.domain.budget import month_of
from shared.domain.dry_run_views import (
    ApprovalPlan,
    BudgetRoom,
    DryRun,
    Estimate,
    PlannedStage,
    PolicySays,
    QualityEstimate,
    Refusal,
)
from shared.domain.facts import Fact
from shared.domain.families import FAMILIES
from shared.domain.lines import NO_PREVIOUS
from shared.domain.request import Request
from shared.domain.resource import OptionsView, Warning_
from shared.errors import CallerError, KeyReused, PolicyRejected

SAME_REQUEST = Warning_(
    code="same_request",
    detail="The idempotency key stands for a request that is there: a submit answers with it.",
)
NOT_FETCHED = Warning_(
    code="inputs_not_fetched",
    detail="Inputs given by their address are fetched once the request is accepted, not here.",
)
NOT_SCREENED = Warning_(
    code="not_screened",
    detail="What is to be drawn is screened once the request is accepted, not here.",
)
ASKED_FIRST = Warning_(
    code="over_budget",
    detail="The budget has no room for it: people are asked before it is spent.",
)


def dry_run(asked: Order, s: Services) -> DryRun:
    """
    Raises:
        InvalidRequest: the body does not go with what the policy adds.
    """
    judgement = judge(asked, s)
    order, refusal = marked(judgement.order, s.terms.ring), judgement.refusal
    known, problems = _known(order, s)
    request_id = known or names.ulid(s.clock.now(), s.entropy.token_bytes(10))
    there = known is not None and bool(s.journals.load(known))
    if not there and refusal is not None:
        if not isinstance(refusal, PolicyRejected):
            raise refusal
        problems.append(refusal)
    offer = offered(order, s)
    if not there:
        problems += refusals(request_id, order, s)
    request = _imagined(request_id, order, s)
    room = there or offer is not None or has_money(request_id, order, s)
    return DryRun(
        ok=not problems,
        problems=tuple(told for one in problems for told in _told(one)),
        warnings=tuple(_warnings(request, there, room, order, s)),
        template=template_view(order.content.template),
        options=OptionsView(deployment=None, **dict(order.options)),
        estimate=_estimate(order, s),
        budget=_budget(order, room, s),
        routing=forecast(request, s),
        approval=ApprovalPlan(stages=tuple(_stages(order, room))),
        reused_from=reused_view(offer.reused if offer else None, order.content),
        policy=PolicySays(
            version=judgement.policy.version,
            sha256=judgement.policy.sha256,
            rules=tuple(rule.id for rule in judgement.matched),
        ),
    )


def _told(problem: CallerError) -> Iterator[Refusal]:
    """Each rule of the policy by itself."""
    if isinstance(problem, PolicyRejected):
        for one in problem.faults:
            where = {"rule": one.rule, "pointer": one.pointer}
            yield Refusal(code=problem.code, detail=one.detail, **where)
    else:
        yield Refusal(code=problem.code, detail=str(problem))


def _known(order: Order, s: Services) -> tuple[str | None, list[CallerError]]:
    """The id that the key stands for, or what is wrong with the key."""
    try:
        return known_id(order, s), []
    except KeyReused as error:
        return None, [error]


def _imagined(request_id: str, order: Order, s: Services) -> Request:
    """The request as its first fact would make it, written nowhere."""
    inputs = tuple(given.ref for given in order.inputs)
    first = first_fact(request_id, order, order.content, inputs, s)
    actor = f"caller:{order.caller.name}"
    line = {"seq": 1, "at": s.clock.now(), "type": first.TYPE, "by": "", "prev": NO_PREVIOUS}
    return Request(request_id).apply(Fact(**line, actor=actor, data=first))


def _warnings(
    request: Request, there: bool, room: bool, order: Order, s: Services
) -> Iterator[Warning_]:
    yield from policy_warnings(request)
    yield from warnings_of(request, s)
    if there:
        yield SAME_REQUEST
    if any(given.url is not None for given in order.inputs):
        yield NOT_FETCHED
    if request.terms.screening:
        yield NOT_SCREENED
    if not room and order.caller.over_budget == "ask":
        yield ASKED_FIRST


def _estimate(order: Order, s: Services) -> Estimate:
    options, prompt_chars = order.options, len(order.content.prompt)
    most = most_of(options, prompt_chars, s.terms)
    others = (
        options.model_copy(update={"quality": quality})
        for quality in FAMILIES[options.model].qualities
    )
    return Estimate(
        amount=most.amount,
        at_most=hold_of(options, order.content.prompt, s.terms).amount,
        currency=most.currency,
        price_book=most.price_book,
        per_quality=tuple(
            QualityEstimate(quality=one.quality, amount=most_of(one, prompt_chars, s.terms).amount)
            for one in others
        ),
    )


def _budget(order: Order, room: bool, s: Services) -> BudgetRoom | None:
    limit = order.caller.monthly_budget_usd
    budget = s.budgets.standing(order.caller, month_of(s.clock.now()))
    if budget is None or limit is None:
        return None
    held = budget.committed - budget.settled
    return BudgetRoom(limit=limit, spent=budget.settled, held=held, room=room)


def _stages(order: Order, room: bool) -> Iterator[PlannedStage]:
    """Money is asked for right before the call, so after those who look at the prompt."""
    added = order.policy.stages if order.policy else ()
    planned = [
        PlannedStage(phase=one.phase, name=one.name, policy=one.name in added)
        for one in order.stages
    ]
    yield from (stage for stage in planned if stage.phase == "before")
    if not room and order.caller.over_budget == "ask":
        yield PlannedStage(phase="before", name=SPEND)
    yield from (stage for stage in planned if stage.phase == "after")
