"""
Images out of answers of the Responses API, given as one document or as events.

An image is the `result` of an output item. It may come twice, with the item when that is done and
with the whole response at the end, and is stored the first time. Fields come in any order, so
what the bytes are may be said only after them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from functools import partial

from shared.adapters.event_stream import EventStream, until_done
from shared.adapters.model_events import NoImage, Nowhere
from shared.adapters.model_json import ARRAY, Answer, ImageScanner, Spot, Steps, values_at, windows
from shared.adapters.model_response_failures import IMAGE_CALL, error_within, failure_of
from shared.chain.ports import ImageSink, ImageWriter
from shared.errors import ModelRefused, ModelUnknown

PARTIAL: Steps = ("partial_image_b64",)
IN_ITEM: Steps = ("item", "result")
IN_EVENT: Steps = ("response", "output", ARRAY, "result")
IN_DOCUMENT: Steps = ("output", ARRAY, "result")

# Events by which images come, and the last of any stream.
_ITEM_DONE = "response.output_item.done"
_ENDS = frozenset({"response.completed", "response.failed", "response.incomplete"})
_EVENTS: Mapping[Steps, frozenset[str]] = {IN_ITEM: frozenset({_ITEM_DONE}), IN_EVENT: _ENDS}
# Events about the work on an image; whatever becomes of it, the tool was used.
_DRAWING = "response.image_generation_call."


class ResponseReader:
    """One document, given in any chunks."""

    def __init__(self, chunks: Iterator[bytes], sink: ImageSink) -> None:
        self._chunks, self._images = chunks, _Images(sink, lambda: "")

    def read(self) -> Answer:
        document = self._images.read(windows(self._chunks), (IN_DOCUMENT,))
        if not self._images.stored:
            raise failure_of(document)
        return Answer(document, self._images.stored)


class ResponseEventsReader:
    """One stream, given in any chunks; its answer is the response that its last event holds."""

    def __init__(self, chunks: Iterator[bytes], sink: ImageSink) -> None:
        self._events = EventStream(windows(chunks))
        self._images = _Images(sink, lambda: self._events.name)
        self._items: list[object] = []
        self._response: dict[str, object] = {}

    def read(self) -> Answer:
        """With the image here, nothing that breaks afterwards takes it away."""
        try:
            self._read_events()
        except (ModelRefused, ModelUnknown):
            if not self._images.stored:
                raise
        if not self._images.stored:
            raise failure_of(self._response, self._items)
        return Answer(self._response, self._images.stored)

    def _read_events(self) -> None:
        for data in until_done(self._events):
            event = self._images.read(data, (PARTIAL, IN_ITEM, IN_EVENT))
            kind = _text(event, "type") or self._events.name
            if kind == "error" or event.get("error"):
                raise error_within(event)
            self._keep(kind, event)
            if kind in _ENDS:
                return

    def _keep(self, kind: str, event: Mapping[str, object]) -> None:
        if kind.startswith(_DRAWING):
            self._items.append({"type": IMAGE_CALL})
        elif kind == _ITEM_DONE:
            self._items.append(event.get("item"))
        response = event.get("response")
        if kind in _ENDS and isinstance(response, dict):
            self._response = response


class _Images:
    """Where the images of an answer go; `stored` of them did, in documents that were whole."""

    def __init__(self, sink: ImageSink, event_name: Callable[[], str]) -> None:
        self._sink, self._event_name = sink, event_name
        self._found = 0
        self.stored = 0

    def read(self, pieces: Iterator[bytes], places: tuple[Steps, ...]) -> dict[str, object]:
        """The skeleton of a document or an event."""
        self._found, document = 0, {}
        with suppress(NoImage):
            with ExitStack() as held:
                scanner = ImageScanner(pieces, places, partial(self._place, held))
                document = scanner.read().document
                stored = max(self._stored_with(document, steps) for steps in places)
            self.stored = stored  # only now: what is held may fail at its end
        return document

    def _place(self, held: ExitStack, spot: Spot) -> AbstractContextManager[ImageWriter]:
        """By what is said up to here; when that is not enough, `held` decides at the end."""
        if spot.steps == PARTIAL:
            return self._sink.preview(0)
        document = spot.document()
        [*_, item] = values_at(document, spot.steps[:-1])
        is_image = self._is_image(document, item, spot.steps)
        if is_image is False:
            return nullcontext(Nowhere())
        number = self._first(spot.steps) + self._found
        self._found += 1
        if number < self.stored:
            return nullcontext(Nowhere())
        image = self._sink.image(number)
        return image if is_image else nullcontext(held.enter_context(image))

    def _first(self, steps: Steps) -> int:
        """The number of a document's first image; an item's goes behind those before it."""
        return self.stored if steps == IN_ITEM else 0

    def _stored_with(self, document: Mapping[str, object], steps: Steps) -> int:
        """How many images there are with those at these steps, if they are all images."""
        if steps == PARTIAL:
            return self.stored
        items = [item for item in values_at(document, steps[:-1]) if _text(item, "result")]
        images = [item for item in items if self._is_image(document, item, steps) is not False]
        if items and not images:
            raise NoImage
        if images and len(images) != self._found:
            raise ModelUnknown("The answer does not say which of its items are images.")
        return max(self.stored, self._first(steps) + len(images))

    def _is_image(self, document: object, item: object, steps: Steps) -> bool | None:
        """
        None when the item, or the event it is in, does not say what it is.

        At the end that is enough: only images have a `result`.
        """
        said = [(_text(item, "type"), frozenset({IMAGE_CALL}))]
        if steps in _EVENTS:
            said.append((_text(document, "type") or self._event_name(), _EVENTS[steps]))
        if any(kind and kind not in expected for kind, expected in said):
            return False
        return True if all(kind for kind, _ in said) else None


def _text(document: object, key: str) -> str:
    value = document.get(key) if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""
