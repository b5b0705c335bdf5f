"""The official OpenAI package takes the simulator for the service."""

from __future__ import annotations

import base64
import io

import openai
import pytest
from openai import AzureOpenAI, OpenAI
from openai.types import ImagesResponse
from PIL import Image

from dev.simulator import Simulator


def pictures(answer: ImagesResponse) -> list[Image.Image]:
    assert answer.data is not None
    encoded = [item.b64_json or "" for item in answer.data]
    return [Image.open(io.BytesIO(base64.b64decode(text, validate=True))) for text in encoded]


def test_deployment_form_draws_png(azure: AzureOpenAI) -> None:
    """Two PNGs of the asked size arrive with everything echoed and counted."""
    answer = azure.images.generate(prompt="a red barn", n=2, size="1536x1024", quality="low")
    assert [(p.format, p.size) for p in pictures(answer)] == [("PNG", (1536, 1024))] * 2
    assert (answer.size, answer.quality) == ("1536x1024", "low")
    assert (answer.output_format, answer.background) == ("png", "opaque")
    assert answer.usage is not None and answer.usage.output_tokens_details is not None
    assert answer.usage.output_tokens_details.image_tokens == 2 * 158
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens


def test_v1_form_draws_jpeg(v1: OpenAI) -> None:
    """Two JPEGs arrive on the v1 form, where the model is the deployment's name."""
    answer = v1.images.generate(
        model="img-one",
        prompt="a red barn",
        n=2,
        size="1024x1024",
        quality="medium",
        output_format="jpeg",
        output_compression=80,
    )
    assert [(p.format, p.size) for p in pictures(answer)] == [("JPEG", (1024, 1024))] * 2
    assert answer.usage is not None and answer.usage.output_tokens == 2 * 1056


def test_pictures_are_never_the_same(azure: AzureOpenAI) -> None:
    """Neither two pictures of a request nor two requests give the same bytes."""
    answers = [azure.images.generate(prompt="same", n=2, size="1024x1024") for _ in range(2)]
    encoded = {item.b64_json for answer in answers for item in answer.data or []}
    assert len(encoded) == 4


def test_auto_is_settled_and_echoed(v1: OpenAI) -> None:
    """What the caller leaves open comes back as a choice, and the picture agrees with it."""
    answer = v1.images.generate(model="img-flare", prompt="whatever fits")
    (picture,) = pictures(answer)
    assert answer.size == f"{picture.width}x{picture.height}"
    assert answer.quality == "medium"
    assert answer.background == "opaque"


def test_transparent_background_is_honoured(v1: OpenAI) -> None:
    """A transparent PNG has clear and solid pixels."""
    answer = v1.images.generate(
        model="img-flare", prompt="a sticker", size="1024x1024", background="transparent"
    )
    assert answer.background == "transparent"
    assert pictures(answer)[0].getchannel("A").getextrema() == (0, 255)


def test_compression_is_honoured(v1: OpenAI) -> None:
    """A JPEG asked for at 10 is smaller than one at 100."""
    sizes = [
        len(
            v1.images.generate(
                model="img-one", prompt="x", output_format="jpeg", output_compression=level
            )
            .model_dump_json()
            .encode()
        )
        for level in (10, 100)
    ]
    assert sizes[0] < sizes[1] / 2


def test_model_id_as_deployment_name_works(simulator: Simulator) -> None:
    """The client puts ``model`` into the body too, which suits only a deployment named so."""
    with AzureOpenAI(
        azure_endpoint=simulator.url,
        api_version="2025-04-01-preview",
        api_key=simulator.key,
        max_retries=0,
    ) as client:
        assert client.images.generate(model="gpt-image-2", prompt="x").data
        with pytest.raises(openai.BadRequestError, match="'img-local' does not exist"):
            client.images.generate(model="img-local", prompt="x")


@pytest.mark.parametrize(
    ("kind", "expected", "status"),
    [
        ("400", openai.BadRequestError, 400),
        ("400param", openai.BadRequestError, 400),
        ("401", openai.AuthenticationError, 401),
        ("403", openai.PermissionDeniedError, 403),
        ("404", openai.NotFoundError, 404),
        ("408", openai.APIStatusError, 408),
        ("429", openai.RateLimitError, 429),
        ("500", openai.InternalServerError, 500),
        ("503", openai.InternalServerError, 503),
    ],
)
def test_ordered_errors_raise_the_matching_class(
    simulator: Simulator,
    azure: AzureOpenAI,
    kind: str,
    expected: type[openai.APIStatusError],
    status: int,
) -> None:
    """Each ordered error is the exception the official client knows for it, once."""
    simulator.order({"kind": kind})
    with pytest.raises(expected) as caught:
        azure.images.generate(prompt="x")
    assert caught.value.status_code == status
    assert simulator.ledger()[0]["outcome"] == kind
    assert azure.images.generate(prompt="x").data


@pytest.mark.parametrize("kind", ["cutBefore", "cutAfterBilling"])
def test_cut_connection_raises_connection_error(
    simulator: Simulator, v1: OpenAI, kind: str
) -> None:
    """A cut is a connection error to the client; only the books know whether it cost."""
    simulator.order({"kind": kind})
    with pytest.raises(openai.APIConnectionError):
        v1.images.generate(model="img-local", prompt="x", n=2)
    (row,) = simulator.ledger()
    billed = kind == "cutAfterBilling"
    assert (row["outcome"], row["billed"], row["images"]) == (kind, billed, 2 if billed else 0)


def test_client_obeys_retry_after(simulator: Simulator, azure: AzureOpenAI) -> None:
    """With retries on, the official client waits as told and succeeds at the second attempt."""
    simulator.order({"kind": "429", "retryAfterS": 0.05})
    assert azure.with_options(max_retries=1).images.generate(prompt="x").data
    assert [row["outcome"] for row in simulator.ledger()] == ["429", "completed"]
