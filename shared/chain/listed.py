"""The names under a prefix, however many pages they fill; and those with a time, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.chain.ports import Blobs

# What storage lists at a time, at most, is 5,000.
PAGE_NAMES = 1000
# What `names.stamp` looks like, every digit as 0.
STAMP = "00000000T000000000Z"


def names_under(
    blobs: Blobs, container: str, prefix: str, at_a_time: int = PAGE_NAMES
) -> Iterator[str]:
    """In the order of their text; whoever stops asking lists no further."""
    return (name for name, _ in marked_names(blobs, container, prefix, at_a_time))


def marked_names(
    blobs: Blobs, container: str, prefix: str, at_a_time: int, mark: str | None = None
) -> Iterator[tuple[str, str | None]]:
    """From the page that storage calls `mark`, each name with the mark of its own page."""
    while True:
        page = blobs.page(container, prefix, at_a_time, mark)
        for name in page.names:
            yield name, mark
        if page.continuation is None:
            return
        mark = page.continuation


@dataclass(frozen=True, slots=True)
class Backwards:
    """
    The names in `folder` that begin with a stamp, newest first, from below `before`.

    Storage lists the oldest first. So where there are more than one page holds, the next digit of
    the stamp parts them, and the highest is asked for first: however many there are, the newest
    cost some ten listings for each digit at the very most, and one where they are few.
    """

    blobs: Blobs
    container: str
    folder: str
    before: str
    at_a_time: int = 250

    def names(self, stamp: str = "") -> Iterator[str]:
        prefix = self.folder + stamp
        page = self.blobs.page(self.container, prefix, self.at_a_time)
        if page.continuation is None:
            yield from self._reversed(page.names)
        elif len(stamp) == len(STAMP):
            found = names_under(self.blobs, self.container, prefix)
            yield from self._reversed(tuple(found))
        else:
            for digit in "9876543210" if STAMP[len(stamp)] == "0" else STAMP[len(stamp)]:
                if prefix + digit <= self.before[: len(prefix) + 1]:
                    yield from self.names(stamp + digit)

    def _reversed(self, names: tuple[str, ...]) -> Iterator[str]:
        return (name for name in reversed(names) if name < self.before)
