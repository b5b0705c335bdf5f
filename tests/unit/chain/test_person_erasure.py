"""A person's erasure, look by look: what it waits for, what it counts, and who dies on the way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.chain import batches, person_walk, subjects
from shared.chain.accept import accept
from shared.chain.batch_order import batch_order_of
from shared.chain.batch_work import go_on
from shared.chain.decide import decide
from shared.chain.due import KEPT_WITHOUT_JOURNAL
from shared.chain.erasures import Record, erase_person, erase_request, name_of, read, subject_of
from shared.chain.person_erasure import look_at_person
from shared.chain.request_keys import Origin
from shared.chain.verdict import Verdict
from shared.domain import names
from shared.domain.messages import Nudge
from shared.domain.step import LAST_LOOK_AFTER
from shared.errors import StorageError
from shared.security.people import pseudonym
from tests.crash.world import CALLER, PROMPT, World
from tests.unit.histories import brought_to, failing, order

LI, ANA = "li@contoso.com", "ana@contoso.com"
STAGE = {"name": "brand", "reviewers": [ANA], "deadline": "PT72H"}
HOUR = timedelta(hours=1)


def requested(world: World, key: str = "k1", **fields: object) -> str:
    body = {"requestedBy": LI, "approval": {"after": [STAGE]}, **fields}
    return accept(order(world, Origin(key=key), **body), world.s).id


def asked(world: World, address: str = LI) -> str:
    return erase_person(address, CALLER.name, world.s).id


def record(world: World, erasure: str) -> Record:
    found = read(erasure, world.s)
    assert found is not None
    return found


def mentions(world: World) -> list[str]:
    return world.store.names(names.STATE, names.SUBJECTS)


def test_a_request_names_whoever_it_is_about() -> None:
    """Who it was submitted for, and everybody who may be asked, each once; nothing of them."""
    world = World()
    over = {**STAGE, "onDeadline": "escalate", "escalateTo": ["caro@contoso.com", LI]}

    request_id = requested(world, approval={"after": [over]})

    found = {name: subjects.read(name, world.s) for name in mentions(world)}
    own = names.mention_of(pseudonym(world.s.terms.ring, LI), request_id)
    submitted = [name for name, one in found.items() if one and one.submitted]
    assert len(found) == 3 and submitted == [own]


def test_who_decides_without_being_asked_by_name_is_mentioned() -> None:
    """Anybody may decide here, and is found by what they called themselves; a caller is nobody."""
    world = World()
    request_id = brought_to(world, "reviewing", n=2, requestedBy=LI)
    before = set(mentions(world))

    decide(request_id, Verdict("approve", reviewer=ANA, caller=CALLER), world.s)

    assert {name.split("/")[1] for name in set(mentions(world)) - before} == {
        pseudonym(world.s.terms.ring, ANA)
    }


def test_who_decides_on_a_request_of_their_own_keeps_it() -> None:
    """The mention still says that the request is theirs, to be erased and not only redacted."""
    world = World()
    request_id = brought_to(world, "reviewing", requestedBy=LI)

    decide(request_id, Verdict("reject", reviewer=LI, caller=CALLER), world.s)
    erasure = asked(world)
    world.run_for(60)

    assert record(world, erasure).requests == 1
    assert world.request(request_id).erasure is not None


def test_it_waits_for_a_call_under_way() -> None:
    """While a request of theirs is not erased it runs; the receipt comes when all are."""
    world = World()
    seen: list[bool] = []

    def during() -> None:
        seen.append(record(world, asked(world)).done_at is None)
        world.run_for(300)
        seen.append(record(world, asked(world)).done_at is None)

    world.during_call = during
    requested(world)
    world.run_for(60)
    erasure = asked(world)
    world.run_for(60)

    assert seen == [True, True]
    assert (record(world, erasure).requests, record(world, erasure).done_at is None) == (1, False)


def test_a_door_that_died_is_waited_for_and_swept_up_after() -> None:
    """Content without a journal may still become a request, for an hour; then it goes."""
    world = World()
    broken = failing(world.s, "appends.create", StorageError())
    with pytest.raises(StorageError):
        accept(order(world, Origin(key="k1"), requestedBy=LI), broken)
    assert world.store.names(names.CONTENT) != []
    erasure = asked(world)

    world.run_for(KEPT_WITHOUT_JOURNAL.total_seconds() - 120)
    waits = record(world, erasure)
    world.run_for(600)

    assert waits.done_at is None
    assert (record(world, erasure).requests, record(world, erasure).blobs) == (0, 1)
    assert record(world, erasure).done_at is not None
    assert world.store.names(names.CONTENT) == mentions(world) == []


def test_many_requests_take_many_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look does more than so many, the next goes on from there, and each is counted once."""
    monkeypatch.setattr(person_walk, "MAX_MENTIONS", 3)
    world = World()
    ids = [requested(world, f"k{n}") for n in range(11)]
    erasure = asked(world)

    looks: list[int] = []
    for _ in range(4):
        look_at_person(Nudge(request_id=subject_of(erasure), since=0), world.s)
        begun = [one for one in ids if world.onlooker.load(one).request.erasure is not None]
        looks.append(len(begun))
    world.run_for(240)

    assert looks == [3, 6, 9, 11]
    assert (record(world, erasure).requests, record(world, erasure).done_at is None) == (11, False)


