"""The image models Azure serves, as data: what each accepts and what its images cost in tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

FIXED_SIZES = ("1024x1024", "1024x1536", "1536x1024")
# Azure says an image of size=auto may break the rules for asked sizes: 1254 is no multiple of 16.
FREE_AUTO_SIZES = ("1024x1024", "1536x1024", "1024x1536", "1254x1254")

THREE_QUALITIES = ("low", "medium", "high")
FIVE_QUALITIES = ("low", "medium", "high", "xhigh", "max")

TokenRow = tuple[int, int, int]  # for each of FIXED_SIZES, in that order

# Published by OpenAI for the models before gpt-image-2.
FIRST_TABLE: Mapping[str, TokenRow] = {
    "low": (272, 408, 400),
    "medium": (1056, 1584, 1568),
    "high": (4160, 6240, 6208),
}
# No table for mini: its stated prices per image, divided by 8 USD per million tokens.
MINI_TABLE: Mapping[str, TokenRow] = {
    "low": (625, 750, 750),
    "medium": (1375, 1875, 1875),
    "high": (4500, 6500, 6500),
}


@dataclass(frozen=True)
class ImageModel:
    """One model. A fixed-size model has ``token_table``, a free-size one ``token_base``.

    ``has_fidelity`` says whether an edit may choose its fidelity, ``in_tool`` whether the image
    tool of the Responses route takes the model.
    """

    model_id: str
    qualities: tuple[str, ...]
    auto_quality: str
    backgrounds: tuple[str, ...]
    auto_sizes: tuple[str, ...]
    token_table: Mapping[str, TokenRow] = field(default_factory=dict)
    token_base: Mapping[str, int] = field(default_factory=dict)
    has_fidelity: bool = False
    in_tool: bool = False

    @property
    def has_free_sizes(self) -> bool:
        """From gpt-image-2 on any size within the rules may be asked for."""
        return bool(self.token_base)


def _fixed(
    model_id: str,
    auto_quality: str,
    table: Mapping[str, TokenRow],
    *,
    has_fidelity: bool = True,
    in_tool: bool = True,
) -> ImageModel:
    return ImageModel(
        model_id,
        THREE_QUALITIES,
        auto_quality,
        backgrounds=("transparent", "opaque"),
        auto_sizes=FIXED_SIZES,
        token_table=table,
        has_fidelity=has_fidelity,
        in_tool=in_tool,
    )


def _second_and_a_half(model_id: str) -> ImageModel:
    return ImageModel(
        model_id,
        FIVE_QUALITIES,
        auto_quality="medium",
        backgrounds=("transparent", "opaque"),
        auto_sizes=FREE_AUTO_SIZES,
        token_base={"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96},
    )


# Azure's how-to names high as the default of 1 and 1.5 and medium as that of mini; it lists the
# first series alone for the tool, of which gpt-image-1 is retired.
_ALL = (
    _fixed("gpt-image-1", "high", FIRST_TABLE, in_tool=False),
    _fixed("gpt-image-1-mini", "medium", MINI_TABLE, has_fidelity=False),
    _fixed("gpt-image-1.5", "high", FIRST_TABLE),
    ImageModel(
        "gpt-image-2",
        THREE_QUALITIES,
        auto_quality="medium",
        # Launched without transparency; on Azure it is still refused.
        backgrounds=("opaque",),
        auto_sizes=FREE_AUTO_SIZES,
        token_base={"low": 16, "medium": 48, "high": 96},
    ),
    _second_and_a_half("gpt-image-2.5-flare"),
    _second_and_a_half("gpt-image-2.5-sunburst"),
)

MODELS: Mapping[str, ImageModel] = {model.model_id: model for model in _ALL}
