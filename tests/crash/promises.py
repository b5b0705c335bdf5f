"""The promises as assertions over what a world looks like when it has come to rest."""

import hashlib
import itertools
import json
from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from shared.chain.audit import verify
from shared.chain.evidence import evidence_of
from shared.chain.journal import Journal
from shared.chain.pacing import pace_of
from shared.domain import deliveries, facts, names
from shared.domain.alt_texts import AltTextDrafted, AltTextFailed
from shared.domain.approval_facts import StageOpened
from shared.domain.budget import Budget, cell_of, draft_key_of, key_of, money, month_of
from shared.domain.deliveries import HOLD
from shared.domain.facts import CallbackDetached
from shared.domain.next_step import next_step
from shared.domain.retention import LAST_PHASE
from shared.domain.reuse import is_source
from shared.domain.screening import Screened
from shared.domain.step import CALL_DEADLINE_S, SeeIfHeard, Step
from shared.domain.transitions import State
from shared.domain.values import Cost
from shared.domain.waiting import entries_of, waited_for
from tests.crash.world import CALLBACK_URL, PROMPT, World
from tests.fakes import START

# The longest lease of a queue message, a frozen worker, and a few sweeps.
AT_ONCE = timedelta(minutes=30)
CALL_DEADLINE = timedelta(seconds=CALL_DEADLINE_S)


def check(world: World, request_id: str) -> Journal:
    """All promises, for the one request of the world; its journal for more."""
    world.gate.open = False
    journal = world.s.journals.load(request_id)
    assert journal, "a request that was answered for has no journal"
    assert journal.request.final, f"did not end: {journal.request.state}"
    assert journal.request.open_attempt is None, "an intent has no outcome"
    assert journal.request.drafts.open is None, "a draft has no outcome"
    _paid_once(world, journal)
    _sent_what_was_recorded(world, journal)
    _screened(world, journal)
    _paced(world)
    _released_only_what_was_seen(world, journal)
    _told(world, journal)
    _prompt(journal)
    _found_again(world, journal)
    _content_stays(world)
    assert verify(_json(evidence_of(journal, world.s))) == []
    return journal


def check_retired(world: World, request_id: str) -> None:
    """After the last retention phase nothing is left but records and released images."""
    store = world.store
    assert store.names(names.STATE, "due/") == [], "a due entry is left over"
    assert store.names(names.STATE, names.WAITING) == [], "an inbox has what is long over"
    assert store.names(names.STATE, names.BY_STATUS) == [], "a wait is left over"
    for container in (names.CONTENT, names.REVIEW, names.REJECTED, names.INPUTS, names.PREVIEWS):
        assert store.names(container) == [], container
    for deployment in world.s.terms.deployments:
        seen = world.s.pacer.view(deployment)
        assert (seen.open_calls, seen.waiting) == (0, 0), "a turn or a call is left over"
    request = world.s.journals.load(request_id).request
    assert {"previews", "inputs", "content"} == set(request.retired)


def check_inboxes(world: World, request_id: str) -> None:
    """Whoever is asked by name now finds it in their inbox, whatever has died on the way."""
    request = world.request(request_id)
    if request.opening is not None:
        entries = entries_of(request_id, waited_for(request), request.opening.deadline)
        missing = entries - set(world.store.names(names.STATE, names.WAITING))
        assert missing == set(), "somebody is asked and does not find it"


def check_money(world: World) -> dict[str, Decimal]:
    """
    Budget, ledger and journals say the same, and nothing is held any more.

    Answers what each call came to, by its key.
    """
    world.gate.open = False
    ids = [name for name in world.store.names(names.REQUESTS) if "/" not in name]
    journals = [journal for one in ids if (journal := world.s.journals.load(one))]
    owed = {key: due for journal in journals for key, due in _owed(journal).items()}
    month = month_of(START)
    lines = world.s.ledger.lines(month, world.caller.name)
    posted = {line.key: line.amount + line.maybe_billed_amount for line in lines}
    assert {key: due for key, due in posted.items() if due} == owed, "the ledger is not the journal"
    cell = world.store.blobs[names.STATE, cell_of(month, world.caller.name)]
    budget = Budget.model_validate_json(cell.data)
    assert budget.open == {}, "money is held for nothing"
    assert budget.settled == sum(owed.values()), "the budget is not the journal"
    assert world.store.names(names.STATE, names.OPEN) == [], "a place is taken for nothing"
    return owed


