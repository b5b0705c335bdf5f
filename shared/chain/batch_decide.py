"""
A verdict on a whole batch: bound to the question, and by its root to every image asked about.

The checks, their answers and their order are those of a verdict on one request (`decide.py`). A
row is an image there: whoever names some rejects or approves these, the others follow the word.
"""

from collections.abc import Collection, Iterator, Mapping

from shared.chain.batch_erasing import mention
from shared.chain.batches import load
from shared.chain.checklists import ticked, ticks_of
from shared.chain.services import Services
from shared.chain.verdict import (
    Person,
    Verdict,
    check_bearer,
    names_of,
    reviewer_of,
    sender_of,
)
from shared.chain.verdict_checks import check_time, check_turn, decided, stale, tick_faults
from shared.domain.batch import Batch, fold
from shared.domain.batch_asking import Asking
from shared.domain.batch_notices import BatchDecided, BatchWithdrawn
from shared.domain.content import note_by, note_on
from shared.domain.facts import Fact
from shared.domain.notices import batch_stream
from shared.errors import Conflict, Fault, InvalidRequest, ReviewClosed


def decide(batch_id: str, verdict: Verdict, root: str | None, s: Services) -> Batch:
    """
    Record the verdict; looks at the batch, and its rows, act on it. `root`: what the sender saw, if
    the body says so.

    Raises:
        NotFound: there is no such batch.
        Conflict: `already_decided`, `not_open`, `stale_round`, `digest_mismatch`,
            `nothing_to_withdraw`.
        ReviewClosed: the deadline has passed, or the batch ended otherwise.
        Forbidden: `not_a_reviewer`.
        InvalidRequest: a row that was not asked about, a tick or a root that is missing.
    """
    check_bearer(verdict, s)
    called = frozenset(names_of(verdict, s))
    batch = load(batch_id, s)
    if _is_repeated(batch, verdict, root, called):
        return batch
    asking, person, ticks = _checked(batch, verdict, root, s)
    note = note_by(person.who, s.entropy.token_bytes(8).hex())
    fact = _fact(asking, verdict, person, note, ticked(verdict, ticks))
    _remember(batch_id, verdict, person, note, s)

    def repeats(facts: tuple[Fact, ...]) -> bool:
        known = fold(batch_id, facts) or batch
        if _is_repeated(known, verdict, root, called):
            return True
        newest, *_ = _checked(known, verdict, root, s)
        if newest.number != asking.number:
            raise stale()
        return False

    who = sender_of(verdict, s).who
    actor = who if who.startswith("p:") else f"{verdict.via}:{who}"
    s.streams.tell(batch_stream(batch_id), actor, fact, repeats)
    return load(batch_id, s)


def _checked(
    batch: Batch, verdict: Verdict, root: str | None, s: Services
) -> tuple[Asking, Person, Mapping[str, str | None]]:
    """With what may be ticked."""
    asking = _open(batch, verdict, s)
    _check_place(asking, verdict)
    ticks = ticks_of(asking.opening, batch.id, s)
    _check_content(asking, verdict, root, ticks)
    linked = verdict.claims.manifest if verdict.claims else None
    if any(seen not in (None, asking.root) for seen in (linked, root)):
        raise Conflict("These are not the images under review.", code="digest_mismatch")
    person = reviewer_of(asking.opening, verdict, s)
    check_turn(asking.ballots, asking.opening, verdict, person.who)
    return asking, person, ticks


def _open(batch: Batch, verdict: Verdict, s: Services) -> Asking:
    asking = batch.asking
    if asking is not None and asking.settled and asking.settled.outcome == "decided":
        _check_number(asking, verdict)
        raise decided()
    if batch.over or (asking is not None and asking.settled):
        raise ReviewClosed
    if asking is None:
        raise Conflict("There is nothing to decide at present.", code="not_open")
    check_time(asking.standing, asking.opening, verdict, s.clock.now())
    return asking


