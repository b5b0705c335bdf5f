"""What goes when a request is erased, and where it may lie; records have digests and stay."""

from collections.abc import Iterator
from contextlib import suppress

from shared.chain import inbox, reuse, subjects
from shared.chain.batch_erasing import forget_row
from shared.chain.dead_letters import body_of_message
from shared.chain.journal import Journal
from shared.chain.listed import names_under
from shared.chain.services import Services
from shared.domain import names
from shared.domain.content import Content
from shared.errors import CorruptJournal

# Released images go as well: whoever is to be forgotten may be seen on them.
CONTAINERS = (names.INPUTS, names.PREVIEWS, names.REVIEW, names.REJECTED, names.APPROVED)


def remove(journal: Journal, s: Services) -> int:
    """
    How many blobs with content were deleted, and what was taken out of a batch's; 0 says that
    nothing is left anywhere.

    The content blob goes last: it says what else there is.
    """
    content = _content(journal.id, s)
    if content is not None:
        inbox.forget_all(journal.id, s)
    s.waits.clear(journal.id)
    reuse.forget(journal.id, s)
    subjects.forget(journal, content, s)
    with_batch = forget_row(journal.request, s)
    places = list(_places(journal.id, journal.request.terms.caller, content, s))
    return with_batch + _delete(places, s)


def remove_unaccepted(request_id: str, s: Services) -> int:
    """Of a request whose door died before there was a journal, or whose journal is long gone."""
    return _delete(list(_places(request_id, None, _content(request_id, s), s)), s)


def remove_message(body: str, s: Services) -> int:
    """Of a message that was put aside; its record says nothing of what was in it."""
    place = (names.CONTENT, body)
    return _delete([place] if is_there(*place, s) else [], s)


def take_back(journal: Journal, content: Content, s: Services) -> None:
    """What a door has stored that came last with its key, while the request was erased already."""
    subjects.forget(journal, content, s)
    inputs = names_under(s.blobs, names.INPUTS, f"{journal.id}/")
    _delete([*((names.INPUTS, name) for name in inputs), _place_of(journal.id)], s)


def is_there(container: str, name: str, s: Services) -> bool:
    return name in s.blobs.page(container, name, limit=1).names


def _content(request_id: str, s: Services) -> Content | None:
    """Content that nobody can read goes like any other."""
    with suppress(CorruptJournal):
        return s.contents.read(request_id)
    return None


def _places(
    request_id: str, caller: str | None, content: Content | None, s: Services
) -> Iterator[tuple[str, str]]:
    for container in CONTAINERS:
        for name in names_under(s.blobs, container, f"{request_id}/"):
            yield container, name
    exact = [*_sent(caller, content), _place_of(request_id)]
    yield from (one for one in exact if is_there(*one, s))


def _place_of(request_id: str) -> tuple[str, str]:
    return names.CONTENT, names.content_of(request_id)


def _sent(caller: str | None, content: Content | None) -> Iterator[tuple[str, str]]:
    """Copies that came before the request: uploads of its own caller, a message put aside."""
    if content is None:
        return
    for name in content.uploads:
        if caller is not None and name.startswith(f"{caller}/"):
            yield names.UPLOADS, name
    if content.message_id is not None:
        yield names.CONTENT, body_of_message(content.message_id)


def _delete(places: list[tuple[str, str]], s: Services) -> int:
    for container, name in places:
        s.blobs.delete(container, name)
    return len(places)