def test_one_request_in_trouble_does_not_keep_the_others() -> None:
    """A journal that nobody can read is told of; the erasure stays open, the rest is erased."""
    world = World()
    broken, whole = requested(world, "k1"), requested(world, "k2")
    world.run_for(60)
    world.store.blobs[names.REQUESTS, broken].data += b"{}\n"
    erasure = asked(world)

    world.run_for(3600)

    assert world.request(whole).erasure is not None
    assert (record(world, erasure).requests, record(world, erasure).done_at) == (1, None)


def test_whoever_dies_after_counting_does_not_count_twice() -> None:
    """The mentions are there still; the record knows that it has counted them."""
    world = World()
    requested(world)
    world.run_for(60)
    erasure = asked(world)
    own = world.s.terms.ring
    name = names.mention_of(pseudonym(own, LI), world.onlooker.load(_only(world)).id)
    world.run_for(1)
    stubborn = failing(world.s, "blobs.delete", StorageError(), times=1, name=name)
    for _ in range(3):
        try:
            message = Nudge(request_id=subject_of(erasure), since=0)
            look_at_person(message, stubborn)
        except StorageError:
            break
        world.clock.advance(3)
    assert (record(world, erasure).requests, name in mentions(world)) == (1, True)

    world.run_for(60)

    assert (record(world, erasure).requests, name in mentions(world)) == (1, False)
    assert record(world, erasure).done_at is not None


def _only(world: World) -> str:
    [request_id] = world.store.names(names.REQUESTS)
    return request_id


def test_an_erased_request_of_another_erasure_is_not_counted() -> None:
    """Its own receipt has it already."""
    world = World()
    request_id = requested(world)
    world.run_for(60)
    person = asked(world)  # nobody has looked yet
    erase_request(request_id, request_id, CALLER.name, world.s)

    world.run_for(120)

    assert (record(world, person).requests, record(world, person).done_at is None) == (0, False)


def test_a_name_that_comes_back_is_taken_out_an_hour_later() -> None:
    """Who was under way with it when the erasure began has ended by then."""
    world = World()
    request_id = requested(world)
    world.run_for(60)
    erasure = asked(world, ANA)
    world.run_for(60)
    assert record(world, erasure).done_at is not None
    who = pseudonym(world.s.terms.ring, ANA)
    back = {who: ANA}
    world.s.contents.update(request_id, lambda one: one.model_copy(update={"people": back}))

    world.run_for(LAST_LOOK_AFTER.total_seconds() + 300)

    content = world.s.contents.read(request_id)
    assert content is not None and content.people == {}
    assert record(world, erasure).confirmed and record(world, erasure).redacted == 1
    assert [name for name in mentions(world) if who in name] == []
    assert world.store.names(names.STATE, f"due/{names.stamp(world.clock.now())[:4]}") != []


def test_what_is_said_after_the_erasure_stays() -> None:
    """A person who decides later is somebody who is there again."""
    world = World()
    request_id = requested(world)
    world.run_for(60)
    erasure = asked(world, ANA)
    world.run_for(60)

    decide(request_id, Verdict("approve", reviewer=ANA, comment="mine", caller=CALLER), world.s)
    world.run_for(2 * HOUR.total_seconds())

    content = world.s.contents.read(request_id)
    assert content is not None and list(content.comments.values()) == ["mine"]
    assert record(world, erasure).confirmed
    assert asked(world, ANA) != erasure


