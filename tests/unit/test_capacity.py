"""`docs/capacity.md`: each number of operations is counted by letting it happen."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import azure.functions as func
import pytest

from dev.time_limits import QUEUES, seconds
from shared.chain import batches
from shared.chain.batch_order import batch_order_of
from shared.chain.batch_work import go_on
from shared.chain.request_keys import Origin
from shared.chain.sweep import MAX_ENTRIES, sweep
from shared.domain import names
from shared.domain.batch import Batch
from shared.security.callers import Caller
from shared.security.tokens import result_signature
from shared.web.access import Gate
from shared.web.boundary import handle
from tests.crash.scenarios import decided, described, plain, rejected
from tests.crash.world import CALLER, PROMPT, World
from tests.fakes_of_screening import ScriptedScreener

PAGE = (Path(__file__).parents[2] / "docs" / "capacity.md").read_text(encoding="utf-8")
WORDS = PAGE.replace("\N{MULTIPLICATION SIGN}", "x")
ROW = re.compile(r"^\| ([^|]+?) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.M)
ROWS = {row[0]: tuple(map(int, row[1:])) for row in ROW.findall(PAGE)}
DAY_S = 86_400
# https://learn.microsoft.com/azure/storage/common/scalability-targets-standard-account
ACCOUNT_A_SECOND = 20_000
LIMITED = replace(CALLER, monthly_budget_usd=Decimal(50), max_open_requests=20)
# What one call of a port is on the wire, for images of up to 4 MiB.
READS = {"blobs.read": 1, "appends.read": 1, "blobs.chunks": 2}
WRITES = {
    **dict.fromkeys(("blobs.put", "appends.append", "appends.create", "appends.add"), 1),
    **dict.fromkeys(("blobs.writer.write", "blobs.writer.commit"), 1),
}
KINDS: tuple[Mapping[str, int], ...] = (
    READS,
    WRITES,
    {"blobs.delete": 1},
    {"blobs.page": 1},
    {"queue.send": 1},
)


def counted(log: list[str]) -> tuple[int, ...]:
    calls = Counter(log)
    unknown = set(calls) - {name for kind in KINDS for name in kind}
    assert unknown <= {
        *("webhooks.post", "model.prepare", "model.generate", "blobs.writer", "screener.screen"),
        "describer.describe",
    }
    return tuple(sum(calls[name] * times for name, times in kind.items()) for kind in KINDS)


def lived(scene: Callable[[World], object], caller: Caller = CALLER) -> list[str]:
    world = World(caller=caller)
    scene(world)
    return world.gate.log


def screened(world: World) -> None:
    world.screen(ScriptedScreener())
    plain(world)


def asked_for_again() -> list[str]:
    world = World()
    plain(world)
    world.gate.log.clear()
    again = world.submit("k2", reuse="allow")
    world.run_for(60)
    assert world.request(again).reused is not None
    return world.gate.log


def polled() -> list[str]:
    world = World()
    request_id = plain(world)
    world.gate.log.clear()
    signature = result_signature(world.s.terms.ring, request_id)
    asked = func.HttpRequest(
        "GET",
        f"https://darkroom.example/api/images/{request_id}/result",
        params={"sig": signature},
        route_params={"id": request_id},
        body=b"",
    )
    answer = handle("result", asked, world.s, Gate(entra=False, easy_auth=False))
    assert answer.status_code == 200
    return world.gate.log


def swept_for_an_hour() -> list[str]:
    world = World()
    for _ in range(60):
        sweep(world.s)
        world.clock.advance(60)
    return world.gate.log


def taken(world: World, rows: int = 1000) -> Batch:
    items = [{"prompt": f"{PROMPT} {row}"} for row in range(rows)]
    order = batch_order_of({"items": items}, world.caller, Origin(key="b"), [], world.s)
    return batches.accept(order, world.s)


def a_batch_taken() -> list[str]:
    world = World()
    taken(world)
    return world.gate.log


def its_rows_placed() -> list[str]:
    world = World()
    batch = taken(world)
    world.gate.log.clear()
    while go_on(batch.id, world.s) is not None:
        pass
    return world.gate.log


def a_batch_read() -> list[str]:
    world = World()
    batch = taken(world)
    go_on(batch.id, world.s)
    world.gate.log.clear()
    batches.view_of(batches.load(batch.id, world.s), 0, 100, False, world.s)
    return world.gate.log


def a_row_lived() -> list[str]:
    """A batch of one that goes all the way, its callback told of nothing."""
    world = World()
    batch = taken(world, 1)
    decided(world, names.member_of(batch.id, 0), approved=True)
    return world.gate.log


SCENES: Mapping[str, Callable[[], list[str]]] = {
    "one image, approved, callback told everything": lambda: lived(plain),
    "the same, callback told the end only": lambda: lived(partial(plain, callbackEvents=["final"])),
    "the same, rejected": lambda: lived(rejected),
    "the same with four images": lambda: lived(partial(plain, n=4)),
    "the same for a caller with budget and limit": lambda: lived(plain, LIMITED),
    "the same, screened first": lambda: lived(screened),
    "the same, asked for again with `reuse`": asked_for_again,
    "the same, with a drafted alt text": lambda: lived(described),
    "a batch of 1,000 rows, taken": a_batch_taken,
    "its rows made into requests": its_rows_placed,
    "one look at it, a page of 100": a_batch_read,
    "a batch of one image, approved": a_row_lived,
    "one poll of `resultUrl`": polled,
    "an hour of sweeps with nothing to do, one deployment": swept_for_an_hour,
}


@pytest.mark.parametrize("name", SCENES)
def test_operations(name: str) -> None:
    """The page's row is what happens."""
    found = counted(SCENES[name]())

    assert ROWS[name] == found, " | ".join(["", name, *map(str, found), ""])


