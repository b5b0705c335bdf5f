"""Every published number about tokens and money, held against the tables and the price book."""

import json
import math
from datetime import date

import pytest

from shared.domain.families import FAMILIES
from shared.domain.money import PriceBook, output_tokens, usage_of
from shared.services import PRICES
from tests.payloads.azure_usage import COUNTED, MEDIUM, Counted
from tests.unit.histories import OPTIONS

BOOK = PriceBook.model_validate_json(PRICES.read_bytes())

CLASSIC_SIZES = ("1024x1024", "1024x1536", "1536x1024")
CLASSIC = {
    "low": (272, 408, 400),
    "medium": (1056, 1584, 1568),
    "high": (4160, 6240, 6208),
}

NEW_SIZES = (
    *("1024x1024", "1024x1536", "1536x1024", "2048x2048"),
    *("2048x1152", "2560x1440", "3840x2160"),
)
LARGE = (7024, 5488, 5488, 14_272, 5650, 7370, 13_342)
MIDDLE = (1756, 1372, 1372, 3568, 1413, 1843, 3336)
SMALL = (196, 158, 158, 397, 157, 205, 371)
NEW = {
    "gpt-image-2": {"low": SMALL, "medium": MIDDLE, "high": LARGE},
    "gpt-image-2.5-flare": {
        "low": SMALL,
        "medium": (439, 343, 343, 892, 367, 478, 865),
        "high": MIDDLE,
        "xhigh": (3122, 2459, 2459, 6343, 2511, 3276, 5930),
        "max": LARGE,
    },
}
NEW["gpt-image-2.5-sunburst"] = NEW["gpt-image-2.5-flare"]
CELLS = [
    *(
        (model, quality, size, tokens)
        for model in ("gpt-image-1", "gpt-image-1.5")
        for quality, row in CLASSIC.items()
        for size, tokens in zip(CLASSIC_SIZES, row, strict=True)
    ),
    *(
        (model, quality, size, tokens)
        for model, rows in NEW.items()
        for quality, row in rows.items()
        for size, tokens in zip(NEW_SIZES, row, strict=True)
    ),
]

# OpenAI's guide: dollars for one image, as many digits as it gives, sizes as CLASSIC_SIZES.
STATED = {
    "gpt-image-2": {
        "low": ("0.006", "0.005", "0.005"),
        "medium": ("0.053", "0.041", "0.041"),
        "high": ("0.211", "0.165", "0.165"),
    },
    "gpt-image-1.5": {
        "low": ("0.009", "0.013", "0.013"),
        "medium": ("0.034", "0.05", "0.05"),
        "high": ("0.133", "0.2", "0.2"),
    },
    "gpt-image-1": {
        "low": ("0.011", "0.016", "0.016"),
        "medium": ("0.042", "0.063", "0.063"),
        "high": ("0.167", "0.25", "0.25"),
    },
    "gpt-image-1-mini": {
        "low": ("0.005", "0.006", "0.006"),
        "medium": ("0.011", "0.015", "0.015"),
        "high": ("0.036", "0.052", "0.052"),
    },
}
STATED_CELLS = [
    (model, quality, size, dollars)
    for model, rows in STATED.items()
    for quality, row in rows.items()
    for size, dollars in zip(CLASSIC_SIZES, row, strict=True)
]

# USD per million tokens: text in, image in, image out, text out (None: not listed).
LISTED: dict[str, tuple[float, float, float, float | None]] = {
    "gpt-image-1": (5.0, 10.0, 40.0, None),
    "gpt-image-1-mini": (2.0, 2.5, 8.0, None),
    "gpt-image-1.5": (5.0, 8.0, 32.0, 10.0),
    "gpt-image-2": (5.0, 8.0, 30.0, 10.0),
    "gpt-image-2.5-flare": (5.0, 8.0, 30.0, None),
    "gpt-image-2.5-sunburst": (5.0, 8.0, 30.0, None),
}


@pytest.mark.parametrize(("model", "quality", "size", "tokens"), CELLS)
def test_every_cell_of_the_token_tables(model: str, quality: str, size: str, tokens: int) -> None:
    """The estimate of one image is the published number."""
    assert output_tokens(model, quality, size) == tokens


@pytest.mark.parametrize(("model", "quality", "size", "dollars"), STATED_CELLS)
def test_every_stated_price_of_an_image(model: str, quality: str, size: str, dollars: str) -> None:
    """Tokens times rate is the stated price, rounded to its digits, to the nearest or up."""
    digits = len(dollars.partition(".")[2])
    ours = output_tokens(model, quality, size) * BOOK.models[model].image_out / 1_000_000
    up = math.ceil(ours * 10**digits) / 10**digits
    assert float(dollars) in (round(ours, digits), up)


@pytest.mark.parametrize("counted", COUNTED, ids=[one.name for one in COUNTED])
def test_every_count_has_its_amount(counted: Counted) -> None:
    """Upstream's own count of tokens costs what the list prices make of it."""
    found = usage_of(counted.usage)
    assert found is not None
    assert found.input_tokens + found.output_tokens == counted.usage["total_tokens"]
    assert BOOK.cost(counted.model, found).amount == counted.amount


def test_partial_images_are_in_the_estimate() -> None:
    """Each costs 100 output tokens of an image; two of each of two are 0.012 USD more."""
    plain = OPTIONS.model_copy(update={"n": 2, "quality": "medium", "partial_images": 0})
    more = plain.model_copy(update={"partial_images": 2})
    assert BOOK.estimate(plain, 72).amount == round(2 * MEDIUM.amount - 18 * 5 / 1_000_000, 6)
    assert BOOK.estimate(more, 72).amount == round(BOOK.estimate(plain, 72).amount + 0.012, 6)


def test_the_price_book_is_the_list() -> None:
    """Each rate as listed; where text out is not, it is that of gpt-image-2 or the image's."""
    assert BOOK.models.keys() == LISTED.keys()
    for model, (text_in, image_in, image_out, text_out) in LISTED.items():
        rates = BOOK.models[model]
        assert (rates.text_in, rates.image_in, rates.image_out) == (text_in, image_in, image_out)
        expected = (10.0, image_out) if text_out is None else (text_out,)
        assert rates.text_out in expected


def test_every_price_says_where_it_is_from() -> None:
    """Each model that can be called is in, with its own source and the day it was seen."""
    assert BOOK.models.keys() == FAMILIES.keys() - {"dall-e-3"}
    for rates in BOOK.models.values():
        assert rates.source
        assert rates.as_of is not None and date(2026, 7, 1) < rates.as_of < date(2026, 11, 20)


def test_an_own_price_book_needs_no_source() -> None:
    """Both fields are for people to read."""
    book = json.loads(PRICES.read_text(encoding="utf-8"))
    for rates in book["models"].values():
        del rates["source"], rates["asOf"]
    own = PriceBook.model_validate(book)
    assert own.cost(MEDIUM.model, usage_of(MEDIUM.usage) or pytest.fail()).amount == MEDIUM.amount
