"""`reuse`: what people approved once is released again, and nothing is bought or asked for it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.chain.accept import accept
from shared.chain.audit import verify
from shared.chain.decide import decide
from shared.chain.doors import resume
from shared.chain.dry_run import dry_run
from shared.chain.erasures import erase_person, erase_request
from shared.chain.evidence import evidence_of
from shared.chain.order import order_of
from shared.chain.provenance import provenance_of
from shared.chain.request_keys import Origin
from shared.chain.rerun import rerun
from shared.chain.resource import resource_of
from shared.chain.reuse import note, offered
from shared.chain.steps.reuse import reuse
from shared.chain.verdict import OneImage, Verdict
from shared.domain import names
from shared.domain.policy_reading import Surroundings, read_policy
from shared.domain.resource import Resource
from shared.domain.step import Reuse
from shared.domain.submission import SubmitBody
from shared.domain.transitions import State
from shared.errors import BudgetExhausted, Missing, StorageError
from shared.security.callers import Caller, Role
from shared.security.keys import KeyRing, SigningKey
from tests.crash.scenarios import INPUT_URL
from tests.crash.test_money import ESTIMATE, frugal
from tests.crash.world import CALLER, PROMPT, World
from tests.fakes import Plays, ScriptedModel, small_png
from tests.fakes_of_images import CARRYING
from tests.fakes_of_inputs import ScriptedFetcher
from tests.unit.chain.test_budgets import budget
from tests.unit.histories import SOURCE, approved, brought_to, by_caller, failing, submitted

LI, ANA = "li@contoso.com", "ana@contoso.com"
ASKED: dict[str, Any] = {"prompt": PROMPT, "n": 2}
AGAIN: dict[str, Any] = {**ASKED, "reuse": "allow"}
OLD, NEW = SigningKey("k", b"s" * 32), SigningKey("new", b"n" * 32)


def source(world: World, **fields: Any) -> str:
    return approved(world, **{**ASKED, **fields})


def again(world: World, **fields: Any) -> str:
    request_id = submitted(world, **{**AGAIN, **fields})
    world.run_for(30)
    return request_id


def came_from(world: World, request_id: str) -> str | None:
    """Whose images it has; None when it went the usual way, and people are asked."""
    request = world.request(request_id)
    if request.reused is None:
        assert request.state is State.REVIEWING and request.reuse_over
        return None
    assert request.state is State.APPROVED and not request.attempts
    return request.reused.source


def shown(world: World, request_id: str) -> Resource:
    journal = world.s.journals.load(request_id)
    content = world.s.contents.read(request_id)
    return resource_of(journal.request, content, world.s.links, world.clock.now())


def pack_of(world: World, request_id: str) -> dict[str, Any]:
    pack = evidence_of(world.s.journals.load(request_id), world.s)
    found: dict[str, Any] = json.loads(json.dumps(pack))
    return found


def released(world: World, request_id: str) -> list[bytes]:
    found = world.store.names(names.APPROVED, f"{request_id}/")
    return [world.store.blobs[names.APPROVED, name].data for name in found]


def entries(world: World) -> list[str]:
    return world.store.names(names.STATE, names.REUSE)


def test_the_very_same_bytes_for_nothing() -> None:
    """No call, no question, no cost; the end is told as ever, and its own copies are released."""
    world = World()
    first = source(world)
    before = len(world.model.calls), len(world.webhooks.posted)
    second = again(world, callbackEvents=["*"])
    told = shown(world, second)
    types = [post.headers["ce-type"] for post in world.webhooks.posted[before[1] :]]

    assert came_from(world, second) == first
    assert len(world.model.calls) == before[0]
    assert released(world, second) == released(world, first) and len(released(world, first)) == 2
    assert types == ["darkroom.request.accepted", "darkroom.request.approved"]
    assert (told.status, told.cost.amount, told.usage, told.approval) == ("approved", 0, None, None)
    assert [(one.state, bool(one.url), one.blob) for one in told.images] == [
        ("approved", True, f"approved/{second}/{index}.png") for index in (0, 1)
    ]
    [line, _] = provenance_of(world.request(second))
    assert (line["attempt"], line["released"]) == (None, f"approved/{second}/0.png")
    blob = world.store.blobs[names.APPROVED, f"{second}/0.png"]
    assert blob.metadata["requestid"] == second
    assert blob.metadata["sha256"] == hashlib.sha256(blob.data).hexdigest()


def test_whose_approval_it_is() -> None:
    """The resource says who decided and when; an address only where the request names it too."""
    world = World()
    asked = {"approval": {"after": [{"name": "brand", "reviewers": [ANA]}]}}
    first = brought_to(world, "reviewing", **ASKED, **asked)
    at = decide(first, Verdict("approve", reviewer=ANA, caller=CALLER), world.s).facts[-1].at
    world.run_for(30)
    second = again(world, **asked)
    found = shown(world, second).reused_from
    without = shown(world, first).reused_from

    assert found is not None and without is None
    assert (found.id, found.approved_at) == (first, world.request(first).final_at)
    assert [(one.stage, one.reviewer, one.decision, one.at) for one in found.decisions] == [
        ("brand", ANA, "approve", at)
    ]
    assert verify(pack_of(world, second)) == []
    reused = world.request(second).reused
    assert reused is not None and reused.verdicts[0].reviewer.startswith("p:")


def test_a_list_that_was_ticked() -> None:
    """The same texts are the same stage, for a request and for a dry run."""
    world = World()
    asked = {"approval": {"after": [{"name": "brand", "checklist": ["No logo"]}]}}
    first = brought_to(world, "reviewing", **ASKED, **asked)
    verdict = Verdict("approve", reviewer=ANA, caller=CALLER, checklist=("No logo",))
    decide(first, verdict, world.s)
    world.run_for(30)
    told = dry_run(order_of({**AGAIN, **asked}, SubmitBody, CALLER, Origin(), world.s), world.s)

    assert told.reused_from is not None and told.reused_from.id == first
    assert came_from(world, again(world, **asked)) == first


@pytest.mark.parametrize("reuse", [..., "never"])
def test_only_who_allows_it(reuse: Any) -> None:
    """Without a word it is made anew."""
    world = World()
    source(world)
    request_id = submitted(world, **{**ASKED, "reuse": reuse})
    world.run_for(30)

    assert world.request(request_id).reused is None
    assert world.request(request_id).attempts


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": f"{PROMPT}."},
        {"n": 1},
        {"quality": "low"},
        {"size": "1536x1024"},
        {"outputFormat": "jpeg"},
        {"background": "opaque"},
        {"purpose": "a poster"},
        {"altText": "a lighthouse"},
        {"includePrompt": True},
        {"approval": {"after": [{"name": "brand", "deadline": "PT71H"}]}},
        {"approval": {"after": [{"name": "brand", "deadline": "PT72H"}, {"name": "legal"}]}},
    ],
)
def test_anything_else_is_something_else(fields: dict[str, Any]) -> None:
    """What the model is told and reviewers see has to be the same, all of it."""
    world = World()
    source(world)

    assert came_from(world, again(world, **fields)) is None


def test_what_is_carried_along_may_differ() -> None:
    """Who asks, labels, where it is told, and in which lane."""
    world = World()
    first = source(world, requestedBy=LI)
    labels = {"requestedBy": ANA, "costCenter": "x", "metadata": {"a": 1}, "lane": "bulk"}

    assert came_from(world, again(world, **labels, callbackUrl=...)) == first


def test_another_caller_finds_nothing() -> None:
    """The same words, from somebody else, are another request."""
    world = World()
    source(world)
    other = Caller("other", frozenset(Role))
    order = order_of(AGAIN, SubmitBody, other, Origin(), world.s)
    request_id = accept(order, world.s).id
    world.run_for(30)

    assert came_from(world, request_id) is None


@pytest.mark.parametrize("first", ["approve", "reject"])
def test_not_approved_whole(first: Any) -> None:
    """Half of what was asked for is not what was asked for."""
    world = World()
    request_id = brought_to(world, "reviewing", **ASKED)
    images = (OneImage(0, first), OneImage(1, "reject"))
    decide(request_id, by_caller(first == "approve", images=images), world.s)
    world.run_for(30)

    assert world.request(request_id).final
    assert entries(world) == []
    assert came_from(world, again(world)) is None


def test_a_further_round() -> None:
    """Its images were made from other words than the request's."""
    world = World()
    request_id = brought_to(world, "reviewing", prompt=PROMPT)
    decide(request_id, Verdict("revise", comment="warmer", caller=CALLER), world.s)
    world.run_for(60)
    decide(request_id, by_caller(True), world.s)
    world.run_for(30)

    assert world.request(request_id).round == 2
    assert world.request(request_id).state is State.APPROVED
    assert entries(world) == []


