"""
Counts of tokens as answers brought them, each with its model, and its price worked out by hand
from the list prices of November 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Counted:
    """What stands in an answer's `usage`, and what it costs in USD."""

    name: str
    model: str
    usage: Mapping[str, object]
    amount: float


def usage(text_in: int, image_in: int, out: int, **details: int) -> dict[str, object]:
    """Without `details` upstream says nothing about the kinds of its output tokens."""
    kinds = {"output_tokens_details": details} if details else {}
    return {
        "input_tokens": text_in + image_in,
        "input_tokens_details": {"image_tokens": image_in, "text_tokens": text_in},
        "output_tokens": out,
        **kinds,
        "total_tokens": text_in + image_in + out,
    }


# (18*5 + 1756*30) / 1e6, the example that goes with the formula.
MEDIUM = Counted("medium", "gpt-image-2", usage(18, 0, 1756), 0.05277)

COUNTED = (
    MEDIUM,
    # 18*5 + 196*30
    Counted(
        *("one answer", "gpt-image-2", usage(18, 0, 196, image_tokens=196, text_tokens=0)), 0.00597
    ),
    # 10*5 + 40*8 + 50*30
    Counted("streamed, no details", "gpt-image-2", usage(10, 40, 50), 0.00187),
    # Measured at gpt-image-1.5, more than its table says; without details all of it is image:
    # 479*32, 1473*32, 4573*32
    Counted("1.5 low", "gpt-image-1.5", usage(0, 0, 479), 0.015328),
    Counted("1.5 medium", "gpt-image-1.5", usage(0, 0, 1473), 0.047136),
    Counted("1.5 high", "gpt-image-1.5", usage(0, 0, 4573), 0.146336),
    # 18*5 + 272*32 + 207*10
    Counted(
        *("1.5 with text", "gpt-image-1.5", usage(18, 0, 479, image_tokens=272, text_tokens=207)),
        0.010864,
    ),
    # 18*5 + 323*10 + 1056*40
    Counted("an edit", "gpt-image-1", usage(18, 323, 1056), 0.04556),
    # 18*2 + 324*2.5 + 1375*8
    Counted("an edit of mini", "gpt-image-1-mini", usage(18, 324, 1375), 0.011846),
    # 11*5 + 35*8 + 2459*30: what the Responses tool counts beside its orchestrator
    Counted(
        *("tool_usage", "gpt-image-2.5-flare"),
        usage(11, 35, 2459, image_tokens=2459, text_tokens=0),
        0.074105,
    ),
    # Ten images in one answer, all of them counted: 40*5 + 70240*30
    Counted("ten images", "gpt-image-2", usage(40, 0, 70_240), 2.1074),
)
