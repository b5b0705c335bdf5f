"""Usage agrees with the published table and with the published formula's known results."""

from __future__ import annotations

import pytest

from dev.simulator.families import MODELS
from dev.simulator.sizes import Size, resolve_size
from dev.simulator.tokens import image_tokens, prompt_tokens
from dev.simulator.validation import validate

SQUARE, PORTRAIT, LANDSCAPE = Size(1024, 1024), Size(1024, 1536), Size(1536, 1024)


@pytest.mark.parametrize(
    ("model_id", "size", "expected"),
    [
        ("gpt-image-2", SQUARE, [196, 1756, 7024]),
        ("gpt-image-2", PORTRAIT, [158, 1372, 5488]),
        ("gpt-image-2", LANDSCAPE, [158, 1372, 5488]),
        ("gpt-image-2", Size(2048, 2048), [397, 3568, 14272]),
        ("gpt-image-2", Size(2048, 1152), [157, 1413, 5650]),
        ("gpt-image-2", Size(2560, 1440), [205, 1843, 7370]),
        ("gpt-image-2", Size(3840, 2160), [371, 3336, 13342]),
        ("gpt-image-2.5-flare", SQUARE, [196, 439, 1756, 3122, 7024]),
        ("gpt-image-2.5-sunburst", LANDSCAPE, [158, 343, 1372, 2459, 5488]),
        ("gpt-image-2.5-flare", Size(2048, 2048), [397, 892, 3568, 6343, 14272]),
        ("gpt-image-2.5-flare", Size(2048, 1152), [157, 367, 1413, 2511, 5650]),
        ("gpt-image-2.5-flare", Size(2560, 1440), [205, 478, 1843, 3276, 7370]),
        ("gpt-image-2.5-flare", Size(3840, 2160), [371, 865, 3336, 5930, 13342]),
        ("gpt-image-1", SQUARE, [272, 1056, 4160]),
        ("gpt-image-1.5", PORTRAIT, [408, 1584, 6240]),
        ("gpt-image-1.5", LANDSCAPE, [400, 1568, 6208]),
        ("gpt-image-1-mini", SQUARE, [625, 1375, 4500]),
    ],
)
def test_image_tokens(model_id: str, size: Size, expected: list[int]) -> None:
    """Every quality of the row has its published count."""
    model = MODELS[model_id]
    assert [image_tokens(model, quality, size) for quality in model.qualities] == expected


def test_prompt_tokens_are_a_plain_estimate() -> None:
    """Four characters make a token, and there is always one."""
    assert [prompt_tokens("x" * chars) for chars in (0, 1, 4, 5, 400)] == [1, 1, 1, 2, 100]


@pytest.mark.parametrize("model_id", list(MODELS))
def test_every_auto_choice_can_be_counted(model_id: str) -> None:
    """Whatever ``auto`` chooses has a size, a quality and a token count."""
    order = validate({"prompt": "anything"}, MODELS[model_id], names_model=True)
    assert order.quality in MODELS[model_id].qualities
    assert image_tokens(MODELS[model_id], order.quality, order.size) > 0


def test_auto_size_may_break_the_rules() -> None:
    """Over many prompts the free models also choose an edge that is no multiple of 16."""
    chosen = {resolve_size(MODELS["gpt-image-2"], "auto", str(n)).width_px % 16 for n in range(50)}
    assert chosen == {0, 1254 % 16}