def test_nobody_looked() -> None:
    """What was released without people is no approval."""
    world = World()
    world.s = replace(world.s, terms=replace(world.s.terms, default_approval="none"))
    submitted(world, **ASKED)
    world.run_for(30)
    request_id = again(world)

    assert entries(world) == []
    assert world.request(request_id).reused is None
    assert len(world.model.calls) == 2


def test_what_was_reused_leads_to_the_original() -> None:
    """A third one has its images from where people looked at them."""
    world = World()
    first = source(world)
    again(world)

    assert came_from(world, again(world)) == first
    assert len(entries(world)) == 2


def test_the_newest_counts_and_older_ones_stand_in() -> None:
    """Where its images are gone, the one before is taken."""
    world = World()
    first, second = source(world), source(world)
    assert came_from(world, again(world)) == second
    del world.store.blobs[names.APPROVED, f"{second}/1.png"]

    assert came_from(world, again(world)) == first


@pytest.mark.parametrize("other", [{"quality": "low"}, {"n": 1}])
def test_an_entry_is_only_a_hint(other: dict[str, Any]) -> None:
    """Wherever it leads, what was asked for there has to be the same."""
    world = World()
    first, second = source(world), source(world, **other)
    [entry] = [name for name in entries(world) if name.endswith(names.newest_first(first))]
    del world.store.blobs[names.STATE, entry]
    moved = entry.removesuffix(names.newest_first(first)) + names.newest_first(second)
    world.s.blobs.put(names.STATE, moved, b"{}")

    assert came_from(world, again(world)) is None


