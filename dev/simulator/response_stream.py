"""The events of a streamed response, in the order and with the keys of the published schema."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from .answers import CutConnection
from .families import ImageModel
from .faults import Fault
from .order import ImageOrder
from .response_body import (
    DRAWN_TEXT,
    Frame,
    Item,
    all_usage,
    image_call,
    image_refused,
    message,
    new_id,
)
from .service import Service
from .stream_errors import stream_error
from .streaming import event, partial

CALL = "response.image_generation_call"


@dataclass(frozen=True)
class Events:
    """Makes frames with one running number through all of a response."""

    numbers: Iterator[int] = field(default_factory=itertools.count)

    def event(self, name: str, **fields: object) -> bytes:
        return event(name, {"sequence_number": next(self.numbers), **fields})

    def opening(self, frame: Frame) -> Iterator[bytes]:
        body = frame.body("in_progress", [])
        yield self.event("response.created", response=body)
        yield self.event("response.in_progress", response=body)

    def message(self, text: str, output_index: int, done: list[Item]) -> Iterator[bytes]:
        """A message from its first event to its last; it is put to the items that are done."""
        item_id = new_id("msg")
        item = message(item_id, text)
        empty = message(item_id, text, "in_progress")
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        added = {"item_id": item_id, "output_index": output_index, "content_index": 0}
        yield self.event("response.output_item.added", output_index=output_index, item=empty)
        yield self.event("response.content_part.added", **added, part={**part, "text": ""})
        yield self.event("response.output_text.delta", **added, delta=text, logprobs=[])
        yield self.event("response.output_text.done", **added, text=text, logprobs=[])
        yield self.event("response.content_part.done", **added, part=part)
        yield self.event("response.output_item.done", output_index=output_index, item=item)
        done.append(item)


def text_frames(frame: Frame, text: str, usage: Item) -> Iterator[bytes]:
    """A response in words alone."""
    events, done = Events(), list[Item]()
    yield from events.opening(frame)
    yield from events.message(text, 0, done)
    yield events.event("response.completed", response=frame.body("completed", done, usage=usage))


@dataclass(frozen=True)
class ImageStream:
    """A response that calls the image tool once."""

    service: Service
    response: Frame
    model: ImageModel
    order: ImageOrder
    fault: Fault
    filtered: bool
    item_id: str = field(default_factory=lambda: new_id("ig"))
    made: Events = field(default_factory=Events)

    @property
    def events(self) -> int:
        """How many go out when nothing goes wrong."""
        opening, before, after, message_and_end = 2, 3, 2, 7
        return opening + before + self.order.partial_images + after + message_and_end

    def frames(self) -> Iterator[bytes]:
        """Each event as it goes out; a fault ends them as its kind says.

        Raises:
            CutConnection: in the middle of the event that has the picture.
        """
        yield from self.made.opening(self.response)
        yield from self._on_the_way()
        if self.fault.kind == "streamError":
            yield stream_error(self.fault.form)
        elif self.filtered:
            yield from self._failed()
        elif self.fault.kind == "emptyData":
            yield from self._without_picture()
        elif self.fault.kind != "streamNoCompleted":
            yield from self._drawn()

    def _on_the_way(self) -> Iterator[bytes]:
        item = image_call(self.item_id, self.order, "in_progress", None)
        yield self.made.event("response.output_item.added", output_index=0, item=item)
        yield self._about("in_progress")
        yield self._about("generating")
        call_number = self.service.next_call_number()
        for step in range(self.order.partial_images):
            picture = partial(self.order, 0, call_number, step)
            chosen = {
                "size": str(self.order.size),
                "quality": self.order.quality,
                "background": self.order.background,
                "output_format": self.order.output_format,
            }
            yield self._about(
                "partial_image", partial_image_index=step, partial_image_b64=picture, **chosen
            )

    def _about(self, what: str, **more: object) -> bytes:
        return self.made.event(f"{CALL}.{what}", item_id=self.item_id, output_index=0, **more)

    def _failed(self) -> Iterator[bytes]:
        item = image_call(self.item_id, self.order, "failed", None)
        yield self.made.event("response.output_item.done", output_index=0, item=item)
        body = self.response.body("failed", [item], error=image_refused())
        yield self.made.event("response.failed", response=body)

    def _without_picture(self) -> Iterator[bytes]:
        item = image_call(self.item_id, self.order, "failed", None)
        yield self.made.event("response.output_item.done", output_index=0, item=item)
        yield self._completed([item])

    def _drawn(self) -> Iterator[bytes]:
        picture = self.service.picture(self.order, 0, self.service.next_call_number())
        item = image_call(self.item_id, self.order, "completed", picture)
        yield self._about("completed")
        frame = self.made.event("response.output_item.done", output_index=0, item=item)
        if self.fault.kind == "cutAfterBilling":
            yield frame[: len(frame) // 2]
            raise CutConnection
        yield frame
        done = [item]
        yield from self.made.message(DRAWN_TEXT, 1, done)
        yield self._completed(done)

    def _completed(self, done: list[Item]) -> bytes:
        malformed = self.fault.kind == "malformedUsage"
        both = all_usage(self.model, self.order, malformed=malformed)
        body = self.response.body("completed", done, **both)
        return self.made.event("response.completed", response=body)
