"""What is wrong with a price book, all of it."""

import json
from typing import Any

import pytest

from shared.domain.deployments import Deployment
from shared.domain.price_reading import MAX_BYTES, read_later_prices, read_prices
from shared.errors import PricesBroken
from shared.services import PRICES

BOOK: dict[str, Any] = json.loads(PRICES.read_text(encoding="utf-8"))
RATES = {"textIn": 5, "imageIn": 8, "imageOut": 30, "textOut": 10}
DEPLOYMENT = Deployment("img", "https://res.example", "image", "gpt-image-2", "v1", None, 60.0)
ASKING = Deployment(
    *("r", "https://res.example", "image", "gpt-image-1", "responses", None, 60.0),
    orchestrator="chat",
    orchestrator_model="gpt-4o",
)


def faults(data: bytes) -> dict[str, str]:
    with pytest.raises(PricesBroken) as caught:
        read_later_prices(data, (DEPLOYMENT, ASKING))
    return {one.pointer: one.detail for one in caught.value.faults}


def written(**changed: Any) -> bytes:
    return json.dumps(BOOK | changed).encode()


def test_the_built_in_book() -> None:
    """It has no faults, as a file and later."""
    assert read_prices(PRICES.read_bytes()) == read_later_prices(
        PRICES.read_bytes(), (DEPLOYMENT, ASKING)
    )


def test_what_needs_a_price() -> None:
    """Each model that is deployed here, and the one that drafts alt texts."""
    with pytest.raises(PricesBroken) as caught:
        read_later_prices(
            written(models={"gpt-image-2": RATES}, orchestrators={}),
            (DEPLOYMENT, ASKING),
            ["chat-x"],
        )

    assert [(one.pointer, one.detail.split()[0]) for one in caught.value.faults] == [
        ("#/models", "gpt-image-1"),
        ("#/orchestrators", "chat-x"),
        ("#/orchestrators", "gpt-4o"),
    ]


def test_every_fault() -> None:
    """All are named together, each at its place."""
    rates = {**RATES, "imageOut": 0, "textIn": -1, "imageInn": 8}

    found = faults(written(models={"gpt-image-2": rates}, valid=1, currency=None))

    assert set(found) == {
        *("#/models/gpt-image-2/imageOut", "#/models/gpt-image-2/textIn"),
        *("#/models/gpt-image-2/imageInn", "#/valid", "#/currency"),
    }


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"[]", b"{", b'{"version": "1", "version": "2"}', b'{"version": NaN}', b"\xff"),
        b" " * (MAX_BYTES + 1),
    ],
)
def test_no_book_at_all(data: bytes) -> None:
    """What is no JSON object of its size has one fault, of the whole."""
    assert set(faults(data)) in ({"#"}, {"#/version", "#/currency", "#/models"})


def test_what_has_to_have_a_price() -> None:
    """Each model that is deployed, and each that is asked to draw."""
    found = faults(written(models={"gpt-image-9": RATES}, orchestrators={}))

    assert set(found) == {"#/models", "#/orchestrators"}
    assert "gpt-image-1 is deployed" in found["#/models"]
    assert found["#/orchestrators"] == "gpt-4o is deployed here and has no price."


def test_another_currency() -> None:
    """Budgets and rules in dollars were taken before there was a book in a blob."""
    assert read_prices(written(currency="EUR")).currency == "EUR"
    assert "USD" in faults(written(currency="EUR"))["#/currency"]