def _check_number(asking: Asking, verdict: Verdict) -> None:
    if verdict.claims and verdict.claims.round != asking.number:
        raise stale()


def _check_place(asking: Asking, verdict: Verdict) -> None:
    _check_number(asking, verdict)
    stages = [verdict.stage, verdict.claims.stage if verdict.claims else None]
    if any(stage not in (None, asking.opening.stage) for stage in stages):
        raise stale()


def _check_content(
    asking: Asking, verdict: Verdict, root: str | None, ticks: Mapping[str, str | None]
) -> None:
    faults = [*_row_faults(asking, verdict)]
    if verdict.word != "withdraw" and len(rejected_by(asking, verdict)) < len(asking.rows):
        faults += tick_faults(verdict, ticks)
    if verdict.claims is None and root is None:
        detail = "Say what was looked at: the root that the review shows, or use a link."
        faults.append(Fault("#/root", detail))
    if faults:
        raise InvalidRequest(faults)


def _row_faults(asking: Asking, verdict: Verdict) -> Iterator[Fault]:
    """A verdict that rejects all has nothing to leave out; one that approves may name rejects."""
    seen: set[int] = set()
    for k, one in enumerate(verdict.images):
        if one.index not in asking.rows:
            yield Fault(f"#/items/{k}/row", "No such row is asked about.")
        if one.index in seen:
            yield Fault(f"#/items/{k}/row", "The row has more than one verdict.")
        seen.add(one.index)


def rejected_by(asking: Asking, verdict: Verdict) -> tuple[int, ...]:
    given = {one.index: one.word for one in verdict.images}
    return tuple(row for row in sorted(asking.rows) if given.get(row, verdict.word) != "approve")


def _is_repeated(batch: Batch, verdict: Verdict, root: str | None, called: Collection[str]) -> bool:
    """The same thing said again by the same person about the same question."""
    asking = _meant(batch, verdict, root)
    if asking is None:
        return False
    own = [one for one in asking.ballots if one.data.reviewer in called]
    if verdict.word == "withdraw":
        return bool(own) and all(one.withdrawn for one in own)
    wanted = rejected_by(asking, verdict)
    return any(
        tuple(row for row in sorted(asking.rows) if not one.data.approves(row)) == wanted
        for one in own
        if not one.withdrawn
    )


def _meant(batch: Batch, verdict: Verdict, root: str | None) -> Asking | None:
    """The question that link, root and stage name, as far as they are given; else the last one."""
    claims = verdict.claims
    for one in batch.askings if claims or root else batch.askings[-1:]:
        numbered = claims is None or claims.round == one.number
        if numbered and root in (None, one.root) and verdict.stage in (None, one.opening.stage):
            return one
    return None


def _fact(
    asking: Asking, verdict: Verdict, person: Person, note: str, ticks: tuple[str, ...]
) -> BatchDecided | BatchWithdrawn:
    if verdict.word == "withdraw":
        return BatchWithdrawn(asking=asking.number, reviewer=person.who, via=verdict.via)
    rejected = rejected_by(asking, verdict)
    kept = len(rejected) < len(asking.rows)
    said = verdict.comment or any(one.comment for one in verdict.images)
    return BatchDecided(
        asking=asking.number,
        root=asking.root,
        reviewer=person.who,
        via=verdict.via,
        decision="approve" if kept else "reject",
        rejected=rejected if kept else (),
        checklist=ticks if kept else (),
        note=note if said else None,
    )


def _remember(batch_id: str, verdict: Verdict, person: Person, note: str, s: Services) -> None:
    """The words and the names go into the erasable content, before the fact that points there."""
    comments = {note_on(note, one.index): one.comment for one in verdict.images if one.comment}
    comments |= {note: verdict.comment} if verdict.comment else {}
    people = {person.who: person.name} if person.name and person.who.startswith("p:") else {}
    if not (comments or people):
        return
    mention(batch_id, person.who, s)
    words = {"people": people, "comments": comments}
    s.contents.update(batch_id, lambda content: content.with_more(**words))
