"""Whether there is a place and money for a request, asked before anything of it is stored."""

from decimal import Decimal

from shared.chain.costs import hold_of
from shared.chain.order import Order
from shared.chain.reuse import offered
from shared.chain.services import Services
from shared.domain.budget import key_of, money, month_of
from shared.errors import BudgetExhausted, CallerError, TooManyOpenRequests
from shared.security.callers import Caller


def admit(request_id: str, order: Order, s: Services) -> None:
    """
    Take a place among the open requests, and hold the money for the first call.

    Whoever dies on the way leaves what others clean up: `open_requests.py` and `reconcile.py`.

    Raises:
        TooManyOpenRequests: there is no place.
        BudgetExhausted: there is no money, and the caller's rule is not to ask.
    """
    s.open_requests.enter(request_id, order.caller)
    if not _costs(order, s):
        return  # where that is gone by then, money is asked for right before the call
    amount = most(order, s)
    month, key = month_of(s.clock.now()), key_of(request_id, 1)
    held = s.budgets.reserve(order.caller, month, key, amount)
    if not held and order.caller.over_budget == "refuse":
        s.open_requests.leave(request_id, order.caller)
        raise BudgetExhausted(no_room(amount, order.caller))


def refusals(request_id: str, order: Order, s: Services) -> list[CallerError]:
    """All for which `admit` would refuse it now; nothing is taken, and nothing written."""
    found: list[CallerError] = []
    if not s.open_requests.has_room(request_id, order.caller):
        found.append(TooManyOpenRequests())
    refuses = order.caller.over_budget == "refuse"
    if refuses and not has_money(request_id, order, s) and _costs(order, s):
        found.append(BudgetExhausted(no_room(most(order, s), order.caller)))
    return found


def _costs(order: Order, s: Services) -> bool:
    """Whether it takes money; where there is no budget nobody has to know."""
    return order.caller.monthly_budget_usd is None or offered(order, s) is None


def has_money(request_id: str, order: Order, s: Services) -> bool:
    """Whether the caller's budget has room for the first call, as it stands now."""
    limit = order.caller.monthly_budget_usd
    budget = s.budgets.standing(order.caller, month_of(s.clock.now()))
    if budget is None or budget.knows(key_of(request_id, 1)):
        return True
    return budget.has_room(most(order, s), limit)


def most(order: Order, s: Services) -> Decimal:
    return money(hold_of(order.options, order.content.prompt, s.terms))


def no_room(amount: Decimal, caller: Caller) -> str:
    """With figures, so that the caller sees whether a cheaper request could do."""
    most, limit = f"{amount:f}", f"{caller.monthly_budget_usd:f}"
    return f"It may cost up to {most} USD; less than that is left of this month's {limit} USD."


def withdraw(request_id: str, order: Order, s: Services) -> None:
    """Give back what was taken for a request that is refused after all."""
    if s.journals.load(request_id):
        return  # another door, with the same key, had it accepted
    s.open_requests.leave(request_id, order.caller)
    month, key = month_of(s.clock.now()), key_of(request_id, 1)
    s.budgets.change(order.caller, month, lambda budget: budget.drop([key]))
