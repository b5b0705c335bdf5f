"""
Images out of a streamed answer: one `completed` event for each, partial images before them.

Images are numbered as they complete, since nothing in an event says which it is. Partial images
of several images cannot be told apart either, so there is one preview for all. An event counts
when it is whole; a stream that ends before all images are there is no success.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from itertools import chain

from shared.adapters.event_stream import EventStream, until_done
from shared.adapters.model_errors import envelope_of, refusal, unknown
from shared.adapters.model_json import (
    AT_TOP,
    Answer,
    ImageScanner,
    Spot,
    windows,
)
from shared.chain.ports import ImageSink, ImageWriter
from shared.domain.money import usage_of
from shared.errors import ModelError, ModelRefused, ModelUnknown

MEDIA_TYPE = "text/event-stream"

_PARTIAL, _COMPLETED, _ERROR, _OTHER = "partial_image", "completed", "error", "other"
_KINDS: Mapping[str, str] = {
    "error": _ERROR,
    **{
        f"{of}.{kind}": kind
        for of in ("image_generation", "image_edit")
        for kind in (_PARTIAL, _COMPLETED)
    },
}


class NoImage(Exception):
    """The event brought none; what its bytes were written to is left uncommitted."""


class EventsReader:
    """One stream, given in any chunks, of a call that asked for `n` images."""

    def __init__(self, chunks: Iterator[bytes], sink: ImageSink, n: int) -> None:
        self._events = EventStream(windows(chunks))
        self._sink, self._n = sink, n
        self._images = 0
        self._usages: list[object] = []

    def read(self) -> Answer:
        """More images than were asked for are kept; they were made, and so paid for."""
        try:
            self._read_events()
        except (ModelRefused, ModelUnknown):
            # With all images here, nothing that breaks afterwards takes them away.
            if self._images < self._n:
                raise
        if self._images < self._n:
            raise ModelUnknown("The stream ended before all images were there.")
        return Answer(
            {"usage": total_usage(self._usages)},
            self._images,
            usage_is_whole=all(map(_makes_sense, self._usages)),
        )

    def _read_events(self) -> None:
        for data in until_done(self._events):
            self._read_event(data)

    def _read_event(self, data: Iterator[bytes]) -> None:
        try:
            with ExitStack() as held:
                answer = ImageScanner(data, (AT_TOP,), partial(self._place, held)).read()
                self._insist_on_image(answer)
        except NoImage:
            return
        self._images += 1
        self._usages.append(answer.document.get("usage"))

    def _place(self, held: ExitStack, spot: Spot) -> AbstractContextManager[ImageWriter]:
        """
        By the event's `type`; where it comes after the image, `held` decides at the end.

        An image is stored as soon as its own bytes are whole, else with its event.
        """
        if spot.index:
            raise ModelUnknown("An event holds two images.")
        kind = _kind_of(spot.document())
        if kind == _COMPLETED:
            return self._sink.image(self._images)
        if kind == _PARTIAL or (not kind and _KINDS.get(self._events.name) == _PARTIAL):
            return self._sink.preview(0)
        if kind:
            return nullcontext(Nowhere())
        return nullcontext(held.enter_context(self._sink.image(self._images)))

    def _insist_on_image(self, answer: Answer) -> None:
        document = answer.document
        kind = _kind_of(document) or _KINDS.get(self._events.name)
        if kind == _ERROR or document.get("error"):
            raise self._error(document)
        if kind != _COMPLETED or not answer.images:
            raise NoImage

    def _error(self, document: Mapping[str, object]) -> ModelError:
        """
        The error is an object of its own, or the event itself.

        A refusal after some images came is unknown: as refused they would be thrown away.
        """
        envelope = envelope_of(document) or envelope_of({"error": document})
        if envelope is None or not envelope.filtered:
            return unknown("upstream_failed")
        if self._images:
            return ModelUnknown("The content filter ended the stream after some of the images.")
        return refusal(envelope)


class Nowhere:
    """For bytes that are no image of ours."""

    def write(self, piece: bytes) -> None:
        pass


def total_usage(usages: Sequence[object]) -> dict[str, object] | None:
    """
    The sum over the events that have a usage; None when none has.

    Nobody says whether an event counts its own image or the whole call; where it is the call,
    the sum is too high, never too low. Where some have none it is the least that was used.
    """
    given = [usage for usage in usages if isinstance(usage, dict)]
    names = dict.fromkeys(chain.from_iterable(given))
    found = {name: _sum([usage[name] for usage in given if name in usage]) for name in names}
    return found if given else None


def _sum(values: Sequence[object]) -> object:
    if all(isinstance(value, dict) for value in values):
        return total_usage(values)
    numbers = [value for value in values if type(value) is int]
    return sum(numbers) if len(numbers) == len(values) else None


def _makes_sense(usage: object) -> bool:
    return isinstance(usage, dict) and usage_of(usage) is not None


def _kind_of(document: object) -> str:
    """What the event says it is; empty when it does not say."""
    kind = document.get("type") if isinstance(document, dict) else None
    return _KINDS.get(kind, _OTHER) if isinstance(kind, str) else ""
