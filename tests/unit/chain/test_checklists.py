"""What has to be ticked is said in callers' words: the record has marks of them only."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

from shared.chain.accept import accept
from shared.chain.audit import verify
from shared.chain.decide import decide
from shared.chain.erasures import erase_request
from shared.chain.evidence import evidence_of
from shared.chain.request_keys import Origin
from shared.chain.rerun import rerun
from shared.chain.verdict import Verdict
from shared.domain import names
from shared.domain.approval_facts import Decided
from shared.domain.policy_reading import Surroundings, read_policy
from shared.errors import StorageError
from shared.security.people import mark_of
from tests.crash.world import CALLER, World
from tests.unit.chain.staged import ANA, DAY_S, Told, stage
from tests.unit.histories import failing, order

LIKENESS, LOGOS = "Nobody like Li Wei can be recognised", "No logo of Fabrikam"
TICKS = [LIKENESS, LOGOS]
STAGE = stage(ANA, checklist=TICKS)


def pack(told: Told) -> dict[str, Any]:
    return evidence_of(told.world.s.journals.load(told.id), told.world.s)


def shown(told: Told) -> tuple[Any, Any]:
    """The list of the stage, and what was ticked."""
    approval = pack(told)["request"]["approval"]
    return approval["checklist"], approval["decisions"][0]["checklist"]


def approved() -> Told:
    told = Told(STAGE)
    told.says(ANA, "approve", checklist=(LOGOS, LIKENESS))
    assert told.state == "approved"
    return told


def outside_content(world: World) -> bytes:
    held = world.store.blobs.items()
    return b"".join(blob.data for (container, _), blob in held if container != names.CONTENT)


def test_only_in_the_content() -> None:
    """Not in the record, not in a due entry; whoever reads the request sees the texts."""
    told = approved()

    assert not any(text.encode() in outside_content(told.world) for text in TICKS)
    assert shown(told) == (TICKS, [LOGOS, LIKENESS])
    assert verify(pack(told)) == []


def test_how_many_is_proven() -> None:
    """A pack that shows a tick too many, or one too few, does not hold."""
    told = approved()
    cut = json.loads(json.dumps(pack(told)))
    for at in (cut["request"]["approval"], cut["decisions"][0]):
        at["checklist"] = at["checklist"][:1]

    assert verify(cut) == [
        f"{place}.checklist is not what the journal says."
        for place in ("request.approval", "decisions[0]")
    ]


def test_what_the_record_says() -> None:
    """Whoever has the signing key and knows a text can tell that it was ticked."""
    told = approved()
    [decided] = [one.data for one in told.request.decisions]

    ring = told.world.s.terms.ring
    assert decided.checklist == (mark_of(ring, LOGOS), mark_of(ring, LIKENESS))
    assert told.request.terms.stages[0].checklist == decided.checklist[::-1]
    assert mark_of(ring, "anything else") not in decided.checklist


def test_erased() -> None:
    """After an erasure they are null, in the resource and in the pack, which still holds."""
    told = approved()
    erase_request(told.id, told.id, CALLER.name, told.world.s)
    told.wait(2 * DAY_S)

    assert shown(told) == ([None, None], [None, None])
    assert verify(pack(told)) == []


def test_retired() -> None:
    """So they are when their days are over."""
    told = approved()
    told.wait(40 * DAY_S)

    assert shown(told) == ([None, None], [None, None])


def test_words_of_a_no() -> None:
    """Who rejects need not tick, and words that are on no list are not recorded."""
    told = Told(STAGE)
    told.says(ANA, "reject", checklist=("Li Wei hates it", LOGOS))

    [decided] = [one.data for one in told.request.decisions]
    assert isinstance(decided, Decided) and len(decided.checklist) == 1
    assert shown(told) == (TICKS, [LOGOS])


def test_run_again() -> None:
    """The second request asks for the same ticks."""
    told = approved()
    again = rerun(told.id, CALLER, Origin(), told.world.s)
    told.world.run_for(30)

    assert again.request.terms.stages == told.request.terms.stages
    verdict = Verdict("approve", reviewer=ANA, caller=CALLER, checklist=tuple(TICKS))
    decide(again.id, verdict, told.world.s)
    told.world.run_for(30)
    assert told.world.request(again.id).state == "approved"


def test_begun_under_another_policy() -> None:
    """A stage that a newer policy adds on the second try has its texts, too."""
    world = World()
    whole = world.s
    world.s = failing(whole, "appends.append", StorageError(), times=1)
    rule = {
        "id": "legal",
        "reason": "Legal looks.",
        "when": {},
        "then": "review",
        "phase": "after",
        "stage": {"name": "legal", "checklist": [LOGOS]},
    }
    key = Origin(key="k")
    asks = {"approval": {"after": [stage(ANA, checklist=[LIKENESS])]}}
    with suppress(StorageError):
        accept(order(world, key, **asks), world.s)
    data = json.dumps({"version": "2", "rules": [rule]}).encode()
    policy = read_policy(data, Surroundings())
    world.s = replace(whole, terms=replace(whole.terms, policy=policy))

    request_id = accept(order(world, key, **asks), world.s).id

    content = world.s.contents.read(request_id)
    marks = {mark for one in world.request(request_id).terms.stages for mark in one.checklist}
    assert content is not None and set(content.checklists) == marks
    assert set(content.checklists.values()) == {LIKENESS, LOGOS}
