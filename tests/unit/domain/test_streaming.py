"""Which calls are streamed, what they ask for on the way, and what that may cost."""

from typing import Any

import pytest

from shared.domain.money import estimated_usage
from shared.domain.streaming import is_slow, partial_images_of, partial_tokens
from tests.unit.histories import OPTIONS

QUICK = OPTIONS.model_copy(update={"n": 1, "quality": "low"})


@pytest.mark.parametrize(
    ("changes", "slow"),
    [
        ({}, False),
        ({"size": "1536x1024"}, False),
        ({"size": "auto"}, False),
        ({"size": "1600x1008"}, True),
        ({"size": "3840x2160"}, True),
        ({"n": 2}, True),
        ({"input_images": 1}, True),
        ({"quality": "medium"}, True),
        ({"quality": "high"}, True),
        ({"quality": "auto"}, True),
        ({"model": "gpt-image-1.5", "quality": "medium"}, False),
        ({"model": "gpt-image-1.5", "quality": "high"}, True),
        ({"model": "gpt-image-2.5-flare", "quality": "medium"}, False),
        ({"model": "gpt-image-2.5-flare", "quality": "xhigh"}, True),
        ({"model": "gpt-image-2.5-flare", "quality": "max"}, True),
    ],
)
def test_slow_work_is_streamed(changes: dict[str, Any], slow: bool) -> None:
    """Quality, size, number and model tell; slow work asks for one partial image."""
    options = QUICK.model_copy(update=changes)
    assert is_slow(options) is slow
    assert partial_images_of(options) == (1 if slow else None)


@pytest.mark.parametrize("asked", [0, 1, 3])
@pytest.mark.parametrize("quality", ["low", "high"])
def test_the_request_decides(asked: int, quality: str) -> None:
    """A number that was asked for is asked for, also none."""
    options = QUICK.model_copy(update={"partial_images": asked, "quality": quality})
    assert partial_images_of(options) == asked


@pytest.mark.parametrize("model", ["dall-e-3", "not-known-any-more"])
def test_models_without_streams(model: str) -> None:
    """They get one answer, whatever the request says."""
    options = QUICK.model_copy(update={"model": model, "quality": "hd", "partial_images": 2})
    assert partial_images_of(options) is None


def test_partial_images_are_estimated() -> None:
    """Each partial image of each image counts 100 output tokens."""
    three = QUICK.model_copy(update={"n": 2, "partial_images": 3})
    assert (partial_tokens(QUICK), partial_tokens(three)) == (0, 600)
    plain, more = estimated_usage(QUICK, 0), estimated_usage(three, 0)
    assert more.output_image_tokens == 2 * plain.output_image_tokens + 600
