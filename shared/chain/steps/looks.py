"""Second looks: what a call of unknown outcome left behind."""

from shared.chain.attempt_store import AttemptStore
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain.facts import Completed
from shared.domain.parts import Attempt


def store_of(journal: Journal, attempt: Attempt, s: Services) -> AttemptStore:
    model = journal.request.terms.options.model
    return AttemptStore(s.blobs, journal.id, attempt, model, s.judge)


def second_look(journal: Journal, s: Services) -> list[Completed]:
    """
    The outcome of a call that counts as unknown and has a manifest after all.

    Looked for before anybody pays again, asks an operator, gives up, or deletes the images.
    """
    for attempt in journal.request.attempts:
        if attempt.unknown and (found := store_of(journal, attempt, s).read_manifest()):
            return [found]
    return []
