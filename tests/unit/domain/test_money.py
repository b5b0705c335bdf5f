"""What a call costs, by upstream's count or by its published tables."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.money import estimated_usage, output_tokens, usage_of
from shared.domain.values import Usage
from tests.crash.world import PRICES
from tests.unit.histories import OPTIONS


def test_auto_is_estimated_high() -> None:
    """What the model may choose is counted at a dear choice."""
    assert output_tokens("gpt-image-2", "auto", "auto") == 7024


@pytest.mark.parametrize(
    ("size", "tokens"), [("800x1536", 233), ("864x1536", 280), ("928x1536", 288)]
)
def test_half_a_step_goes_to_the_even_one(size: str, tokens: int) -> None:
    """Short sides of 12.5, 13.5 and 14.5 steps count as 12, 14 and 14, as the formula has it."""
    assert output_tokens("gpt-image-2.5-flare", "medium", size) == tokens


@given(st.sampled_from(["low", "medium", "high"]), st.integers(1, 240), st.integers(1, 240))
def test_orientation_does_not_matter_to_the_formula(quality: str, w: int, h: int) -> None:
    """A picture on its side costs the same."""
    sizes = f"{w * 16}x{h * 16}", f"{h * 16}x{w * 16}"

    assert len({output_tokens("gpt-image-2", quality, size) for size in sizes}) == 1


def test_cost_of_a_call() -> None:
    """18 text tokens and 1,756 image tokens of gpt-image-2 are 0.05277 USD."""
    usage = Usage(input_text_tokens=18, output_image_tokens=1756)

    cost = PRICES.cost("gpt-image-2", usage)

    assert (cost.amount, cost.currency, cost.price_book) == (0.05277, "USD", "2026-11")
    assert not cost.estimated


def test_estimate() -> None:
    """Every image, its partial one, and a quarter of the prompt's characters count."""
    assert estimated_usage(OPTIONS, 5) == Usage(
        input_tokens=2, input_text_tokens=2, output_tokens=3712, output_image_tokens=3712
    )
    assert PRICES.estimate(OPTIONS, 5).estimated


@pytest.mark.parametrize(
    ("changes", "each"),
    [
        ({"model": "gpt-image-1.5"}, 452),
        ({"model": "gpt-image-1.5", "input_fidelity": "low"}, 452),
        ({"model": "gpt-image-1.5", "input_fidelity": "high"}, 6_692),
        ({"model": "gpt-image-1-mini"}, 452),
        ({}, 6_692),
        ({"model": "gpt-image-2.5-flare"}, 4_000),
    ],
)
def test_inputs_are_estimated(changes: dict[str, Any], each: int) -> None:
    """Each image and the mask cost what the family's dearest one does, as image input."""
    edit = OPTIONS.model_copy(update=changes | {"input_images": 2, "mask": True})
    plain, usage = estimated_usage(OPTIONS, 40), estimated_usage(edit, 40)

    assert plain.input_image_tokens == 0
    assert usage.input_image_tokens == 3 * each
    assert usage.input_tokens == 10 + 3 * each


def test_usage_with_details() -> None:
    """Text and image tokens are told apart where upstream tells them."""
    wire = {
        "input_tokens": 30,
        "input_tokens_details": {"image_tokens": 10, "text_tokens": 20},
        "output_tokens": 100,
        "output_tokens_details": {"image_tokens": 90, "text_tokens": 10},
    }

    assert usage_of(wire) == Usage(
        input_tokens=30,
        output_tokens=100,
        input_text_tokens=20,
        input_image_tokens=10,
        output_image_tokens=90,
        output_text_tokens=10,
    )


def test_usage_without_details() -> None:
    """Input counts as text, output as image."""
    found = usage_of({"input_tokens": 3, "output_tokens": 4, "output_tokens_details": None})

    assert found is not None
    assert (found.input_text_tokens, found.output_image_tokens) == (3, 4)


@pytest.mark.parametrize(
    "wire",
    [
        None,
        {},
        {"input_tokens": 1},
        {"input_tokens": -1, "output_tokens": 1},
        {"input_tokens": "1", "output_tokens": 1},
        {"input_tokens": True, "output_tokens": 1},
        {"input_tokens": 1, "output_tokens": 1.5},
        {"input_tokens": 1, "output_tokens": 1, "input_tokens_details": {"image_tokens": 2}},
        {"input_tokens": 1, "output_tokens": 1, "output_tokens_details": {"text_tokens": 2}},
    ],
)
def test_malformed_usage(wire: Mapping[str, Any] | None) -> None:
    """A count that makes no sense is none."""
    assert usage_of(wire) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
KEYS = ("input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details")


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
def test_any_usage(wire: dict[str, object]) -> None:
    """Whatever upstream sends, no token is counted twice or below zero."""
    found = usage_of(wire)
    if found is not None:
        assert found.input_tokens == found.input_text_tokens + found.input_image_tokens
        assert found.output_tokens == found.output_text_tokens + found.output_image_tokens
        assert min(found.model_dump().values()) >= 0
