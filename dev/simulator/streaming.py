"""Streamed answers: partial pictures, then one completed event for each picture, and the end."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from . import tokens
from .answers import CutConnection
from .families import ImageModel
from .faults import Fault
from .order import ImageOrder
from .pictures import draw_partial
from .service import Service
from .stream_errors import stream_error


@dataclass(frozen=True)
class Drawing:
    """What one streamed call draws; the call number makes its pictures its own.

    ``operation`` is what its events' names begin with.
    """

    service: Service
    model: ImageModel
    order: ImageOrder
    operation: str
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
                yield stream_error("typed")
                return
            if fault.kind == "streamError":
                yield stream_error(fault.form)
                return
            if fault.kind in ("streamNoCompleted", "emptyData"):
                continue
            frame = self._completed(index, fault)
            if fault.kind == "cutAfterBilling":
                yield frame[: len(frame) // 2]
                raise CutConnection
            yield frame

    def _partial(self, index: int, step: int) -> bytes:
        picture = partial(self.order, index, self.call_number, step)
        return self._event("partial_image", picture, {"partial_image_index": step})

    def _completed(self, index: int, fault: Fault) -> bytes:
        picture = self.service.picture(self.order, index, self.call_number)
        usage = tokens.streamed_usage(self.model, self.order)
        if fault.kind == "malformedUsage":
            usage = tokens.malformed_usage()
        return self._event("completed", picture, {"usage": usage})

    def _event(self, kind: str, picture: str, more: Mapping[str, object]) -> bytes:
        order = self.order
        fields = {
            "b64_json": picture,
            "created_at": self.created_epoch_s,
            "size": str(order.size),
            "quality": order.quality,
            "background": order.background,
            "output_format": order.output_format,
        }
        return event(f"{self.operation}.{kind}", {**fields, **more})


def partial(order: ImageOrder, index: int, call_number: int, step: int) -> str:
    """A picture on the way, as base64; whether Azure signs these is not known, these are not."""
    return base64.b64encode(draw_partial(order, index, call_number, step)).decode("ascii")


def event(name: str, fields: Mapping[str, object]) -> bytes:
    """One frame, its ``type`` first, as the service writes it."""
    data = json.dumps({"type": name, **fields}, separators=(",", ":"))
    return f"event: {name}\ndata: {data}\n\n".encode()
