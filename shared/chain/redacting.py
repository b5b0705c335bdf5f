"""Taking one person out of a request that is not theirs: name, address and words."""

from collections.abc import Collection

from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain.content import Content


def redact(journal: Journal, people: Collection[str], s: Services) -> None:
    """`people` are the person's pseudonyms; nothing changes by repeating."""
    own = {
        one.data.note
        for one in journal.request.decisions
        if one.data.reviewer in people and one.data.note
    }

    s.contents.update(journal.id, lambda content: without(content, people, own))


def without(content: Content, people: Collection[str], notes: Collection[str]) -> Content:
    """`notes`: by which names their words are kept."""
    named = {who: address for who, address in content.people.items() if who not in people}
    said = {
        note: text for note, text in content.comments.items() if note.partition("/")[0] not in notes
    }
    return content.model_copy(update={"people": named, "comments": said})
