"""The names under a prefix, however many pages they fill."""

from collections.abc import Iterator

from shared.chain.ports import Blobs

# What storage lists at a time, at most, is 5,000.
PAGE_NAMES = 1000


def names_under(
    blobs: Blobs, container: str, prefix: str, at_a_time: int = PAGE_NAMES
) -> Iterator[str]:
    """In the order of their text; whoever stops asking lists no further."""
    continuation: str | None = None
    while True:
        page = blobs.page(container, prefix, at_a_time, continuation)
        yield from page.names
        continuation = page.continuation
        if continuation is None:
            return
