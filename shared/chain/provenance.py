"""What a request's journal proves of where its images come from."""

from collections.abc import Iterator
from typing import Any

from shared.domain import names
from shared.domain.request import Request
from shared.domain.resource import ProvenanceLine


def provenance_of(request: Request) -> list[dict[str, Any]]:
    """One line for each stored image; the same from a journal as from the pack that holds it."""
    return [line.wire() for line in _lines(request)]


def _lines(request: Request) -> Iterator[ProvenanceLine]:
    for attempt in request.attempts:
        released = dict(request.released) if attempt.number == request.chosen else {}
        for image in attempt.completed.images if attempt.completed else ():
            name = released.get(image.index)
            yield ProvenanceLine(
                attempt=attempt.number,
                round=attempt.round,
                index=image.index,
                sha256=image.sha256,
                c2pa=image.provenance.c2pa if image.provenance else None,
                generator=image.provenance.generator if image.provenance else None,
                released=f"{names.APPROVED}/{name}" if name else None,
            )
