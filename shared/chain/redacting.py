"""Taking one person out of a request that is not theirs: name, address and words."""

from collections.abc import Collection, Mapping

from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain.content import Content


def redact(journal: Journal, people: Collection[str], s: Services) -> None:
    """`people` are the person's pseudonyms; nothing changes by repeating."""
    s.contents.update(journal.id, lambda content: without(content, people))


def without(content: Content, people: Collection[str]) -> Content:
    """Also without the words of a verdict that was refused in the end, which no record names."""

    def of_others(words: Mapping[str, str]) -> dict[str, str]:
        return {note: text for note, text in words.items() if note.partition(".")[0] not in people}

    return content.model_copy(
        update={
            "people": {who: name for who, name in content.people.items() if who not in people},
            "comments": of_others(content.comments),
            "alt_texts": of_others(content.alt_texts),
        }
    )
