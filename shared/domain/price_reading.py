"""From bytes to a price book, or to everything that is wrong with them."""

from collections.abc import Iterable, Iterator

from pydantic import ValidationError

from shared.domain import strict_json
from shared.domain.body_faults import faults_of
from shared.domain.deployments import Deployment
from shared.domain.money import PriceBook
from shared.errors import Fault, PricesBroken

USD = "USD"
# A hundred models with their sources take a tenth of it.
MAX_BYTES = 256 * 1024


def read_prices(data: bytes) -> PriceBook:
    """
    Raises:
        PricesBroken: with every fault.
    """
    raw = strict_json.document(data, MAX_BYTES, PricesBroken)
    try:
        return PriceBook.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise PricesBroken(faults_of(found, raw)) from None


def read_later_prices(
    data: bytes, deployments: Iterable[Deployment], chats: Iterable[str] = ()
) -> PriceBook:
    """
    A book that comes while the app runs, and has to fit what was set before; `chats` are
    models that write alt texts.

    Raises:
        PricesBroken: with every fault.
    """
    book = read_prices(data)
    if faults := [*_currency_faults(book), *_unpriced(book, deployments, chats)]:
        raise PricesBroken(faults)
    return book


def _currency_faults(book: PriceBook) -> Iterator[Fault]:
    """Budgets and rules of the policy were held against it before there was a book."""
    if book.currency != USD:
        yield Fault("#/currency", f"A price book in a blob has to be in {USD}; use a file.")


def _unpriced(
    book: PriceBook, deployments: Iterable[Deployment], chats: Iterable[str]
) -> Iterator[Fault]:
    """What would be billed at nothing."""
    asked = [*chats]
    for one in deployments:
        if one.model not in book.models:
            yield Fault("#/models", f"{one.model} is deployed here and has no price.")
        asked += [one.orchestrator_model] if one.orchestrator_model else []
    for model in asked:
        if model not in book.orchestrators:
            yield Fault("#/orchestrators", f"{model} is deployed here and has no price.")