def _owed(journal: Journal) -> dict[str, Decimal]:
    owed = {}
    for attempt in journal.request.attempts:
        match attempt.outcome:
            case facts.Completed(cost=cost) | facts.Unknown(maybe_billed=cost):
                owed[key_of(journal.id, attempt.number)] = money(cost)
    for draft in journal.request.drafts.each:
        match draft.outcome:
            case AltTextDrafted(cost=cost) | AltTextFailed(maybe_billed=Cost() as cost):
                owed[draft_key_of(journal.id, draft.number)] = money(cost)
    return owed


def _paid_once(world: World, journal: Journal) -> None:
    attempts = {f"{journal.id}-{attempt.number}": attempt for attempt in journal.request.attempts}
    called = [call.client_request_id for call in world.model.calls]
    assert len(called) == len(set(called)), f"an intent was called twice: {called}"
    assert set(called) <= set(attempts), "a call without an intent"
    for paid in world.model.billed:
        outcome = attempts[paid].outcome
        assert isinstance(outcome, facts.Completed | facts.Unknown), f"{paid}: {outcome}"
    if not world.froze_within_the_call:
        for name, at in world.called_at.items():
            assert at <= attempts[name].lease_until - CALL_DEADLINE, "called late"
    complete = set(world.store.names(names.REVIEW))
    for attempt in journal.request.attempts:
        folder = names.attempt_folder(journal.id, attempt.round, attempt.number)
        if f"{folder}manifest.json" in complete and LAST_PHASE in journal.request.retired:
            assert attempt.completed, "stored and paid for, and yet thrown away"


def _sent_what_was_recorded(world: World, journal: Journal) -> None:
    """Each call got the very inputs of the journal, or the image its round was to change."""
    request = journal.request
    inputs = [one.sha256 for one in request.inputs]
    edited = [[one.parent_sha256] for one in request.rounds if one.edit]
    for files in world.model.sent:
        digests = [hashlib.sha256(file).hexdigest() for file in files]
        assert digests in [inputs, *edited]


def _screened(world: World, journal: Journal) -> None:
    """Nobody is shown, and nothing is sent, what has not passed in its round."""
    passed: set[int] = set()
    for fact in journal.facts:
        match fact.data:
            case Screened(passed=True, round=round_):
                passed.add(round_)
            case facts.Intended(round=round_) | StageOpened(round=round_):
                assert round_ in passed or not journal.request.terms.screening, fact.type
    if journal.request.terms.screening:
        assert world.screener is not None
        for call in world.model.calls:
            assert call.prompt in world.screener.passed, "sent what was not screened"


def _paced(world: World) -> None:
    """Calls of one deployment keep their distance, unless a worker froze with one in its hand."""
    if world.froze_within_the_call:
        return
    times: dict[str, list[Any]] = defaultdict(list)
    for call in world.model.calls:
        times[call.deployment].append(world.called_at[call.client_request_id])
    for deployment in world.s.terms.deployments:
        interval = pace_of(deployment).interval
        gaps = [b - a for a, b in itertools.pairwise(times[deployment.name])]
        assert all(gap >= interval for gap in gaps), f"{deployment.name}: {gaps}"


def _released_only_what_was_seen(world: World, journal: Journal) -> None:
    """By the verdicts on it, or on the request whose images were reused."""
    request = journal.request
    released = world.store.names(names.APPROVED, f"{journal.id}/")
    source = world.s.journals.load(request.reused.source).request if request.reused else request
    if request.state is not State.APPROVED:
        assert released == [], "released without an approval"
        return
    approved = set.intersection(
        *(
            {
                (image.index, image.sha256)
                for decision in source.decisions
                if decision.data.stage == stage.name and not decision.withdrawn
                for image in decision.data.images
                if image.approved
            }
            for stage in source.after
        )
    )
    assert sorted(dict(request.released).values()) == released
    for index, name in request.released:
        digest = hashlib.sha256(world.store.blobs[names.APPROVED, name].data).hexdigest()
        assert (index, digest) in approved, "released bytes nobody approved"


