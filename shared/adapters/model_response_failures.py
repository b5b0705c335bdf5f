"""
Why an answer of the Responses API with status 200 holds no image, and what that means for money.

The orchestrator has read the prompt by then and is paid for it, so no such call counts as not
sent: neither a full quota nor a failed server told within an answer is tried again by itself.
"""

from collections.abc import Iterable, Iterator, Mapping

from shared.adapters.model_errors import Envelope, envelope_of, refusal
from shared.errors import ModelError, ModelRefused, ModelUnknown

IMAGE_CALL, _MESSAGE = "image_generation_call", "message"

# What is wrong with the request itself; the filter's codes are in model_errors.py.
_REJECTED = frozenset(
    {"invalid_prompt", "invalid_image", "image_too_large", "image_too_small"}
    | {"image_parse_error", "empty_image_file", "unknown_parameter", "invalid_value"}
)


def failure_of(response: Mapping[str, object], items: Iterable[object] = ()) -> ModelError:
    """
    By the first of the response and its image calls that names an error.

    `items` came before the response; their image calls count even if it does not repeat them.
    """
    known = [*_objects(items), *_objects(response.get("output"))]
    calls = [item for item in known if item.get("type") == IMAGE_CALL]
    for holder in (response, *calls):
        if holder.get("error"):
            return error_within(holder)
    if _reason(response) == "content_filter":
        return refusal(Envelope())
    in_words = not calls and any(item.get("type") == _MESSAGE for item in known)
    if in_words and response.get("status") == "completed":
        # The same prompt would be talked about again, and paid for again.
        return _rejected("Azure OpenAI answered in words, without an image.")
    return ModelUnknown("Azure OpenAI's answer holds no image.")


def error_within(holder: Mapping[str, object]) -> ModelError:
    """The error that a response, an image call or an event holds, or that an event is."""
    envelope = envelope_of(holder) or envelope_of({"error": holder}) or Envelope()
    if envelope.filtered:
        return refusal(envelope)
    if envelope.code in _REJECTED:
        return _rejected("Azure OpenAI refused the request while it was at work.")
    return ModelUnknown("Azure OpenAI reported an error within the answer.")


def _rejected(detail: str) -> ModelRefused:
    """The image was not made, but the orchestrator's tokens may be billed."""
    error = ModelRefused(detail)
    error.maybe_billed = True
    return error


def _reason(response: Mapping[str, object]) -> object:
    details = response.get("incomplete_details")
    return details.get("reason") if isinstance(details, dict) else None


def _objects(items: object) -> Iterator[Mapping[str, object]]:
    if isinstance(items, Iterable):
        yield from (item for item in items if isinstance(item, dict))
