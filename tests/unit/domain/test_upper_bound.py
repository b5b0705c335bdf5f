"""What is held for a call is never less than its bill."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dev.simulator import tokens as simulator
from dev.simulator.families import MODELS
from dev.simulator.sizes import Size
from shared.domain.families import (
    EDGE_STEP_PX,
    FAMILIES,
    MAX_ASPECT,
    MAX_EDGE_PX,
    MAX_PIXELS,
    MIN_PIXELS,
    Family,
    pixels_of,
)
from shared.domain.money import PriceBook, Rates, output_tokens, usage_of
from shared.domain.orchestrators import (
    ESTIMATED_INPUT_TOKENS,
    ESTIMATED_OUTPUT_TOKENS,
    OrchestratorRates,
    with_orchestrator,
)
from shared.domain.streaming import partial_images_of
from shared.domain.upper_bound import LARGEST, WRAPPING_TOKENS, bound_of
from shared.domain.values import Options, Usage
from shared.services import PRICES
from tests.payloads.azure_usage import COUNTED

BOOK = PriceBook.model_validate_json(PRICES.read_bytes())
PRICED = [family for family in FAMILIES.values() if family.model in BOOK.models]
# What was counted above the table at the most, by people who measured gpt-image-1.5.
SEEN_ABOVE_TABLE = 417
SCRIPTS = (
    "a lighthouse, ",
    "灯台の夕暮れ、水彩画",
    "등대",
    "منارة",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "\u0301\u200b",
    "🜁" * 3,
)

prompts = st.text(max_size=200) | st.lists(st.sampled_from(SCRIPTS), max_size=20).map("".join)
edges = st.integers(1, MAX_EDGE_PX // EDGE_STEP_PX).map(lambda steps: steps * EDGE_STEP_PX)
# As they stand in a book.
rates = st.fixed_dictionaries(
    {
        "textIn": st.floats(0, 100),
        "imageIn": st.floats(0, 100),
        "imageOut": st.floats(0.01, 100),
        "textOut": st.floats(0, 100),
    }
).map(Rates.model_validate)
# By length to width; the shorter side is scaled, so that nothing else matters.
pictures = st.integers(1, 16).map(lambda ratio: Image.new("1", (ratio, 1)))


@st.composite
def free_sizes(draw: st.DrawFn) -> str:
    width, height = draw(edges), draw(edges)
    allowed = MIN_PIXELS <= width * height <= MAX_PIXELS
    fits = allowed and max(width, height) <= MAX_ASPECT * min(width, height)
    return f"{width}x{height}" if fits else "2048x2048"


def sizes_of(family: Family) -> st.SearchStrategy[str]:
    if family.sizes is None:
        return free_sizes()
    return st.sampled_from([size for size in family.sizes if size != "auto"])


@st.composite
def orders(draw: st.DrawFn) -> Options:
    family = draw(st.sampled_from(PRICED))
    inputs = draw(st.just(0) | st.integers(0, family.most_inputs))
    fidelity = st.sampled_from([None, *family.input_fidelity]) if inputs else st.none()
    return Options(
        model=family.model,
        n=draw(st.integers(1, family.most_images)),
        size=draw(st.just("auto") | sizes_of(family)),
        quality=draw(st.sampled_from(family.qualities)),
        output_format="png",
        partial_images=draw(st.none() | st.integers(0, 3)),
        input_images=inputs,
        mask=bool(inputs) and draw(st.booleans()),
        input_fidelity=draw(fidelity),
    )


@st.composite
def counts(draw: st.DrawFn, options: Options, prompt: str) -> dict[str, Any]:
    """
    A usage that upstream may answer with, at its worst: a token for each byte of the prompt, and
    whatever the published ways of counting come to for what `auto` has chosen.
    """
    family, model = FAMILIES[options.model], MODELS[options.model]
    qualities = [one for one in family.qualities if one != "auto"]
    quality = draw(st.sampled_from(qualities)) if options.quality == "auto" else options.quality
    size = draw(sizes_of(family)) if options.size == "auto" else options.size
    width, height = pixels_of(size) or pytest.fail(size)
    each = simulator.image_tokens(model, quality, Size(width, height))
    each += simulator.TOKENS_PER_PARTIAL * (partial_images_of(options) or 0)
    text_out = draw(st.integers(0, SEEN_ABOVE_TABLE)) if family.sizes is not None else 0
    high = options.input_fidelity == "high" or not family.input_fidelity
    read = [draw(pictures) for _ in range(options.input_images + options.mask)]
    text = len(prompt.encode()) + draw(st.integers(0, WRAPPING_TOKENS))
    image = sum(simulator.input_tokens(one, high_fidelity=high) for one in read)
    wire: dict[str, Any] = {
        "input_tokens": text + image,
        "output_tokens": options.n * (each + text_out),
    }
    if draw(st.booleans()):
        wire["input_tokens_details"] = {"text_tokens": text, "image_tokens": image}
    if draw(st.booleans()):
        wire["output_tokens_details"] = {"text_tokens": options.n * text_out}
    return wire


def book_of(model: str, given_rates: Rates) -> PriceBook:
    return PriceBook(version="1", currency="USD", models={model: given_rates})


@settings(max_examples=400)
@given(st.data(), orders(), prompts, st.none() | rates)
def test_no_bill_is_more(
    data: st.DataObject, options: Options, prompt: str, own: Rates | None
) -> None:
    """Whatever the script, the options, upstream's choices, and the prices of one's own."""
    book = book_of(options.model, own) if own else BOOK
    counted = usage_of(data.draw(counts(options, prompt)))
    assert counted is not None

    bill = book.cost(options.model, counted).amount

    assert bill <= bound_of(book, options, prompt, None).amount


@given(orders(), prompts)
def test_no_estimate_is_more(options: Options, prompt: str) -> None:
    """What is likely is no more than what is possible; and what is held is not far above it."""
    estimate = BOOK.estimate(options, len(prompt)).amount
    bound = bound_of(BOOK, options, prompt, None)

    assert estimate <= bound.amount and bound.estimated
    if "auto" not in (options.size, options.quality) and FAMILIES[options.model].sizes is None:
        text_usd = (len(prompt.encode()) + WRAPPING_TOKENS) * 5 / 1e6
        inputs_usd = (options.input_images + options.mask) * 8_400 * 8 / 1e6
        assert bound.amount <= estimate + text_usd + inputs_usd + 1e-6


@given(prompts, st.floats(0, 100), st.floats(0, 100))
def test_no_bill_through_an_orchestrator_is_more(prompt: str, read: float, write: float) -> None:
    """As far as the documented sample goes: a token a byte, read, and written anew with more."""
    options = Options(
        model="gpt-image-1.5", n=1, size="1024x1024", quality="low", output_format="png"
    )
    asked = {"chat": OrchestratorRates(text_in=read, text_out=write)}
    drawn = Rates(text_in=50, image_in=0, image_out=1, text_out=1)
    book = book_of(options.model, drawn).model_copy(update={"orchestrators": asked})
    text = len(prompt.encode())
    written = ESTIMATED_OUTPUT_TOKENS + text
    image = Usage(input_text_tokens=written, output_image_tokens=272 + SEEN_ABOVE_TABLE)
    chat = Usage(input_tokens=ESTIMATED_INPUT_TOKENS + text, output_tokens=written)

    bill = book.cost(options.model, with_orchestrator(image, chat), orchestrator="chat").amount

    assert bill <= bound_of(book, options, prompt, "chat").amount


@pytest.mark.parametrize("counted", [one for one in COUNTED if "1.5 " in one.name])
def test_measured_above_the_table(counted: Any) -> None:
    """Azure has counted more than is published for an image; that is held, too."""
    quality = counted.name.split()[1]
    options = Options(
        model=counted.model,
        n=1,
        size="1024x1024",
        quality=quality if quality != "with" else "low",
        output_format="png",
        partial_images=0,
    )
    assert counted.amount > BOOK.estimate(options, 0).amount
    assert counted.amount <= bound_of(BOOK, options, "", None).amount


@given(free_sizes(), st.sampled_from(["low", "medium", "high"]))
def test_the_largest(size: str, quality: str) -> None:
    """No picture that may be asked for takes more than the square of all pixels."""
    width, height = pixels_of(LARGEST) or (0, 0)
    assert width == height and width * height == MAX_PIXELS
    assert output_tokens("gpt-image-2", quality, size) <= output_tokens(
        "gpt-image-2", quality, LARGEST
    )


LOW = Options(model="gpt-image-2", n=1, size="1024x1024", quality="low", output_format="png")


def test_text_that_is_dearer_than_images() -> None:
    """By prices of one's own the text that comes with an image may be most of the bill."""
    options = LOW.model_copy(update={"model": "gpt-image-1.5"})
    dear = Rates(text_in=0, image_in=0, image_out=1, text_out=50)
    counted = Usage(output_image_tokens=272, output_text_tokens=SEEN_ABOVE_TABLE)
    book = book_of(options.model, dear)

    assert book.cost(options.model, counted).amount <= bound_of(book, options, "", None).amount


def test_fractions_go_up() -> None:
    """A bill is rounded to the nearest millionth, and what is held never below that."""
    book = book_of(LOW.model, Rates(text_in=0, image_in=0, image_out=0.0051, text_out=0))
    bill = book.cost(LOW.model, Usage(output_image_tokens=196)).amount

    assert bill == bound_of(book, LOW, "", None).amount == 0.000001


def test_half_of_a_surrogate_pair() -> None:
    """What is no text counts as the bytes that it would be sent as."""
    a, b = (bound_of(BOOK, LOW, text, None).amount for text in ("", "\ud83d"))

    assert b - a == pytest.approx(3 * 5 / 1e6)
