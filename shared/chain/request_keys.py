"""What makes two submits the same request: the key that comes with them, and what it stands for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from shared.chain.ports import Stored
from shared.chain.services import Services
from shared.domain import names
from shared.domain.values import Instant, Value
from shared.errors import CorruptJournal, KeyReused, StorageError

# A flow repeats an action within minutes; later, the same run may well want another image.
RUN_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Origin:
    """
    What came beside the body; `key` is the sender's own, `message_id` the queue's.

    `sent_ahead`: the upload that the body was read from. `begun`: the request that the message's
    dead letter tells of, which outlives its key.
    """

    key: str | None = None
    message_id: str | None = None
    workflow_run_id: str | None = None
    workflow_operation: str | None = None
    client_tracking_id: str | None = None
    traceparent: str | None = None
    dedupe_runs: bool = True
    sent_ahead: str | None = None
    begun: str | None = None


class KeyRecord(Value):
    """Which request a key stands for."""

    id: str
    body_sha256: str
    at: Instant


def key_name(caller: str, origin: Origin, body_sha256: str) -> str | None:
    """The blob that holds the request's id; None when nothing makes the request the same."""
    if origin.key is not None:
        key = f"key {origin.key}"
    elif origin.message_id is not None:
        key = f"message {origin.message_id}"
    elif origin.dedupe_runs and origin.workflow_run_id and origin.workflow_operation:
        key = f"run {origin.workflow_run_id} {origin.workflow_operation} {body_sha256}"
    else:
        return None
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"keys/{caller}/{digest}"


def known_request(caller: str, origin: Origin, body_sha256: str, s: Services) -> str | None:
    """
    The id that the key stands for already, or did; None when accepting would make a new one.

    Raises:
        KeyReused: the key stands for another body.
    """
    name = key_name(caller, origin, body_sha256)
    found = s.blobs.read(names.STATE, name) if name is not None else None
    if found is None:
        return origin.begun
    return meant(_record(found)[0], origin, body_sha256, s.clock.now())


def meant(found: KeyRecord, origin: Origin, body_sha256: str, now: datetime) -> str | None:
    """None for a flow's step whose key is too old to be a repeat."""
    by_run = origin.key is None and origin.message_id is None
    if by_run and now > found.at + RUN_WINDOW:
        return None
    if found.body_sha256 != body_sha256:
        raise KeyReused
    return found.id


def read_key(name: str, s: Services) -> tuple[KeyRecord, str]:
    found = s.blobs.read(names.STATE, name)
    if found is None:
        raise StorageError("The key vanished while it was read.")
    return _record(found)


def _record(found: Stored) -> tuple[KeyRecord, str]:
    try:
        return KeyRecord.model_validate_json(found.data), found.etag
    except ValidationError:
        raise CorruptJournal("A key record is not one of ours.") from None
