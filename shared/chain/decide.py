"""
A reviewer's verdict: bound to request, round, stage and the bytes that were looked at.

The order of the checks is part of the contract: the same verdict again is fine even when the
review is closed by now.
"""

from collections.abc import Mapping

from shared.chain import inbox, subjects
from shared.chain import verdict_checks as checks
from shared.chain.checklists import ticked, ticks_of
from shared.chain.doors import append_choice
from shared.chain.journal import Journal
from shared.chain.policing import check_wish
from shared.chain.repeats import is_repeated
from shared.chain.services import Services
from shared.chain.verdict import (
    Person,
    Verdict,
    check_bearer,
    names_of,
    reviewer_of,
    sender_of,
)
from shared.domain.approval_facts import Decided, Delegated, Withdrawn
from shared.domain.content import note_by, note_on
from shared.domain.facts import FactData
from shared.domain.parts import Opening
from shared.domain.request import Request
from shared.domain.values import ImageVerdict
from shared.security.people import pseudonym


def decide(request_id: str, verdict: Verdict, s: Services) -> Journal:
    """
    Record the verdict; the chain acts on it.

    Raises:
        Conflict: `already_decided`, `not_open`, `stale_round`, `digest_mismatch`, `round_limit`,
            `nothing_to_withdraw`, `verdict_limit`.
        ReviewClosed: the deadline has passed or the request ended otherwise.
        Forbidden: `not_a_reviewer`.
        InvalidRequest: a round or an image that does not exist, a tick that is missing.
        PolicyRejected: what is to be changed is nothing that may be asked for.
    """
    check_bearer(verdict, s)
    names = frozenset(names_of(verdict, s))
    mark = s.entropy.token_bytes(8).hex()

    def choose(journal: Journal) -> list[FactData]:
        request = journal.request
        if is_repeated(request, verdict, names, s):
            return []
        opening = checks.open_stage(request, verdict, s.clock.now())
        checks.check_place(request, opening, verdict)
        ticks = ticks_of(opening, request_id, s)
        checks.check_content(request, opening, verdict, ticks)
        checks.check_digests(request, opening, verdict)
        person = reviewer_of(opening, verdict, s)
        checks.check_turn(checks.given_in(request, opening), opening, verdict, person.who)
        if verdict.word == "revise" and (content := s.contents.read(request_id)):
            checks.check_room(request, verdict, content)
            check_wish(request, content, verdict.comment or "", s)
        note = note_by(person.who, mark)
        fact = _fact(request, opening, verdict, person, note, ticks, s)
        subjects.note(request_id, (person.who, *_asked_by(fact)), s)
        _remember(request_id, verdict, person, note, s)
        inbox.put(request_id, _asked_by(fact), opening.deadline, s)
        return [fact]

    who = sender_of(verdict, s).who
    actor = who if who.startswith("p:") else f"{verdict.via}:{who}"
    return append_choice(request_id, actor, choose, s)


def _fact(
    request: Request,
    opening: Opening,
    verdict: Verdict,
    person: Person,
    note: str,
    ticks: Mapping[str, str | None],
    s: Services,
) -> FactData:
    place = {"stage": opening.stage, "round": opening.round, "reviewer": person.who}
    if verdict.word == "withdraw":
        return Withdrawn(**place, via=verdict.via)
    if verdict.word == "delegate":
        to = checks.new_reviewer(opening, verdict.to or "", s.terms.ring)
        return Delegated(**place, to=to, via=verdict.via)
    images = _verdicts(request, opening, verdict)
    kept = any(one.approved for one in images) if images else verdict.word == "approve"
    revise = verdict.word == "revise"
    return Decided(
        **place,
        via=verdict.via,
        decision="revise" if revise else "approve" if kept else "reject",
        images=images,
        revise=checks.chosen_image(opening, verdict) if revise else None,
        checklist=ticked(verdict, ticks),
        note=note if any(_words(verdict, note)) else None,
    )


def _asked_by(fact: FactData) -> tuple[str, ...]:
    """Who waits in an inbox after it: a new reviewer, or one whose verdict is taken back."""
    match fact:
        case Delegated(to=who) | Withdrawn(reviewer=who):
            return (who,)
        case _:
            return ()


def _verdicts(request: Request, opening: Opening, verdict: Verdict) -> tuple[ImageVerdict, ...]:
    """Of a wish for another round nothing is released."""
    given = {one.index: one.word for one in verdict.images}
    return tuple(
        ImageVerdict(
            index=image.index,
            approved=verdict.word != "revise" and given.get(image.index, verdict.word) == "approve",
            sha256=image.sha256,
        )
        for image in request.images
        if image.index in opening.images
    )


def _words(verdict: Verdict, note: str) -> tuple[dict[str, str], dict[str, str]]:
    """Comments and alt texts, by where they are kept."""
    said = {note_on(note, one.index): one.comment for one in verdict.images if one.comment}
    said |= {note: verdict.comment} if verdict.comment else {}
    written = ((one.index, one.alt_text) for one in verdict.images)
    return said, {note_on(note, index): text for index, text in written if text is not None}


def _remember(request_id: str, verdict: Verdict, person: Person, note: str, s: Services) -> None:
    """The words and the names go into the erasable content, before the fact that points there."""
    comments, alt_texts = _words(verdict, note)
    people = {person.who: person.name} if person.name and person.who.startswith("p:") else {}
    if verdict.to:
        people[pseudonym(s.terms.ring, verdict.to)] = verdict.to
    if not (comments or people or alt_texts):
        return
    words = {"people": people, "comments": comments, "alt_texts": alt_texts}
    s.contents.update(request_id, lambda content: content.with_more(**words))
