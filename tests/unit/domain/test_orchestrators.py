"""Calls through an orchestrator: where they may go, and what they cost beside the image."""

import pytest

from shared.domain.deployments import Deployment, can_take
from shared.domain.money import PriceBook, Rates, estimated_usage
from shared.domain.orchestrators import OrchestratorRates, with_orchestrator
from shared.domain.values import Options, Usage
from tests.crash.world import PRICES

OPTIONS = Options(model="gpt-image-1.5", n=1, size="1024x1024", quality="low", output_format="png")
BOOK = PriceBook(
    version="1",
    currency="USD",
    models={"gpt-image-1.5": Rates(text_in=5, image_in=8, image_out=32, text_out=10)},
    orchestrators={"gpt-5": OrchestratorRates(text_in=1.25, text_out=10)},
)


@pytest.mark.parametrize(
    ("api", "model", "n", "inputs", "taken"),
    [
        ("v1", "gpt-image-1.5", 10, 16, True),
        ("deployment", "gpt-image-1.5", 10, 16, True),
        ("responses", "gpt-image-1.5", 1, 0, True),
        ("responses", "gpt-image-1.5", 2, 0, False),
        ("responses", "gpt-image-1.5", 1, 1, False),
        ("responses", "gpt-image-1", 1, 0, False),
        ("v1", "gpt-image-1", 1, 0, False),
    ],
)
def test_what_a_deployment_takes(api: str, model: str, n: int, inputs: int, taken: bool) -> None:
    """The Responses tool draws one image, from no other; every deployment is of one model."""
    deployment = Deployment(
        name="img",
        endpoint="https://example.openai.azure.com",
        deployment="img",
        model=model,
        api=api,  # type: ignore[arg-type]
        api_version=None,
        requests_per_minute=6,
    )

    options = OPTIONS.model_copy(update={"n": n, "input_images": inputs})
    assert can_take(deployment, options) == taken


def test_cost_of_both() -> None:
    """1,000 image tokens, 2,000 read and 500 written by gpt-5 are 0.032 + 0.0025 + 0.005 USD."""
    usage = Usage(
        output_image_tokens=1000, orchestrator_input_tokens=2000, orchestrator_output_tokens=500
    )

    assert BOOK.cost("gpt-image-1.5", usage, orchestrator="gpt-5").amount == 0.0395
    assert BOOK.cost("gpt-image-1.5", usage).amount == 0.032


def test_estimate_of_both() -> None:
    """An estimate with an orchestrator is higher by what it reads and writes, the prompt too."""
    plain, more = (BOOK.estimate(OPTIONS, 400, who) for who in (None, "gpt-5"))

    assert more.estimated
    assert more.amount - plain.amount == pytest.approx((2100 * 1.25 + 600 * 10) / 1e6)


def test_counted_tokens_take_the_estimates_place() -> None:
    """What upstream counted holds, and the image's own tokens stay as they are."""
    usage = estimated_usage(OPTIONS, 400)
    found = with_orchestrator(usage, Usage(input_tokens=7, output_tokens=3))

    assert (found.orchestrator_input_tokens, found.orchestrator_output_tokens) == (7, 3)
    assert (
        found.model_copy(update={"orchestrator_input_tokens": 0, "orchestrator_output_tokens": 0})
        == usage
    )


def test_a_price_book_without_orchestrators() -> None:
    """Older books of one's own stay valid; they price no orchestrator."""
    text = PRICES.model_dump_json(by_alias=True, exclude={"orchestrators"})

    assert PriceBook.model_validate_json(text).orchestrators == {}
