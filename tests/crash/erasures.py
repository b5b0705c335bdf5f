"""Erasures at bad moments, told in a few lines each; and what must be true when they are done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shared.chain.audit import verify
from shared.chain.decide import decide
from shared.chain.erasures import Record, erase_person, erase_request
from shared.chain.evidence import evidence_of
from shared.chain.journal import Journal
from shared.chain.verdict import Verdict
from shared.domain import names
from shared.domain.transitions import State
from tests.crash.world import CALLBACK_URL, CALLER, PROMPT, World
from tests.fakes import Plays, ScriptedModel, small_png

PERSON, REVIEWER = "canary@contoso.com", "canary-reviewer@contoso.com"
COMMENT = "canary-comment: six fingers"
CANARIES = (PROMPT.encode(), CALLBACK_URL.encode(), PERSON.encode(), COMMENT.encode(), b"canary-")
TICK = "canary-tick: nobody can be recognised"
STAGE = {"name": "brand", "reviewers": [REVIEWER], "deadline": "PT72H", "checklist": [TICK]}
SHOWN = Plays(previews=(small_png(250),))
# Content of any kind: what is searched for bytes of images.
HOLD_CONTENT = (
    *(names.CONTENT, names.UPLOADS, names.INPUTS, names.PREVIEWS),
    *(names.REVIEW, names.REJECTED, names.APPROVED),
)


def during_the_call(world: World) -> None:
    """It is asked for while the model works; the images come, are paid for, and go."""

    def now() -> None:
        request_id = world.store.names(names.REQUESTS)[0]
        erase_request(request_id, request_id, CALLER.name, world.s)

    world.model = ScriptedModel(otherwise=SHOWN)
    world.during_call = now
    submitted(world, "k1")
    world.run_for(3600)
    world.insist(now)  # where the call was never made


def while_people_decide(world: World) -> None:
    """A verdict comes at the same moment: what it says is gone like the rest."""
    request_id = submitted(world, "k1")
    reviewing(world, request_id)
    world.rival = lambda: say(world, request_id)
    world.insist(lambda: erase_request(request_id, request_id, CALLER.name, world.s))
    if world.rival is not None:
        world.rival = None
        world.insist(lambda: say(world, request_id))


def of_a_person(world: World) -> None:
    """Of two requests; one more is accepted while the first ones are being erased."""
    world.model = ScriptedModel(otherwise=SHOWN)
    first = submitted(world, "k1")
    reviewing(world, first)
    world.insist(lambda: say(world, first))

    def other() -> None:
        world.submit_once("k2", approval={"after": [STAGE]}, quality="low")

    world.rival = other
    world.insist(lambda: erase_person(PERSON, CALLER.name, world.s))
    if world.rival is not None:
        world.rival = None
        submitted(world, "k2")
    # Where the first one was over by then, this is another; else it changes nothing.
    world.insist(lambda: erase_person(PERSON, CALLER.name, world.s))


SCENARIOS: dict[str, Callable[[World], None]] = {
    "during_the_call": during_the_call,
    "while_people_decide": while_people_decide,
    "of_a_person": of_a_person,
}


def submitted(world: World, key: str) -> str:
    return world.submit(key, approval={"after": [STAGE]}, quality="low")


def reviewing(world: World, request_id: str) -> None:
    for _ in range(24):
        world.run_for(3600)
        if world.request(request_id).state is State.REVIEWING or world.request(request_id).final:
            return


def say(world: World, request_id: str) -> Any:
    verdict = Verdict(
        *("approve", ()), reviewer=REVIEWER, comment=COMMENT, checklist=(TICK,), caller=CALLER
    )
    return decide(request_id, verdict, world.s)


def finish(world: World) -> None:
    world.run_for(timedelta(days=20).total_seconds())


def check(world: World) -> list[Journal]:
    """Every request is erased, nothing of it is anywhere, and its record still holds together."""
    world.gate.open = False
    journals = [world.s.journals.load(one) for one in world.store.names(names.REQUESTS)]
    for journal in (one for one in journals if one):
        request = journal.request
        assert request.final and request.open_attempt is None, request.state
        assert request.erasure is not None and request.erasure.done_at is not None
        assert request.erasure.confirmed
        assert verify(evidence_of(journal, world.s)) == []
    for record in records_of(world):
        assert record.confirmed and record.requests <= 2, "it was counted twice"
    _nothing_left(world)
    _paid(world, [one for one in journals if one])
    return journals


def records_of(world: World) -> list[Record]:
    found = [one for one in world.store.names(names.STATE, names.ERASURES) if "/of/" not in one]
    stored = [world.store.blobs[names.STATE, name].data for name in found]
    return [Record.model_validate_json(data) for data in stored]


def _nothing_left(world: World) -> None:
    for container in HOLD_CONTENT:
        assert world.store.names(container) == [], container
    for folder in (names.SUBJECTS, names.WAITING, names.BY_STATUS, names.OPEN, "due/"):
        assert world.store.names(names.STATE, folder) == [], folder
    for place, blob in world.store.blobs.items():
        assert not any(canary in blob.data for canary in CANARIES), place
    for queue in world.queue.messages.values():
        assert not any(canary.decode() in one.text for one in queue for canary in CANARIES)


def _paid(world: World, journals: list[Journal]) -> None:
    """Each call that was made has an outcome, and what was billed is on record."""
    known = {f"{one.id}-{a.number}": a for one in journals for a in one.request.attempts}
    called = [call.client_request_id for call in world.model.calls]
    assert len(called) == len(set(called)), "an intent was called twice"
    for paid in world.model.billed:
        outcome = known[paid].outcome
        assert outcome is not None and outcome.TYPE in (
            "generation.completed",
            "generation.unknown",
        ), paid
