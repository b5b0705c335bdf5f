"""The audit pack: a good one holds, and any change of it is found."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.chain.audit import verify
from shared.chain.decide import decide
from shared.chain.evidence import evidence_of
from shared.chain.verdict import OneImage
from shared.domain import facts
from shared.domain.approval_facts import ReleaseStarted
from shared.domain.evidence import chain_of
from shared.domain.facts import Draft, FactData
from shared.domain.lines import NO_PREVIOUS, digest_of, write_line
from shared.errors import IllegalMove
from tests.crash.world import World
from tests.fakes import Blob
from tests.unit.histories import (
    ACCEPTED,
    APPROVED,
    BARE,
    ID,
    RELEASING,
    REVIEWED,
    brought_to,
    by_caller,
    completed,
    decided,
    intended,
    journal_of,
    lines,
    opened,
    raised,
    refused,
    seconds,
    unknown,
)

Pack = dict[str, Any]


def pack_of(world: World, request_id: str) -> Pack:
    pack: Pack = json.loads(json.dumps(evidence_of(world.s.journals.load(request_id), world.s)))
    return pack


def split_release() -> Pack:
    world = World()
    request_id = brought_to(world, "reviewing", n=2)
    images = (OneImage(0, "reject"), OneImage(1, "approve"))
    decide(request_id, by_caller(True, images=images), world.s)
    world.run_for(30)
    return pack_of(world, request_id)


GOOD = split_release()
LINES: list[str] = GOOD["journal"]
NUMBERS = st.integers(0, len(LINES) - 1)


def changed(change: Callable[[Pack], object]) -> list[str]:
    pack = copy.deepcopy(GOOD)
    change(pack)
    return verify(pack)


def test_a_good_pack() -> None:
    """What the app hands out is verified, and its summary is the journal's."""
    assert verify(GOOD) == []
    assert GOOD["chain"]["ok"] and GOOD["chain"]["length"] == len(LINES)
    assert [image["state"] for image in GOOD["images"]] == ["rejected", "approved"]
    assert GOOD["costs"][0]["attempt"] == 1


@given(NUMBERS, st.data())
def test_any_changed_character(number: int, data: st.DataObject) -> None:
    """No character of any line can be another one."""
    line = LINES[number]
    at = data.draw(st.integers(0, len(line) - 1))
    other = data.draw(st.characters().filter(lambda c: c != line[at]))
    lines = [*LINES]
    lines[number] = line[:at] + other + line[at + 1 :]

    assert verify(GOOD | {"journal": lines}) != []


@given(NUMBERS, NUMBERS)
def test_lines_dropped_doubled_or_reordered(one: int, other: int) -> None:
    """Every line is there, once, and in its place."""
    dropped = LINES[:one] + LINES[one + 1 :]
    doubled = [*LINES[:one], LINES[one], *LINES[one:]]
    swapped = [*LINES]
    swapped[one], swapped[other] = swapped[other], swapped[one]

    assert verify(GOOD | {"journal": dropped}) != []
    assert verify(GOOD | {"journal": doubled}) != []
    assert one == other or verify(GOOD | {"journal": swapped}) != []


def set_to(value: object, *path: Any) -> Callable[[Pack], None]:
    def change(pack: Any) -> None:
        for part in path[:-1]:
            pack = pack[part]
        pack[path[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        set_to("rejected", "request", "status"),
        set_to("f" * 64, "request", "images", 0, "sha256"),
        set_to("f" * 64, "images", 1, "sha256"),
        set_to([], "images"),
        set_to(None, "images"),
        set_to(["x"], "request", "images"),
        set_to("reject", "decisions", 0, "decision"),
        set_to([], "decisions"),
        set_to("0" * 64, "chain", "head"),
        set_to(99, "chain", "length"),
        set_to(None, "chain"),
        set_to(None, "request"),
        set_to(None, "request", "id"),
        set_to("01JD3Q5B3A0000000000000009", "request", "id"),
        set_to("me", "request", "approvedBy"),
        set_to(None, "costs"),
        set_to([], "journal"),
        set_to([1], "journal"),
        set_to("text", "journal"),
    ],
)
def test_what_is_shown_is_the_journals(change: Callable[[Pack], None]) -> None:
    """What a pack says for people to read cannot differ from its journal."""
    assert changed(change) != []


def pack_with(*history: FactData) -> Pack:
    """A pack whose chain is right, whatever its facts say."""
    world = World()
    data = b"".join(line + b"\n" for line in lines(*history))
    world.store.blobs["requests", ID] = Blob(data, "1")
    return pack_of(world, ID)


