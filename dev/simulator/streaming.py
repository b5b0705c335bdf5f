"""Streamed answers: partial pictures, then one completed event for each picture, and the end."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import errors, tokens
from .answers import CutConnection
from .families import ImageModel
from .faults import Fault
from .pictures import draw, draw_partial
from .validation import ImageOrder

PARTIAL, COMPLETED = "image_generation.partial_image", "image_generation.completed"


@dataclass(frozen=True)
class Drawing:
    """What one streamed call draws; the call number makes its pictures its own."""

    model: ImageModel
    order: ImageOrder
    call_number: int
    created_epoch_s: int

    def frames(self, fault: Fault, filtered: bool) -> Iterator[bytes]:
        """Each event as it goes out; a fault ends them as its kind says.

        Raises:
            CutConnection: in the middle of the first completed event.
        """
        for index in range(self.order.n):
            for step in range(self.order.partial_images):
                yield self._partial(index, step)
            if filtered:
                yield errors.stream_error("typed")
                return
            if fault.kind == "streamError":
                yield errors.stream_error(fault.form)
                return
            if fault.kind in ("streamNoCompleted", "emptyData"):
                continue
            frame = self._completed(index, fault)
            if fault.kind == "cutAfterBilling":
                yield frame[: len(frame) // 2]
                raise CutConnection
            yield frame

    def _partial(self, index: int, step: int) -> bytes:
        picture = draw_partial(self.order, index, self.call_number, step)
        return event(PARTIAL, {**self._common(picture), "partial_image_index": step})

    def _completed(self, index: int, fault: Fault) -> bytes:
        picture = draw(self.order, index, self.call_number)
        usage = tokens.streamed_usage(self.model, self.order)
        if fault.kind == "malformedUsage":
            usage = tokens.malformed_usage()
        return event(COMPLETED, {**self._common(picture), "usage": usage})

    def _common(self, picture: bytes) -> dict[str, object]:
        order = self.order
        return {
            "b64_json": base64.b64encode(picture).decode("ascii"),
            "created_at": self.created_epoch_s,
            "size": str(order.size),
            "quality": order.quality,
            "background": order.background,
            "output_format": order.output_format,
        }


def event(name: str, fields: Mapping[str, object]) -> bytes:
    """One frame, its ``type`` first, as the service writes it."""
    data = json.dumps({"type": name, **fields}, separators=(",", ":"))
    return f"event: {name}\ndata: {data}\n\n".encode()
