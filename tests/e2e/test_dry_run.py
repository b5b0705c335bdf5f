"""What the app says that it would do is what it does, and saying it leaves nothing behind."""

from collections.abc import Iterator

import pytest

from tests.e2e import marks
from tests.e2e.world import LONER_KEY, MAKER_KEY, SAVER_KEY, World

CALLERS = ("maker", "saver")


def kept(world: World) -> Iterator[str]:
    """Everything in storage that a submit of these callers leaves."""
    for container in ("requests", "content", "inputs"):
        yield from world.store.names(container)
    for folder in ("keys", "open"):
        for caller in CALLERS:
            yield from world.store.names("state", f"{folder}/{caller}")
    yield from world.store.names("state", "budgets/")


def test_told_and_then_done(world: World) -> None:
    """Accepted as told, with the options that were told, for about what was told."""
    maker, before = world.client.by(MAKER_KEY), set(kept(world))
    body = marks.order(n=2, inputImages=[{"url": "https://example.com/a.png"}])

    assert maker.checked(body)["ok"]
    told = maker.checked(marks.order(n=2))
    assert set(kept(world)) == before
    request_id = maker.submitted(marks.order(n=2))
    made = maker.reached(request_id, "awaitingApproval")

    assert told["options"] | {"deployment": made["options"]["deployment"]} == made["options"]
    assert made["cost"]["amount"] == pytest.approx(told["estimate"]["amount"], rel=0.05)
    assert told["routing"]["deployment"] in world.client.conditions()[1]
    assert [one["name"] for one in told["approval"]["stages"]] == [made["approval"]["stage"]]


def test_told_and_then_refused(world: World) -> None:
    """What the budget has no room for is told in the words of the refusal."""
    saver, before = world.client.by(SAVER_KEY), set(kept(world))
    dear = marks.order(quality="high")

    told = saver.checked(dear)
    assert set(kept(world)) == before
    refused = saver.submit(dear)

    assert (told["ok"], refused.status) == (False, 402)
    said = {name: refused.json()[name] for name in ("code", "detail")}
    assert told["problems"] == [{**said, "rule": None, "pointer": None}]
    assert world.client.by(LONER_KEY).checked(dear)["budget"] is None