def test_a_manifest_that_is_asked_for_today() -> None:
    """Images without one do not do, though they were approved; those that have it do."""
    world = World(model=ScriptedModel(Plays(images=[CARRYING, CARRYING])))
    first = source(world)
    assert came_from(world, again(world, requireProvenance=True)) == first
    bare = source(world, prompt="without")
    request_id = again(world, prompt="without", requireProvenance=True)

    assert world.request(bare).state is State.APPROVED
    assert world.request(request_id).reused is None
    assert world.request(request_id).error == "provenance_missing"


def test_a_release_that_is_done_twice() -> None:
    """One entry, whatever the keys are by then, and an erasure finds it."""
    world = World()
    request_id = brought_to(world, "reviewing", **ASKED)
    decide(request_id, by_caller(True), world.s)
    calm = world.s
    world.s = failing(calm, "blobs.put", StorageError(), times=1, name="reuse/by/", done=True)
    world.run_for(1)
    world.s = calm
    with_keys(world, NEW, OLD)
    world.run_for(300)
    assert world.request(request_id).state is State.APPROVED and len(entries(world)) == 2
    erase_request(request_id, request_id, CALLER.name, world.s)
    world.run_for(timedelta(hours=2).total_seconds())

    assert entries(world) == []


def test_a_rerun_makes_new_images() -> None:
    """Whoever runs it again wants others."""
    world = World()
    first = source(world, reuse="allow")
    request_id = rerun(first, CALLER, Origin(), world.s).id
    world.run_for(30)

    assert world.request(request_id).reused is None
    assert world.request(request_id).attempts


def gone(world: World, first: str) -> None:
    del world.store.blobs[names.APPROVED, f"{first}/0.png"]


def swapped(world: World, first: str) -> None:
    world.store.blobs[names.APPROVED, f"{first}/1.png"].data = small_png(99)


def broken(world: World, first: str) -> None:
    world.store.blobs[names.REQUESTS, first].data += b"{}\n"


def without_a_journal(world: World, first: str) -> None:
    del world.store.blobs[names.REQUESTS, first]


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (gone, "none_alike"),
        (swapped, "gone"),
        (broken, "none_alike"),
        (without_a_journal, "none_alike"),
    ],
)
def test_a_source_that_is_not_what_it_was(harm: Callable[[World, str], None], code: str) -> None:
    """It goes the usual way, keeps nothing of it, and says so in its record."""
    world = World()
    harm(world, source(world))
    request_id = again(world)
    fact = world.s.journals.load(request_id).facts[1]

    assert came_from(world, request_id) is None
    assert (fact.type, fact.data.wire()) == ("reuse.missed", {"code": code})
    assert world.store.names(names.REVIEW, names.reused_folder(request_id)) == []


def test_gone_while_it_is_copied() -> None:
    """Between the look and the copy it may vanish."""
    world = World()
    source(world)
    calm, world.s = world.s, failing(world.s, "blobs.chunks", Missing(), name=names.APPROVED)
    request_id = again(world)
    world.s = calm

    assert came_from(world, request_id) is None


