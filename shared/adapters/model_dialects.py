"""How the answers of Azure OpenAI's two interfaces for images are read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from shared.adapters import model_errors, model_responses
from shared.adapters.model_errors import error_without_images
from shared.adapters.model_events import EventsReader
from shared.adapters.model_json import Answer, AnswerReader
from shared.adapters.model_response_images import ResponseEventsReader, ResponseReader
from shared.chain.ports import ImageSink
from shared.errors import ModelError

Usage = Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Dialect:
    """
    `error_of` takes status, headers and body; the readers return at least one image or raise;
    `usages_of` gives the image's usage and the orchestrator's.
    """

    error_of: Callable[[int, Mapping[str, str], bytes], ModelError]
    read_document: Callable[[Iterator[bytes], ImageSink], Answer]
    read_events: Callable[[Iterator[bytes], ImageSink, int], Answer]
    usages_of: Callable[[Mapping[str, object]], tuple[Usage, Usage]]


def _document(chunks: Iterator[bytes], sink: ImageSink) -> Answer:
    """A 200 may hold the filter's refusal, or nothing at all; images count before either."""
    answer = AnswerReader(chunks, sink).read()
    if answer.images:
        return answer
    raise error_without_images(answer.document)


def _usage(value: object) -> Usage:
    return value if isinstance(value, dict) else None


def _in_response(document: Mapping[str, object]) -> tuple[Usage, Usage]:
    """The image's usage is a tool's, and Azure may leave it out."""
    tools = _usage(document.get("tool_usage")) or {}
    return _usage(tools.get("image_gen")), _usage(document.get("usage"))


IMAGES = Dialect(
    error_of=model_errors.error_of,
    read_document=_document,
    read_events=lambda chunks, sink, n: EventsReader(chunks, sink, n).read(),
    usages_of=lambda document: (_usage(document.get("usage")), None),
)
# One image a call, however many are asked for.
RESPONSES = Dialect(
    error_of=model_responses.error_of,
    read_document=lambda chunks, sink: ResponseReader(chunks, sink).read(),
    read_events=lambda chunks, sink, _: ResponseEventsReader(chunks, sink).read(),
    usages_of=_in_response,
)
