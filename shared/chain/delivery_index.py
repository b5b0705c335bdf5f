"""
Which streams have events that are pending or dead: markers for whoever lists deliveries.

A marker is put before there is such an event, and removed when there is none any more. The log
is the truth: a marker too many is looked at in vain, one that was removed too early is put again
by the next look at the stream.
"""

from shared.chain.services import Services
from shared.chain.sources import Source
from shared.domain import names


def mark_pending(source: Source, s: Services) -> None:
    s.blobs.put(names.STATE, marker(names.PENDING, source.stream), b"{}")


def mark_dead(source: Source, s: Services) -> None:
    s.blobs.put(names.STATE, marker(names.DEAD_EVENTS, source.stream), b"{}")


def none_pending(source: Source, s: Services) -> None:
    s.blobs.delete(names.STATE, marker(names.PENDING, source.stream))


def none_dead(source: Source, s: Services) -> None:
    s.blobs.delete(names.STATE, marker(names.DEAD_EVENTS, source.stream))


def marker(folder: str, stream: str) -> str:
    """Streams of notices first, then requests, the newest first."""
    subject = names.subject_of(stream)
    return folder + (names.newest_first(subject) if names.is_ulid(subject) else f".{subject}")
