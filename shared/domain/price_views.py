"""The price book as callers of the book see it."""

from shared.domain.document_views import DocumentStanding, Source
from shared.domain.money import PriceBook


class PricesStanding(DocumentStanding):
    """
    `current`: the newest price book holds. `stale`: the newest has faults, or could not be read,
    and the one before holds. `missing`: there is none, and nothing is taken or bought.
    """


def standing_of(book: PriceBook, source: Source, sha256: str | None = None) -> PricesStanding:
    """Of a book of the settings, which holds for as long as the app runs."""
    return PricesStanding(state="current", source=source, version=book.version, sha256=sha256)