def test_content_that_nobody_can_read() -> None:
    """It is no reason not to release what was approved; only nobody finds it again."""
    world = World()
    request_id = brought_to(world, "reviewing", **ASKED)
    content = world.store.blobs[names.CONTENT, names.content_of(request_id)]
    for data in (b"{}", None):
        if data is None:
            del world.store.blobs[names.CONTENT, names.content_of(request_id)]
        content.data = data or b""
        note(world.s.journals.load(request_id), world.s)

    assert entries(world) == []


def test_copies_that_came_to_nothing() -> None:
    """Of another source, or of one that was no more: they go with the fact that ends the search."""
    world = World()
    source(world)
    second = submitted(world, **AGAIN)
    other = names.reused_folder(second, SOURCE) + "0.png"
    world.s.blobs.put(names.REVIEW, other, b"x")
    world.run_for(30)

    assert world.request(second).reused is not None
    assert len(world.store.names(names.REVIEW, names.reused_folder(second))) == 2
    assert (names.REVIEW, other) not in world.store.blobs


def test_the_step_is_done_twice() -> None:
    """The same copies, the same record; nothing is added."""
    world = World()
    source(world)
    second = accept(order_of(AGAIN, SubmitBody, CALLER, Origin(), world.s), world.s)
    found = [list(reuse(Reuse(), second, world.s)) for _ in range(2)]
    world.run_for(30)

    assert found[0] == found[1]
    assert verify(pack_of(world, second.id)) == []


def test_own_copies_are_swapped() -> None:
    """As with any image, an operator is asked; a retry goes the usual way."""
    world = World()
    source(world)
    calm, world.s = world.s, failing(world.s, "blobs.chunks", Missing(), name="/of-")
    request_id = again(world)
    world.s = calm
    attention = world.request(request_id).attention
    assert attention is not None and attention.code == "digest_mismatch"
    resume(request_id, "retry", attention.seq, CALLER, world.s)
    world.run_for(30)

    assert came_from(world, request_id) is None
    assert world.store.names(names.APPROVED, f"{request_id}/") == []


def test_an_input_that_is_fetched_first() -> None:
    """What lies at the address decides, not the address."""
    world = World()
    pictures = [small_png(7), small_png(7), small_png(8)]
    world.fetcher = ScriptedFetcher({INPUT_URL: [*pictures]})
    asked = {"inputImages": [{"url": INPUT_URL}]}
    first = source(world, **asked)

    assert came_from(world, again(world, **asked)) == first
    assert came_from(world, again(world, **asked)) is None


def test_long_after_the_prompt_is_gone() -> None:
    """It is found as long as its images are there, by whoever still knows the words."""
    world = World()
    first = source(world)
    world.run_for(timedelta(days=100).total_seconds())
    assert world.s.contents.read(first) is None

    assert came_from(world, again(world)) == first


@pytest.mark.parametrize("days", [0, 100])
def test_an_erased_request_is_found_no_more(days: int) -> None:
    """Its entry goes with it, whether or not its prompt is still there to tell which it is."""
    world = World()
    first = source(world)
    world.run_for(timedelta(days=days).total_seconds())
    erase_request(first, first, CALLER.name, world.s)
    asked = order_of(AGAIN, SubmitBody, CALLER, Origin(), world.s)
    assert entries(world) and offered(asked, world.s) is None
    assert came_from(world, again(world)) is None
    world.run_for(timedelta(hours=2).total_seconds())

    assert entries(world) == []


def test_copies_are_requests_of_their_own() -> None:
    """They stay when the original is erased, and go with a person whose they are."""
    world = World()
    first = source(world, requestedBy=ANA)
    second = again(world, requestedBy=LI)
    erase_request(first, first, CALLER.name, world.s)
    world.run_for(timedelta(hours=2).total_seconds())

    assert released(world, first) == [] and len(released(world, second)) == 2
    assert verify(pack_of(world, second)) == []

    erase_person(LI, CALLER.name, world.s)
    world.run_for(timedelta(hours=3).total_seconds())
    assert released(world, second) == []
    assert world.store.names(names.REVIEW, second) == []
    assert verify(pack_of(world, second)) == []


def test_a_person_named_in_both() -> None:
    """Original and copies are found by the same name."""
    world = World()
    first, second = source(world, requestedBy=LI), again(world, requestedBy=LI)
    erase_person(LI, CALLER.name, world.s)
    world.run_for(timedelta(hours=3).total_seconds())

    assert (released(world, first), released(world, second), entries(world)) == ([], [], [])


