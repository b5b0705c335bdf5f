"""
The prices that hold now, where they come from a blob that may change meanwhile.

Where no good book could be read yet, nothing is taken and no call is intended: a price that is not
known must not be nothing.
"""

from collections.abc import Sequence
from functools import partial

from shared.chain.document_in_force import DocumentInForce
from shared.chain.ports import Blobs, Clock
from shared.domain.deployments import Deployment
from shared.domain.document_place import DocumentBlob
from shared.domain.money import PriceBook
from shared.domain.price_reading import read_later_prices
from shared.domain.price_views import PricesStanding
from shared.errors import PricesUnavailable


class PricesInForce:
    """A book in a blob; `deployments` and `chats`, models that write, need a price."""

    def __init__(
        self,
        blobs: Blobs,
        clock: Clock,
        place: DocumentBlob,
        deployments: Sequence[Deployment],
        chats: Sequence[str] = (),
    ) -> None:
        read = partial(read_later_prices, deployments=deployments, chats=chats)
        self._blob = DocumentInForce(blobs, clock, place, read, "prices")

    def known(self) -> PriceBook | None:
        return self._blob.look().document

    def current(self) -> PriceBook:
        """
        Raises:
            PricesUnavailable: none could be read yet.
        """
        if (book := self.known()) is None:
            raise PricesUnavailable
        return book

    def standing(self) -> PricesStanding:
        last = self._blob.look()
        return PricesStanding(
            state=last.state,
            source="blob",
            version=last.document.version if last.document else None,
            sha256=last.sha256,
            faults=last.views,
        )
