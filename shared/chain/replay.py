"""A candidate policy held against requests of the past: what it would have said to each."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.chain.journal import Journal
from shared.chain.listed import marked_names
from shared.chain.policing import subject_of_request
from shared.chain.services import Services
from shared.domain import names
from shared.domain.policy import Policy
from shared.domain.policy_document import PolicyRule
from shared.domain.policy_views import ReplayItem, Then

# Requests of one call: each takes two reads, and the host's gateway waits for 230 s.
MAX_LOOKED = 200
INDEX = "index/"
_HARDEST: tuple[Then, ...] = ("reject", "review", "warn")


@dataclass(frozen=True, slots=True)
class Replayed:
    """`mark` and `after`: where to go on, in storage's pages of the index; None at the end."""

    looked: int
    not_kept: int
    found: tuple[ReplayItem, ...]
    mark: str | None
    after: str | None

    @property
    def counts(self) -> Counter[str]:
        return Counter(one.then for one in self.found)


def replay(
    policy: Policy,
    since: datetime | None,
    most: int,
    mark: str | None,
    after: str,
    s: Services,
) -> Replayed:
    """Looks at up to `most` requests, the newest first, of those accepted since then."""
    looked = not_kept = 0
    found: list[ReplayItem] = []
    for journal, at, name in _requests(since, mark, after, s):
        if looked == most:
            return Replayed(looked, not_kept, tuple(found), mark, after)
        mark, after, looked = at, name, looked + 1
        content = s.contents.read(journal.id) if journal else None
        if journal is None or content is None:
            not_kept += 1
            continue
        subject = subject_of_request(journal.request, content, s.terms)
        found += _item(journal, policy.matched(subject))
    return Replayed(looked, not_kept, tuple(found), None, None)


def _requests(
    since: datetime | None, mark: str | None, after: str, s: Services
) -> Iterator[tuple[Journal | None, str | None, str]]:
    """Each name of the index from that place on, with its journal while that is kept."""
    for name, at in marked_names(s.blobs, names.STATE, INDEX, MAX_LOOKED, mark):
        if name <= after:
            continue
        request_id = names.newest_first(name.removeprefix(INDEX))
        journal = s.journals.load(request_id) if names.is_ulid(request_id) else None
        if journal and since is not None and journal.facts[0].at < since:
            return
        yield journal or None, at, name


def _item(journal: Journal, matched: Iterable[PolicyRule]) -> Iterator[ReplayItem]:
    rules = tuple(matched)
    if not rules:
        return
    said = {rule.then for rule in rules}
    yield ReplayItem(
        id=journal.id,
        caller=journal.request.terms.caller,
        created_at=journal.facts[0].at,
        then=next(one for one in _HARDEST if one in said),
        rules=tuple(rule.id for rule in rules),
        before=journal.request.terms.policy,
    )
