"""The bill adds up: run after all tests that ask for images, over everything they asked for."""

from decimal import Decimal

import pytest

from tests.e2e.books import lines, summed
from tests.e2e.client import Client
from tests.e2e.store import Store
from tests.e2e.waiting import until
from tests.e2e.world import World

AMOUNTS = ("amount", "maybeBilledAmount")


def bill(client: Client, months: set[str]) -> dict[str, Decimal]:
    """What the app says that everybody's requests of these months cost."""
    totals = [client.usage(month=month).json()["total"] for month in months]
    return {name: summed(totals, name) for name in AMOUNTS}


def check(client: Client, store: Store) -> None:
    requests = client.every()
    months = {one["createdAt"][:7] for one in requests}
    costs = {name: summed((one["cost"] for one in requests), name) for name in AMOUNTS}

    # A killed host's last lines may still be on their way when its request looks finished.
    until(lambda: bill(client, months) == costs, f"the bill is {costs}")

    held = list(lines(store).values())
    assert {name: summed(held, name) for name in AMOUNTS} == costs
    assert costs["amount"] > 0
    bought = {line["key"].partition(".")[0] for line in held}
    assert bought <= {one["id"] for one in requests}


def test_books_of_the_system(client: Client, store: Store) -> None:
    """The sum of what the requests say is what GET /usage says, and what the ledger's lines say."""
    check(client, store)


@pytest.mark.parametrize("name", ["world", "retrying"])
def test_books_around_kills(name: str, request: pytest.FixtureRequest) -> None:
    """The same where hosts were killed, callers had budgets, and calls were made once more."""
    world: World = request.getfixturevalue(name)
    check(world.client, world.store)
