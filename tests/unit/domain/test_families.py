"""What each model takes: every rule by its name."""

from datetime import date
from typing import Any

import pytest

from shared.domain.families import FAMILIES, faults_of
from tests.unit.histories import OPTIONS

TODAY = date(2026, 11, 20)
IN_USE = [model for model, family in FAMILIES.items() if family.retired_on is None]


def faults(today: date = TODAY, prompt: str = "x", **changes: Any) -> list[tuple[str, str]]:
    found = faults_of(OPTIONS.model_copy(update=changes), prompt, today)
    return [(fault.pointer, fault.detail) for fault in found]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"quality": "max"}, ("#/quality", "gpt-image-2 takes low, medium, high, auto.")),
        ({"background": "transparent"}, ("#/background", "gpt-image-2 takes opaque, auto.")),
        ({"output_format": "webp"}, ("#/outputFormat", "gpt-image-2 takes png, jpeg.")),
        ({"moderation": "none"}, ("#/moderation", "gpt-image-2 takes auto, low.")),
        ({"output_compression": 80}, ("#/outputCompression", "Only for outputFormat jpeg.")),
        ({"prompt": "x" * 32_001}, ("#/prompt", "gpt-image-2 takes at most 32,000 characters.")),
        (
            {"model": "gpt-image-1.5", "size": "2048x1024"},
            ("#/size", "gpt-image-1.5 takes 1024x1024, 1024x1536, 1536x1024, auto."),
        ),
        (
            {"model": "gpt-image-1.5", "background": "transparent", "output_format": "jpeg"},
            ("#/background", "JPEG has no transparency; use outputFormat png."),
        ),
        (
            {"style": "vivid"},
            ("#/style", "gpt-image-2 does not take it; describe the style in the prompt."),
        ),
        (
            {"input_images": 1, "input_fidelity": "high"},
            (
                "#/inputFidelity",
                "gpt-image-2 does not take it; leave it out, or use gpt-image-1.5.",
            ),
        ),
        (
            {"model": "gpt-image-1.5", "input_images": 1, "input_fidelity": "best"},
            ("#/inputFidelity", "gpt-image-1.5 takes high, low."),
        ),
        (
            {"model": "gpt-image-1.5", "input_fidelity": "high"},
            ("#/inputFidelity", "Only together with inputImages."),
        ),
        ({"input_images": 17}, ("#/inputImages", "gpt-image-2 takes at most 16.")),
        ({"mask": True}, ("#/mask", "A mask needs inputImages.")),
        ({"model": "sd-4"}, ("#/model", f"Unknown model; known: {', '.join(IN_USE)}.")),
    ],
)
def test_each_rule(changes: dict[str, Any], fault: tuple[str, str]) -> None:
    """One broken rule is one fault, which says what the model takes."""
    assert faults(**changes) == [fault]


@pytest.mark.parametrize(
    ("size", "problem"),
    [
        ("huge", "two numbers with an x between"),
        ("1\u066024x1024", "two numbers with an x between"),
        ("01024x1024", "two numbers with an x between"),
        ("1024x1024x3", "two numbers with an x between"),
        ("1000x1024", "both edges multiples of 16"),
        ("3856x2160", "no edge over 3840"),
        ("3072x1008", "the longer edge at most 3 times the shorter"),
        ("512x512", "655,360 to 8,294,400 pixels"),
        ("3840x2176", "655,360 to 8,294,400 pixels"),
    ],
)
def test_custom_sizes(size: str, problem: str) -> None:
    """A size outside the rules is refused with the rule."""
    assert faults(size=size) == [("#/size", f"gpt-image-2 takes auto or WIDTHxHEIGHT: {problem}.")]


@pytest.mark.parametrize("size", ["auto", "1024x640", "3840x2160", "2160x3840", "3072x1024"])
def test_sizes_at_the_limits(size: str) -> None:
    """What is just within the rules is taken."""
    assert faults(size=size) == []


def test_partial_images_where_the_model_streams() -> None:
    """A model without streams refuses them by name."""
    assert faults(partial_images=3) == []
    found = faults(date(2026, 3, 1), model="dall-e-3", quality="hd", partial_images=0)
    assert ("#/partialImages", "dall-e-3 does not send partial images.") in found


def test_jpeg_takes_compression() -> None:
    """Compression goes with JPEG."""
    assert faults(output_format="jpeg", output_compression=80) == []
    assert faults(output_format="png", output_compression=100) == []


def test_several_faults_at_once() -> None:
    """Every broken rule is named, not only the first."""
    found = faults(quality="x", size="1x1", moderation="x", output_format="gif")

    assert [pointer for pointer, _ in found] == [
        *("#/quality", "#/outputFormat", "#/moderation", "#/size")
    ]


@pytest.mark.parametrize("model", [one for one, family in FAMILIES.items() if family.retired_on])
def test_retired_models_name_their_successor(model: str) -> None:
    """The day after upstream's last one the model is refused, with the model to use instead."""
    family = FAMILIES[model]
    assert family.retired_on and family.successor in FAMILIES

    assert faults(date(2030, 1, 1), model=model) == [
        ("#/model", f"{model} was retired on {family.retired_on}; use {family.successor}.")
    ]
    on_its_last_day = [text for _, text in faults(family.retired_on, model=model)]
    assert not any("retired" in text for text in on_its_last_day)


def test_a_model_that_cannot_edit() -> None:
    """It is named together with one that can; its other limits are its own too."""
    found = faults(
        date(2026, 3, 1),
        "x" * 4_001,
        model="dall-e-3",
        quality="hd",
        style="vivid",
        input_images=1,
        mask=True,
    )

    assert set(found) == {
        ("#/inputImages", "dall-e-3 cannot edit; use gpt-image-2."),
        ("#/mask", "dall-e-3 does not take a mask."),
        ("#/n", "dall-e-3 makes 1 at a time."),
        ("#/prompt", "dall-e-3 takes at most 4,000 characters."),
    }


def test_edits_that_are_taken() -> None:
    """Sixteen images and a mask everywhere; fidelity where it is documented."""
    assert faults(input_images=16, mask=True) == []
    for model in ("gpt-image-1.5", "gpt-image-1"):
        day = date(2026, 10, 1)
        assert faults(day, model=model, input_images=1, input_fidelity="low") == []


def test_models_of_the_image_tool() -> None:
    """The Responses API's image tool is documented for the first series alone."""
    assert {one for one, family in FAMILIES.items() if family.responses_tool} == {
        *("gpt-image-1", "gpt-image-1.5", "gpt-image-1-mini")
    }
