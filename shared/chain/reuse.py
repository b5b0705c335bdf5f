"""
Approvals that may be used again: noted when a request is released, found by what is asked for.

An entry is named after an HMAC of all that has to be the same, so nobody can guess a prompt from
it. It is only a hint: what holds is said by the journal and the images that it leads to.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, product

from shared.chain.journal import Journal
from shared.chain.listed import names_under
from shared.chain.order import Order
from shared.chain.services import Services
from shared.domain import facts, names
from shared.domain.content import Content
from shared.domain.reuse import Wanted, inputs_of, is_source, reused_from, wanted_by
from shared.domain.reuse_facts import ImagesReused, ReuseMissed
from shared.domain.transitions import State, move
from shared.errors import AlreadyThere, CorruptJournal, OurError
from shared.security.keys import KeyRing, SigningKey, mac
from shared.security.people import mark_of, pseudonym

REUSE = "reuse"
APPROVED = move(State.RELEASING, facts.Approved.TYPE).event
# Of several requests for the same, the newest; older ones only where its images are gone.
MOST_TRIED = 3


@dataclass(frozen=True, slots=True)
class Offer:
    """
    `reused` as the source has it: its images still lie where they were released. The source's
    lines up to `approved_seq` tell of its approval.
    """

    source: str
    approved_seq: int
    reused: ImagesReused


def wanted_in(order: Order) -> Wanted:
    return Wanted(
        caller=order.caller.name,
        options=order.options,
        template=order.content.template,
        inputs=inputs_of([given.ref for given in order.inputs]),
        stages=order.stages,
        include_prompt=order.include_prompt,
        require_provenance=order.require_provenance,
    )


def offered(order: Order, s: Services) -> Offer | None:
    """What a submit of this order would be answered with now, if anything."""
    if order.reuse == "never":
        return None
    return next(offers(wanted_in(order), order.content, s), None)


def offers(wanted: Wanted, content: Content, s: Services) -> Iterator[Offer]:
    """Newest first; entries under an older key of the ring come last."""
    if not wanted.known:
        return
    keys = s.terms.ring.keys
    # An approval may have been noted under a later key than its people are called by.
    for key, called in product(keys, _called(wanted, content, s.terms.ring)):
        there = wanted.renamed(called)
        folder = names.reusable_of(wanted.caller, _digest(there.text(content), key))
        found = names_under(s.blobs, names.STATE, folder, MOST_TRIED)
        for entry in islice(found, MOST_TRIED):
            if (offer := _offer(names.reusable_in(entry), there, called, s)) is not None:
                yield offer


def _called(wanted: Wanted, content: Content, ring: KeyRing) -> Iterator[Mapping[str, str]]:
    """What people and texts to tick may be called elsewhere, each once; as they are here first."""
    people = [(who, content.people[who]) for who in wanted.people if who in content.people]
    marks = [(one, content.checklists[one]) for one in wanted.marks if one in content.checklists]
    told: list[Mapping[str, str]] = [{}]
    yield {}
    for key in ring.keys:
        under = KeyRing((key,))
        called = {who: pseudonym(under, address) for who, address in people}
        called |= {mark: mark_of(under, text) for mark, text in marks}
        called = {here: there for here, there in sorted(called.items()) if here != there}
        if called not in told:
            told.append(called)
            yield called


def _digest(text: bytes, key: SigningKey) -> str:
    return mac(REUSE, text, key.key).hex()


def _offer(source: str, wanted: Wanted, called: Mapping[str, str], s: Services) -> Offer | None:
    """A journal that cannot be read here is no reason to keep another request from going on."""
    with suppress(OurError):
        journal = s.journals.load(source)
        if not journal or not is_source(journal.request):
            return None
        approved = next(one for one in reversed(journal.events) if one.type == APPROVED)
        reused = reused_from(journal.request, approved.journal_head)
        reused = reused.model_copy(update={"called": called})
        there = set(names_under(s.blobs, names.APPROVED, f"{source}/"))
        if wanted_by(journal.request) == wanted and wanted.suited_by(reused.images):
            all_there = there >= {one.blob for one in reused.images}
            return Offer(source, approved.seq, reused) if all_there else None
    return None


def post(journal: Journal, since: int, s: Services) -> None:
    """
    Where a fact after `since` ends the search, take copies away that came to nothing.

    Raises:
        StorageError: post again; nothing changes by repeating.
    """
    if any(isinstance(fact.data, ImagesReused | ReuseMissed) for fact in journal.facts[since:]):
        _tidy(journal, s)


def note(journal: Journal, s: Services) -> None:
    """
    Before the approval is a fact, so that whoever has heard of it finds it.

    The name of the entry first: nothing is put that an erasure could not find.
    """
    with suppress(CorruptJournal):
        if (content := s.contents.read(journal.id)) is None:
            return
        wanted = wanted_by(journal.request)
        digest = _digest(wanted.text(content), s.terms.ring.first)
        entry, name = (
            names.reusable_of(wanted.caller, digest, journal.id),
            names.reuse_note_of(journal.id),
        )
        try:
            s.blobs.put(names.STATE, name, entry.encode(), if_absent=True)
        except AlreadyThere:  # of a release that died, perhaps under another key
            entry = _entry_of(journal.id, s) or entry
        s.blobs.put(names.STATE, entry, b"{}")


def _entry_of(request_id: str, s: Services) -> str | None:
    found = s.blobs.read(names.STATE, names.reuse_note_of(request_id))
    return found.data.decode() if found else None


def forget(request_id: str, s: Services) -> None:
    """Nobody is to find this request's images again."""
    if (entry := _entry_of(request_id, s)) is not None:
        s.blobs.delete(names.STATE, entry)
        s.blobs.delete(names.STATE, names.reuse_note_of(request_id))


def _tidy(journal: Journal, s: Services) -> None:
    """Copies that came to nothing: of another source, or made by a worker that was too late."""
    reused = journal.request.reused
    kept = names.reused_folder(journal.id, reused.source) if reused else None
    for name in list(names_under(s.blobs, names.REVIEW, names.reused_folder(journal.id))):
        if kept is None or not name.startswith(kept):
            s.blobs.delete(names.REVIEW, name)
