"""What a request's journal proves of where its images come from."""

from collections.abc import Iterator
from typing import Any

from shared.domain import names
from shared.domain.image_views import ProvenanceLine
from shared.domain.request import Request
from shared.domain.values import Image


def provenance_of(request: Request) -> list[dict[str, Any]]:
    """One line for each stored image; the same from a journal as from the pack that holds it."""
    return [line.wire() for line in _lines(request)]


def _lines(request: Request) -> Iterator[ProvenanceLine]:
    for attempt in request.attempts:
        released = request.released if attempt.number == request.chosen else ()
        for image in attempt.completed.images if attempt.completed else ():
            yield _line(image, attempt.number, attempt.round, released)
    for image in request.reused.images if request.reused else ():
        yield _line(image, None, request.round, request.released)


def _line(
    image: Image, attempt: int | None, round_: int, released: tuple[tuple[int, str], ...]
) -> ProvenanceLine:
    name = dict(released).get(image.index)
    return ProvenanceLine(
        attempt=attempt,
        round=round_,
        index=image.index,
        sha256=image.sha256,
        c2pa=image.provenance.c2pa if image.provenance else None,
        generator=image.provenance.generator if image.provenance else None,
        released=f"{names.APPROVED}/{name}" if name else None,
    )
