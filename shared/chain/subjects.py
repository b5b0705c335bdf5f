"""
In which requests a person is named: one mention for each, so that the person can be forgotten.

A mention is put before what it leads to, so no name is ever stored that nobody can find. Persons
are pseudonyms here, under the signing key of the time; whoever is looked for by address is looked
for under every key of the ring.
"""

from collections.abc import Iterable, Iterator, Sequence

from pydantic import ValidationError

from shared.chain.journal import Journal
from shared.chain.listed import names_under
from shared.chain.services import Services
from shared.domain import names
from shared.domain.approval_facts import Decided, Delegated, Escalated
from shared.domain.content import Content
from shared.domain.values import Instant, Value
from shared.errors import CorruptJournal
from shared.security.people import pseudonym, pseudonyms


class Mention(Value):
    """
    `submitted`: it is the person's own request, else they were asked or said something.

    `by`: the erasure that has taken the person out of it, and looks again later.
    """

    submitted: bool = False
    at: Instant
    by: str | None = None


def mention(request_id: str, content: Content, s: Services) -> None:
    """Everybody whom the content of a new request names."""
    people = dict.fromkeys(sorted(content.people), False)
    if content.requested_by:
        people[pseudonym(s.terms.ring, content.requested_by)] = True
    for who, submitted in people.items():
        one = Mention(submitted=submitted, at=s.clock.now())
        write(names.mention_of(who, request_id), one, s)


def mention_one(who: str, what: str, s: Services) -> None:
    """One person, in what is no request yet."""
    write(names.mention_of(who, what), Mention(at=s.clock.now()), s)


def mention_message(body: str, address: str | None, s: Services) -> None:
    """Whom a message names that was put aside; `body` is what its blob in `content` is called."""
    if address:
        mention_one(pseudonym(s.terms.ring, address), body, s)


def note(request_id: str, people: Iterable[str], s: Services) -> None:
    """
    Whoever decides or takes another's place; a caller's name is nobody's.

    Written anew if it is there: what follows may bring back what an erasure has just taken out.
    """
    for who in sorted(set(people)):
        if who.startswith("p:"):
            name = names.mention_of(who, request_id)
            known = read(name, s)
            own = known is not None and known.submitted
            write(name, Mention(submitted=own, at=s.clock.now()), s)


def read(name: str, s: Services) -> Mention | None:
    found = s.blobs.read(names.STATE, name)
    try:
        return Mention.model_validate_json(found.data) if found else None
    except ValidationError:
        raise CorruptJournal("A mention of a person is not one of ours.") from None


def write(name: str, one: Mention, s: Services) -> None:
    s.blobs.put(names.STATE, name, one.model_dump_json(by_alias=True).encode())


def mentions(people: Sequence[str], s: Services) -> Iterator[str]:
    """Their names, by pseudonym, oldest request first."""
    for who in people:
        yield from names_under(s.blobs, names.STATE, names.mentions_of(who))


def forget(journal: Journal, content: Content | None, s: Services) -> None:
    """
    Nobody is mentioned in an erased request any more.

    But for whoever's own erasure it is: that one takes the mention away once it has counted.
    """
    erasure = journal.request.erasure
    by_person = erasure is not None and erasure.id != journal.id
    people = _named(journal) | set(content.people if content else ())
    if content and content.requested_by:
        people |= set(pseudonyms(s.terms.ring, content.requested_by))
    for who in sorted(people):
        name = names.mention_of(who, journal.id)
        if by_person and (one := read(name, s)) and one.submitted:
            continue
        s.blobs.delete(names.STATE, name)


def _named(journal: Journal) -> set[str]:
    found: set[str] = set()
    for stage in journal.request.terms.stages:
        found |= {*stage.reviewers, *stage.escalate_to}
    for fact in journal.facts:
        match fact.data:
            case Decided(reviewer=who):
                found.add(who)
            case Delegated(reviewer=who, to=to):
                found |= {who, to}
            case Escalated(reviewers=people):
                found |= set(people)
    return {who for who in found if who.startswith("p:")}