def test_a_door_that_died_before_its_record_is_made_up_for() -> None:
    """Whoever asks again goes on under the same id; an entry without a record goes."""
    world = World()
    requested(world)
    broken = failing(world.s, "blobs.put", StorageError(), name=".json")
    claimed = failing(world.s, "blobs.put", StorageError(), name="erasures/0")
    with pytest.raises(StorageError):
        erase_person(LI, CALLER.name, claimed)
    [claim] = world.store.names(names.STATE, names.ERASURES)
    with pytest.raises(StorageError):
        erase_person(LI, CALLER.name, broken)

    erasure = asked(world)
    world.run_for(120)

    assert claim.startswith("erasures/of/p:") and erasure in str(
        world.store.blobs[names.STATE, claim].data
    )
    assert record(world, erasure).requests == 1


def test_an_entry_without_a_record_is_let_go() -> None:
    """After an hour nobody will come any more who has put it."""
    world = World()
    erasure = names.ulid(world.clock.now(), b"0" * 10)
    world.s.due.cover(subject_of(erasure), 0)

    world.run_for(HOUR.total_seconds() * 2)

    assert world.store.names(names.STATE, "due/") == []
    assert (names.STATE, name_of(erasure)) not in world.store.blobs


def batched(world: World, *people: str) -> str:
    """A batch that was taken, a row for each of these; none is a request yet."""
    body = {"items": [{"prompt": PROMPT, "requestedBy": who} for who in people]}
    return batches.accept(batch_order_of(body, CALLER, Origin(), [], world.s), world.s).id


def test_rows_of_a_batch_that_are_no_requests_yet() -> None:
    """The person's rows never become any; the others do, and nothing of the person is left."""
    world = World()
    batch = batched(world, LI, ANA, LI.upper())

    erasure = asked(world)
    look_at_person(Nudge(request_id=subject_of(erasure), since=0, due=None), world.s)
    world.run_for(300)

    view = batches.view_of(batches.load(batch, world.s), 0, 10, False, world.s)
    assert [one.code for one in view.items] == ["content_retired", None, "content_retired"]
    assert record(world, erasure).redacted == 2
    kept = [one.data for place, one in world.store.blobs.items() if place[0] == names.CONTENT]
    assert kept and not any(LI.encode() in one.lower() for one in kept)


def test_rows_that_are_requests_by_now() -> None:
    """They are found and erased as requests."""
    world = World()
    batch = batched(world, LI, ANA)
    world.run_for(5)
    erasure = asked(world)
    world.run_for(300)

    first, second = (world.request(names.member_of(batch, row)) for row in range(2))
    assert (first.erasure is not None, second.erasure) == (True, None)
    assert (record(world, erasure).requests, record(world, erasure).redacted) == (1, 0)


def test_one_row_while_others_wait() -> None:
    """What the row asks for goes from the bodies of all rows too, before the erasure is done."""
    world = World(caller=replace(CALLER, max_open_requests=1))
    body = {"items": [{"prompt": f"{PROMPT} {row}"} for row in range(3)]}
    batch = batches.accept(batch_order_of(body, world.caller, Origin(), [], world.s), world.s).id
    world.run_for(60)
    kept = batches.rows_of(batch, world.s)
    member = names.member_of(batch, 0)

    erase_request(member, member, CALLER.name, world.s)
    world.run_for(7200)

    erasure = world.request(member).erasure
    assert erasure is not None and erasure.confirmed and erasure.blobs >= 2
    assert kept is not None and batches.rows_of(batch, world.s) == [None, *kept[1:]]
    assert statuses(world, batch) == ["cancelled", "awaitingApproval", "waiting"]


def test_a_row_is_met_again_after_its_erasure() -> None:
    """A look that does not know how far another came finds the body gone, and the request there."""
    world = World()
    batch = batched(world, LI, ANA)
    well, world.s = world.s, failing(world.s, "appends.append", StorageError(), name="batches/")
    with pytest.raises(StorageError):
        go_on(batch, world.s)
    world.s = well
    assert batches.load(batch, world.s).placed == 0
    member = names.member_of(batch, 0)
    erase_request(member, member, CALLER.name, world.s)
    world.run_for(7200)

    assert statuses(world, batch) == ["cancelled", "awaitingApproval"]


def statuses(world: World, batch_id: str) -> list[str]:
    found = batches.view_of(batches.load(batch_id, world.s), 0, 10, True, world.s)
    return [one.status for one in found.items]


def test_a_batch_whose_door_died() -> None:
    """Its rows may come for an hour yet, so the erasure waits for them."""
    world = World()
    well, world.s = world.s, failing(world.s, "blobs.put", StorageError(), name=".rows.json")
    with pytest.raises(StorageError):
        batched(world, LI)
    world.s = well
    erasure = asked(world)
    world.run_for(1800)
    assert record(world, erasure).done_at is None

    world.run_for(3600)
    assert record(world, erasure).done_at is not None
