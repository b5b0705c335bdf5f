"""One verdict for a whole batch under faults: what it approved is released, and nothing else."""

import pytest

from shared.chain import batches
from shared.chain.audit import verify
from shared.chain.batch_decide import decide
from shared.chain.batch_order import batch_order_of
from shared.chain.evidence import evidence_of
from shared.chain.request_keys import Origin
from shared.chain.verdict import OneImage, Verdict
from shared.domain import names
from shared.domain.batch import Batch
from shared.domain.batch_asking import Asking
from shared.domain.batch_notices import BatchAsked, BatchDecided, BatchSettled
from shared.domain.facts import AttentionRaised
from shared.domain.notices import BatchCompleted, batch_stream
from shared.domain.transitions import State
from tests.crash.faults import KINDS, Fault
from tests.crash.promises import check_retired
from tests.crash.scenarios import A_DAY_S, finish, retire
from tests.crash.world import CALLBACK_URL, CALLER, PROMPT, World

ROWS, ANA = 2, "ana@contoso.com"
# Each kind of fault meets other calls. Run with 1 when verdicts on batches are changed.
EACH = 9
STAGE = {"name": "brand", "reviewers": [ANA], "deadline": "PT72H", "releaseDelay": "PT1H"}


def history(world: World) -> str:
    """Two rows, asked about together; one is approved, the other is not."""
    items = [{"prompt": f"{PROMPT} {row}", "quality": "low"} for row in range(ROWS)]
    body = {"items": items, "approvalScope": "batch", "approval": {"after": [STAGE]}}
    body |= {"callbackUrl": CALLBACK_URL}
    order = batch_order_of(body, world.caller, Origin(key="b1"), [], world.s)
    found = world.insist(lambda: batches.accept(order, world.s))
    assert isinstance(found, Batch)
    asking = asked(world, found.id)
    split = tuple(OneImage(row, "reject") for row in asking.rows if row == 1)
    verdict = Verdict("approve", split, ANA, comment="fine", caller=CALLER)
    world.insist(lambda: decide(found.id, verdict, asking.root, world.s))
    return found.id


def asked(world: World, batch_id: str) -> Asking:
    """As soon as people are: a dead look is made up for in a quarter of an hour, a call in days."""
    for wait_s in (*[120] * 15, *[A_DAY_S] * 16):
        world.run_for(wait_s)
        asking = world.insist(lambda: batches.load(batch_id, world.s)).asking
        if isinstance(asking, Asking):
            return asking
    raise AssertionError("people were never asked")


def explore(fault: Fault | None = None) -> World:
    world = World(fault)
    batch_id = history(world)
    finish(world, 2 * 3600)
    world.gate.open = False
    check(world, batch_id)
    retire(world)
    for row in range(ROWS):
        check_retired(world, names.member_of(batch_id, row))
    assert world.store.names(names.CONTENT) == []
    assert world.store.names(names.STATE, "due/") == [], "a due entry is left over"
    return world


def visited(offset: int, each: int = EACH) -> range:
    """The calls from the last row's images on; those before are a plain batch's."""
    log = explore().gate.log
    begun = max(at for at, what in enumerate(log) if what == "model.generate")
    return range(begun + 2 + offset % each, len(log) + 1, each)


def check(world: World, batch_id: str) -> None:
    facts = [one.data for one in world.s.streams.load(batch_stream(batch_id)).facts]
    for kind in (BatchAsked, BatchDecided, BatchSettled, BatchCompleted):
        assert sum(isinstance(one, kind) for one in facts) == 1, f"{kind.__name__}, not once"
    members = [names.member_of(batch_id, row) for row in range(ROWS)]
    journals = [world.s.journals.load(one) for one in members]
    wanted = dict(zip(members, (State.APPROVED, State.REJECTED), strict=True))
    for journal in journals:
        broken_off = any(isinstance(fact.data, AttentionRaised) for fact in journal.facts)
        if broken_off and journal.request.state is State.FAILED:
            wanted[journal.id] = State.FAILED  # no operator came, nor did the call end late
    assert {one.id: one.request.state for one in journals} == wanted
    released = {name.partition("/")[0] for name in world.store.names(names.APPROVED)}
    assert released == {one for one, state in wanted.items() if state is State.APPROVED}
    for journal in journals:
        assert verify(evidence_of(journal, world.s)) == []
        assert not any(event.type.startswith("darkroom.approval") for event in journal.events)
    told = {one["ce-id"]: one for one in world.arrived if "batches/" in one["ce-subject"]}
    types = sorted(one["ce-type"] for one in told.values())
    assert types == ["darkroom.approval.requested", "darkroom.batch.completed"]


@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_anywhere(kind: str) -> None:
    """Whatever happens at one port call, people are asked once and get what they decided."""
    broken = []
    for at in visited(KINDS.index(kind)):
        try:
            explore(Fault(kind, at))
        except Exception as error:
            broken.append((at, f"{type(error).__name__}: {error}"))
    assert broken == []


def test_two_workers_interleaved() -> None:
    """Two looks at a time ask once, settle once, and each row takes its answer over once."""
    for at in visited(0):
        explore(Fault("interleaved", at, 5))