def with_keys(world: World, *keys: SigningKey) -> None:
    world.s = replace(world.s, terms=replace(world.s.terms, ring=KeyRing(keys)))


def test_keys_that_are_changed() -> None:
    """Entries are found under every key of the ring, and under none that has left it."""
    world = World()
    first = source(world)
    with_keys(world, NEW, OLD)
    assert came_from(world, again(world)) == first
    with_keys(world, NEW)

    assert came_from(world, again(world)) is None


LISTED = {"name": "brand", "reviewers": [ANA], "checklist": ["No logo"]}


@pytest.mark.parametrize("between", [False, True])
def test_people_who_are_called_otherwise(between: bool) -> None:
    """With a new key the same people and texts are found, whichever key noted the approval."""
    world = World()
    asked = {"approval": {"after": [LISTED]}}
    first = brought_to(world, "reviewing", **ASKED, **asked)
    if between:
        with_keys(world, NEW, OLD)
    verdict = Verdict("approve", reviewer=ANA, caller=CALLER, checklist=("No logo",))
    decide(first, verdict, world.s)
    world.run_for(30)
    with_keys(world, NEW, OLD)
    told = dry_run(order_of({**AGAIN, **asked}, SubmitBody, CALLER, Origin(), world.s), world.s)

    second = again(world, **asked)

    assert told.reused_from is not None and came_from(world, second) == first
    view = shown(world, second).reused_from
    assert view is not None and [one.reviewer for one in view.decisions] == [ANA]
    reused = world.request(second).reused
    called = reused.called if reused else {}
    assert sorted(name[:2] for name in (*called, *called.values())) == ["c:", "c:", "p:", "p:"]
    assert verify(pack_of(world, second)) == []


def test_other_people_under_another_key() -> None:
    """Who was not asked then is asked."""
    world = World()
    approved_by_ana = brought_to(world, "reviewing", **ASKED, approval={"after": [LISTED]})
    verdict = Verdict("approve", reviewer=ANA, caller=CALLER, checklist=("No logo",))
    decide(approved_by_ana, verdict, world.s)
    world.run_for(30)
    with_keys(world, NEW, OLD)

    for other in ({"reviewers": [LI]}, {"checklist": ["No text"]}, {"reviewers": [ANA, LI]}):
        asked = {"approval": {"after": [{**LISTED, **other}]}}
        assert came_from(world, again(world, **asked)) is None


def test_names_tell_nothing() -> None:
    """No word of the prompt, no digest that somebody could try words on, and no two the same."""
    world = World()
    source(world)
    source(world, prompt="another")
    kept = [name for name in entries(world) if name.startswith("reuse/for/marketing/")]
    digests = {name.split("/")[3] for name in kept}

    assert len(digests) == 2 and all(len(one) == 64 for one in digests)
    assert hashlib.sha256(PROMPT.encode()).hexdigest() not in digests
    for (container, name), blob in world.store.blobs.items():
        assert "canary" not in name
        assert container == names.CONTENT or PROMPT.encode() not in blob.data
    with_keys(world, NEW)
    source(world)
    assert len({name.split("/")[3] for name in entries(world) if "/for/" in name}) == 3


def test_a_new_rule_asks_people_again() -> None:
    """Who would be asked today has not been asked then."""
    world = World()
    source(world)
    rule = {
        "id": "legal",
        "reason": "Legal looks at it.",
        "when": {"reuse": True},
        "then": "review",
        "phase": "after",
        "stage": {"name": "legal"},
    }
    text = json.dumps({"version": "2", "rules": [rule]}).encode()
    policy = read_policy(text, Surroundings())
    world.s = replace(world.s, terms=replace(world.s.terms, policy=policy))

    assert came_from(world, again(world)) is None
    request_id = submitted(world, **ASKED)
    assert [stage.name for stage in world.request(request_id).terms.stages] == ["brand"]


def limited(calls: float) -> World:
    """Of a caller with money for so many images, each of which costs about what it may."""
    drawn = Plays(usage={"output_tokens": 1056, "input_tokens": 10})
    caller = replace(frugal(Decimal(calls) * ESTIMATE), max_open_requests=2)
    return World(caller=caller, model=ScriptedModel(otherwise=drawn))


def by_limited(world: World, **fields: Any) -> str:
    order = order_of({"prompt": PROMPT, **fields}, SubmitBody, world.caller, Origin(), world.s)
    request_id = accept(order, world.s).id
    world.run_for(30)
    return request_id