def test_every_row_is_counted() -> None:
    """No number stands there that nobody counts."""
    assert set(ROWS) == set(SCENES)


def made_of_rows() -> Iterator[str]:
    """What the page makes of its rows, in its own words."""
    reads, writes, deletes, lists, messages = ROWS["one image, approved, callback told everything"]
    each = reads + writes + deletes + lists + 3 * messages
    a_second = ACCOUNT_A_SECOND // each
    a_day = a_second * DAY_S // 1_000_000
    yield f"{ACCOUNT_A_SECOND:,} operations a second | with {each} a request: {a_second} requests"
    yield f"{a_second} requests a second, {a_day} million a day"
    yield f"{each} operations x 100,000 = {each * 100_000 // DAY_S} a second"
    cell = each * 10**7 // DAY_S
    assert cell < ACCOUNT_A_SECOND / 2
    yield f"10 million requests a day, each at {cell:,} operations a second, below half of its"
    polled = ROWS["one poll of `resultUrl`"][0]
    yield f"720 times: {720 * polled:,} reads"
    idle = ROWS["an hour of sweeps with nothing to do, one deployment"]
    read, listed = (f"{round(idle[kind] * 24 * 30, -3):,}" for kind in (0, 3))
    yield f"about {listed} lists and {read} reads"
    yield f"w x (R x W + {listed}) / 10,000 + r x (R x (D + {polled} x P) + {read}) / 10,000"


def test_numbers_made_of_rows() -> None:
    """Nothing on the page is left over from rows of before."""
    stale = [text for text in made_of_rows() if text not in WORDS]

    assert not stale, stale


def test_formulas_leave_nothing_out() -> None:
    """Polls are executions, and lists are billed as writes."""
    assert "R x 2 x (T + 4 + P)" in WORDS
    assert "W the writes and lists, D the reads and M the messages of the row above" in PAGE


def test_numbers_of_the_code() -> None:
    """What the page says of polling, sweep and threads is what the code has."""
    polls = 86_400 // seconds(QUEUES["maxPollingInterval"])

    assert f"{polls:,} transactions a day" in PAGE
    assert f"{MAX_ENTRIES:,} entries a minute" in PAGE
    assert f"{MAX_ENTRIES * 1440:,} a day" in PAGE
    assert f"{QUEUES['batchSize'] + QUEUES['newBatchThreshold']} messages" in PAGE