def forged(*history: FactData) -> Pack:
    """A journal whose chain is right and that the app would never have written."""
    journal, previous = [], NO_PREVIOUS
    for seq, data in enumerate(history, start=1):
        draft = Draft(actor="x", data=data)
        raw = write_line(draft, seq=seq, at=seconds(seq), by=f"by{seq}", prev=previous)
        journal.append(raw.decode())
        previous = digest_of(raw)
    return {"journal": journal, "request": {"id": ID}}


def test_a_release_nobody_approved() -> None:
    """Released images need a verdict that approved those very bytes, where people were asked."""
    impossible = ["The journal holds a fact that its state does not allow."]
    assert verify(forged(*REVIEWED, decided(True, False), RELEASING, APPROVED)) == impossible
    assert verify(forged(*REVIEWED, RELEASING, APPROVED)) == impossible
    more = (*REVIEWED, decided(True, False), ReleaseStarted(images=(0,)), APPROVED)
    assert verify(pack_with(*more)) == ["Released image 1 was never approved."]
    assert verify(pack_with(*REVIEWED, decided(True, True), RELEASING, APPROVED)) == []
    assert verify(pack_with(BARE, intended(), completed(), RELEASING, APPROVED)) == []


def test_a_release_of_nothing() -> None:
    """A released image has to be one of those that were chosen."""
    invented = facts.Approved(blobs={7: "x/7.png"})
    pack = pack_with(*REVIEWED, decided(True, True), RELEASING, invented)

    assert verify(pack) == ["Released image 7 was never stored."]


def test_a_stage_that_was_never_agreed() -> None:
    """People asked by another name than the request has were not asked."""
    asked = opened().model_copy(update={"stage": "other"})

    assert verify(forged(*REVIEWED[:3], asked)) == [
        "The journal holds a fact that its state does not allow."
    ]


def test_the_journal_of_another_request() -> None:
    """A journal under another request's name is refused by the app itself."""
    first = ACCEPTED.model_copy(update={"request_id": "01JD3Q5B3A0000000000000009"})

    with pytest.raises(IllegalMove, match="another request's"):
        journal_of(first)


def test_a_move_that_was_never_possible() -> None:
    """A chain that is right but tells an impossible history is found."""
    pack = copy.deepcopy(GOOD)
    last = json.loads(LINES[-1])
    line = json.dumps(last | {"type": "request.cancelled", "data": {}}, separators=(",", ":"))
    pack["journal"][-1] = line
    pack["chain"] = chain_of(pack["journal"])

    assert verify(pack) == ["The journal holds a fact that its state does not allow."]


def test_a_request_without_an_approval() -> None:
    """A pack of a request that was never asked about holds too."""
    world = World()
    request_id = brought_to(world, "reviewing", callbackUrl=...)
    assert verify(pack_of(world, request_id)) == []


# What is shown of the erasable content, or made at every reading: no chain can prove it.
FREE = (
    *("requestedBy", "purpose", "altText", "altTextBy", "costCenter", "metadata", "idempotencyKey"),
    *("progress", "warnings", "links", "reviewers", "reviewer", "comment"),
    *("waitingFor", "delegations"),
    *("url", "urlExpiresAt", "deliveries"),
)
REFUSED = pack_with(ACCEPTED, intended(), refused())
HELD = pack_with(ACCEPTED, intended(), unknown(), raised())
Path = tuple[Any, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a pack that its journal proves, with the way to it."""
    if isinstance(value, dict) and value:
        parts = [(name, part) for name, part in value.items() if name not in FREE]
    elif isinstance(value, list) and value:
        parts = list(enumerate(value))
    else:
        yield path, value
        return
    for name, part in parts:
        yield from leaves(part, (*path, name))


LEAVES = [(pack, *leaf) for pack in (GOOD, REFUSED, HELD) for leaf in leaves(pack)]
OTHERS: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.text() | st.just([]) | st.just({})
)


@given(st.sampled_from(LEAVES), OTHERS)
def test_any_changed_value(leaf: tuple[Pack, Path, Any], other: object) -> None:
    """No single value that the journal proves can be another one, of any type."""
    pack, path, value = leaf
    assume(other != value or isinstance(other, bool) != isinstance(value, bool))
    pack = copy.deepcopy(pack)
    set_to(other, *path)(pack)

    assert verify(pack) != []


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: ".".join(map(str, leaf[1])))
def test_every_value_is_covered(leaf: tuple[Pack, Path, Any]) -> None:
    """Each of them is looked at, and the journal they are compared with is whole."""
    pack = copy.deepcopy(leaf[0])
    set_to("another", *leaf[1])(pack)

    assert verify(leaf[0]) == []
    assert verify(pack) != []