def test_without_money() -> None:
    """Where it costs nothing nobody asks for money, holds some, or counts any."""
    world = limited(1.5)
    first = by_limited(world)
    decide(first, by_caller(True), world.s)
    world.run_for(30)
    spent = budget(world)
    with pytest.raises(BudgetExhausted):
        by_limited(world)
    second = by_limited(world, reuse="allow")

    assert came_from(world, second) == first
    assert budget(world) == spent
    assert world.store.names(names.STATE, names.OPEN) == []


def test_without_money_and_gone_by_then() -> None:
    """The usual way costs money, which is asked for before it is spent."""
    world = limited(1.5)
    first = by_limited(world)
    decide(first, by_caller(True), world.s)
    world.run_for(30)
    swapped_one = world.store.blobs[names.APPROVED, f"{first}/0.png"]
    swapped_one.data = small_png(99)
    second = by_limited(world, reuse="allow")
    attention = world.request(second).attention

    assert attention is not None and attention.code == "budget_exhausted"
    assert len(world.model.calls) == 1


def harmed_packs() -> list[tuple[str, Callable[[dict[str, Any]], Any]]]:
    lines = "source"
    return [
        ("no lines", lambda pack: pack.update({lines: []})),
        ("no list", lambda pack: pack.update({lines: None})),
        ("not there", lambda pack: pack.pop(lines)),
        ("a line less", lambda pack: pack[lines].pop()),
        ("a line twice", lambda pack: pack[lines].append(pack[lines][-1])),
        ("its own lines", lambda pack: pack.update({lines: pack["journal"]})),
        ("another word", lambda pack: pack[lines].__setitem__(0, pack[lines][0] + " ")),
        ("another id", lambda pack: pack["request"]["reusedFrom"].update({"id": "x"})),
        ("another time", lambda pack: pack["request"]["reusedFrom"].update({"approvedAt": "x"})),
        ("nowhere from", lambda pack: pack["request"].update({"reusedFrom": None})),
    ]


def test_a_pack_whose_source_has_separators_of_lines() -> None:
    """A policy's words may hold characters at which text ends a line, and JSON does not."""
    world = World()
    rule = {"id": "w", "when": {"imagesOver": 0}, "then": "warn"}
    for mark in ("\u2028", "\u2029", "\x85"):
        text = json.dumps({"version": "1", "rules": [{**rule, "reason": f"Mind{mark}the brand."}]})
        policy = read_policy(text.encode(), Surroundings())
        world.s = replace(world.s, terms=replace(world.s.terms, policy=policy))
        first = source(world, purpose=f"mind {ord(mark)}")
        second = again(world, purpose=f"mind {ord(mark)}")

        assert came_from(world, second) == first
        assert verify(pack_of(world, second)) == []


@pytest.mark.parametrize(("name", "harm"), harmed_packs(), ids=[one for one, _ in harmed_packs()])
def test_a_pack_proves_whose_approval_it_is(
    name: str, harm: Callable[[dict[str, Any]], Any]
) -> None:
    """The lines of the original are in it, and no other lines will do."""
    world = World()
    source(world)
    pack = pack_of(world, again(world))
    assert verify(pack) == []
    harm(pack)

    assert verify(pack) != []


def test_the_record_outlives_the_originals_journal() -> None:
    """Years later, when that is gone, the pack still proves it."""
    world = World()
    first = source(world)
    second = again(world)
    lines = len(world.s.journals.load(first).facts)
    world.run_for(timedelta(days=40).total_seconds())
    third = again(world)
    assert came_from(world, third) == first
    assert len(world.s.journals.load(first).facts) > lines
    del world.store.blobs[names.REQUESTS, first]

    for request_id in (second, third):
        assert verify(pack_of(world, request_id)) == []
    assert len(pack_of(world, third)["source"]) == lines


def test_another_approval_does_not_prove_it() -> None:
    """A whole, true journal of another request is not the one that was reused."""
    world = World()
    source(world)
    pack = pack_of(world, again(world))
    source(world, prompt="another")
    other = pack_of(world, again(world, prompt="another"))

    assert verify(pack | {"source": other["source"]}) != []


def test_no_approval_where_none_was_reused() -> None:
    """A pack shows lines of another request only where the journal speaks of them."""
    world = World()
    first = source(world)
    pack = pack_of(world, first)

    assert pack["source"] == [] and verify(pack) == []
    assert verify(pack | {"source": pack["journal"]}) != []
