"""The queue service as the listener needs it, and its adapter for Azure Storage."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.queue import QueueClient, QueueMessage


class QueueError(Exception):
    """The queue service refused or could not be reached."""


class QueueMissing(QueueError):
    """There is no such queue, or it is being deleted."""


class MessageGone(QueueError):
    """The message was deleted, or somebody else holds its newer receipt."""


class QueueBusy(QueueError):
    """The service failed (5xx) or did not answer."""


@dataclass(frozen=True)
class Leased:
    """One received message; `text` is what is stored, not yet decoded."""

    id: str
    receipt: str
    text: str
    dequeue_count: int
    inserted_at: datetime
    expires_at: datetime
    next_visible_at: datetime


class QueueStore(Protocol):
    """One queue. Every method may raise QueueError."""

    name: str

    def exists(self) -> bool:
        """Ask without creating: a trigger never creates its queue."""

    def create(self) -> None:
        """Create the queue; no error when it is there."""

    def receive(self, count: int, lease_s: int) -> list[Leased]:
        """Lease up to `count` messages in one request."""

    def renew(self, message_id: str, receipt: str, lease_s: int) -> str:
        """Set the time until the message is visible, text untouched; the new receipt."""

    def delete(self, message_id: str, receipt: str) -> None:
        """Remove a message for good."""

    def put(self, text: str) -> None:
        """Add a message with the service's default life of seven days."""


class AzureQueueStore:
    """`QueueStore` on Azure Storage or Azurite."""

    def __init__(self, client: QueueClient) -> None:
        self._client = client
        self.name: str = client.queue_name

    def exists(self) -> bool:
        """A properties request; the service has no cheaper question."""
        try:
            with _translated():
                self._client.get_queue_properties()
        except QueueMissing:
            return False
        return True

    def create(self) -> None:
        """Creating an equal queue again is no error to the service (204 for 201)."""
        with _translated():
            try:
                self._client.create_queue()
            except HttpResponseError as exc:
                if _code(exc) != "QueueAlreadyExists":
                    raise

    def receive(self, count: int, lease_s: int) -> list[Leased]:
        """One page only: iterating over the pages would send a second request."""
        with _translated():
            pages = self._client.receive_messages(
                messages_per_page=count, visibility_timeout=lease_s
            ).by_page()
            return [_leased(message) for message in next(pages, [])]

    def renew(self, message_id: str, receipt: str, lease_s: int) -> str:
        """Update Message without a body."""
        with _translated():
            updated = self._client.update_message(message_id, receipt, visibility_timeout=lease_s)
        assert updated.pop_receipt is not None
        return updated.pop_receipt

    def delete(self, message_id: str, receipt: str) -> None:
        """Delete Message."""
        with _translated():
            self._client.delete_message(message_id, receipt)

    def put(self, text: str) -> None:
        """Put Message."""
        with _translated():
            self._client.send_message(text)


def _leased(message: QueueMessage) -> Leased:
    assert message.pop_receipt is not None
    assert message.inserted_on is not None
    assert message.expires_on is not None
    assert message.next_visible_on is not None
    return Leased(
        id=message.id,
        receipt=message.pop_receipt,
        text=message.content or "",
        dequeue_count=message.dequeue_count or 0,
        inserted_at=message.inserted_on,
        expires_at=message.expires_on,
        next_visible_at=message.next_visible_on,
    )


_BY_CODE: dict[str, type[QueueError]] = {
    "QueueNotFound": QueueMissing,
    "QueueBeingDeleted": QueueMissing,
    "MessageNotFound": MessageGone,
    "PopReceiptMismatch": MessageGone,
}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except HttpResponseError as exc:
        raise _as_queue_error(exc) from exc
    except AzureError as exc:
        raise QueueBusy(type(exc).__name__) from exc


def _code(exc: HttpResponseError) -> str:
    found = getattr(exc, "error_code", "") or ""
    return str(getattr(found, "value", found))


def _as_queue_error(exc: HttpResponseError) -> QueueError:
    code, status = _code(exc), exc.status_code or 0
    kind = _BY_CODE.get(code) or (QueueBusy if status >= 500 else QueueError)
    return kind(f"{status} {code}".strip())