def _prompt(journal: Journal) -> None:
    """Whatever was lost, work that was due at once is done within minutes."""
    for before, after in itertools.pairwise(journal.facts):
        request = journal.as_of(before.seq)
        step = next_step(request, before.at)
        if isinstance(step, Step) and not isinstance(step, SeeIfHeard):
            late = after.at - before.at
            assert late <= AT_ONCE, f"{after.type} came {late} after {before.type}"


def _found_again(world: World, journal: Journal) -> None:
    """What people have approved is noted for whoever asks for the same."""
    if is_source(journal.request):
        note = world.store.blobs[names.STATE, names.reuse_note_of(journal.id)]
        assert (names.STATE, note.data.decode()) in world.store.blobs


def _told(world: World, journal: Journal) -> None:
    """Each event arrived, under one id however often, and first arrivals are in order."""
    seqs = [int(headers["ce-sequence"]) for headers in world.arrived]
    ids = {headers["ce-id"] for headers in world.arrived}
    wanted = [event.seq for event in journal.events]
    if journal.request.callback_detached:
        _told_no_more(world, journal)
        wanted = sorted(set(seqs))
    assert sorted(set(seqs)) == wanted, f"events {wanted}, told {seqs}"
    assert len(ids) == len(wanted)
    heads = {event.seq: event.journal_head for event in journal.events}
    for headers in world.arrived:
        assert headers["ce-journalhead"] == heads[int(headers["ce-sequence"])]
    _in_order(world, journal)
    _claimed(world, journal)


def _told_no_more(world: World, journal: Journal) -> None:
    """Nothing was tried once nobody waited, but by a worker that had begun before."""
    detached = next(fact for fact in journal.facts if isinstance(fact.data, CallbackDetached))
    for line in _delivery_lines(world, journal):
        assert line.seq < detached.seq, f"event {line.seq} was sent to nobody"
        assert line.at <= detached.at + AT_ONCE, f"event {line.seq} was tried at {line.at}"


def _claimed(world: World, journal: Journal) -> None:
    """Nothing is sent without an attempt of its own in the delivery log."""
    lines = _delivery_lines(world, journal)
    claims = Counter(line.seq for line in lines if line.outcome == "started")
    sent = Counter(int(post.headers["ce-sequence"]) for post in world.webhooks.posted)
    assert sent <= claims, f"sent {sent}, claimed {claims}"


def _delivery_lines(world: World, journal: Journal) -> tuple[deliveries.Line, ...]:
    place = (names.DELIVERIES, names.stream_of(journal.id))
    found = world.store.blobs.get(place)
    return deliveries.parse(found.data if found else b"").lines


def _in_order(world: World, journal: Journal) -> None:
    """Nothing arrives before an earlier event, unless it waited for that one long enough."""
    waiting = {event.seq: event for event in journal.events}
    for headers, at in zip(world.arrived, world.arrived_at, strict=True):
        event = waiting.pop(int(headers["ce-sequence"]), None)
        if event is not None and any(seq < event.seq for seq in waiting):
            assert at >= event.at + HOLD, f"{event.seq} overtook {min(waiting)}"


def _content_stays(world: World) -> None:
    canaries = [
        PROMPT.encode(),
        b"canary-callback",
        b"canary@contoso.com",
        b"canary-input",
        b"canary-draft",
    ]
    assert CALLBACK_URL.encode().endswith(canaries[1])
    for (container, name), blob in world.store.blobs.items():
        if container not in (names.CONTENT,):
            assert not any(canary in blob.data for canary in canaries), f"{container}/{name}"
    for messages in world.queue.messages.values():
        for message in messages:
            assert not any(canary.decode() in message.text for canary in canaries)


def _json(pack: dict[str, Any]) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(json.dumps(pack))
    return parsed
