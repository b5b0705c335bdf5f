"""What an attempt cost, or may have: its images, and the orchestrator where it went through one."""

from shared.chain.ports import ModelAnswer
from shared.chain.services import Terms
from shared.domain.deployments import can_take
from shared.domain.families import FAMILIES
from shared.domain.money import estimated_usage, usage_of
from shared.domain.orchestrators import with_orchestrator
from shared.domain.parts import Attempt
from shared.domain.upper_bound import bound_of
from shared.domain.values import Cost, Options, Usage


def orchestrator_of(attempt: Attempt, terms: Terms) -> str | None:
    """The chat model that was asked to draw; None also for a deployment that is gone."""
    models = {one.name: one.orchestrator_model for one in terms.deployments}
    return models.get(attempt.deployment)


def estimate_of(attempt: Attempt, options: Options, prompt_chars: int, terms: Terms) -> Cost:
    return _estimate(options, prompt_chars, orchestrator_of(attempt, terms), terms)


def _estimate(options: Options, prompt_chars: int, orchestrator: str | None, terms: Terms) -> Cost:
    """Nothing for a model that lost its price meanwhile: its open calls have to end."""
    prices = terms.book
    if options.model not in prices.models or options.model not in FAMILIES:
        return Cost(amount=0, currency=prices.currency, price_book=prices.version, estimated=True)
    return prices.estimate(options, prompt_chars, orchestrator)


def most_of(options: Options, prompt_chars: int, terms: Terms) -> Cost:
    """The estimate before it is known which deployment is asked: that of the dearest."""
    able = _orchestrators(options, terms)
    estimates = [_estimate(options, prompt_chars, model, terms) for model in able]
    return max(estimates, key=lambda cost: cost.amount)


def hold_of(options: Options, prompt: str, terms: Terms) -> Cost:
    """What is held for a call until it has ended, whichever deployment it goes to."""
    book = terms.book
    if options.model not in book.models or options.model not in FAMILIES:
        return most_of(options, len(prompt), terms)
    bounds = [bound_of(book, options, prompt, model) for model in _orchestrators(options, terms)]
    return max(bounds, key=lambda cost: cost.amount)


def _orchestrators(options: Options, terms: Terms) -> list[str | None]:
    """Who may be asked to draw; None for nobody but the model itself."""
    return [one.orchestrator_model for one in terms.deployments if can_take(one, options)] or [None]


def counted(
    answer: ModelAnswer, attempt: Attempt, options: Options, prompt_chars: int, terms: Terms
) -> tuple[Usage | None, Cost]:
    """
    What upstream counted, None when that is nothing, and the cost.

    For the image and for the orchestrator alike: what upstream does not count is estimated; where
    it counts some of the images only, at no less than those.
    """
    said, orchestrator = usage_of(answer.usage), orchestrator_of(attempt, terms)
    image = said if answer.usage_is_whole else None
    guesses = [estimated_usage(options, prompt_chars), *([said] if said else [])]
    billed = image or max(guesses, key=lambda one: terms.book.cost(options.model, one).amount)
    if orchestrator is None:
        return image, terms.book.cost(options.model, billed, estimated=image is None)
    asking = usage_of(answer.orchestrator_usage)
    cost = terms.book.cost(
        options.model,
        with_orchestrator(billed, asking),
        orchestrator=orchestrator,
        estimated=image is None or asking is None,
    )
    if asking is None:
        return image, cost
    return with_orchestrator(image or Usage(), asking), cost
