"""The official OpenAI package edits pictures with the simulator as with the service."""

from __future__ import annotations

import base64
import io

import openai
import pytest
from openai import AzureOpenAI, OpenAI
from openai.types import ImageEditCompletedEvent, ImageEditPartialImageEvent, ImagesResponse
from PIL import Image

from dev.simulator import Simulator
from tests.integration.simulator.files import jpeg, mask, png


def pictures(answer: ImagesResponse) -> list[Image.Image]:
    return [opened(item.b64_json or "") for item in answer.data or []]


def opened(encoded: str) -> Image.Image:
    picture = Image.open(io.BytesIO(base64.b64decode(encoded, validate=True)))
    picture.load()
    return picture


def test_deployment_form_edits(simulator: Simulator, azure: AzureOpenAI) -> None:
    """Two pictures of the asked size; the picture sent in shows and is counted."""
    answer = azure.images.edit(
        image=png(colour="red"), prompt="add a ball", n=2, size="1536x1024", quality="low"
    )
    answer = ImagesResponse.model_validate(answer.to_dict())
    assert [(one.format, one.size) for one in pictures(answer)] == [("PNG", (1536, 1024))] * 2
    assert answer.usage is not None
    assert answer.usage.input_tokens_details.image_tokens == 65 + 2 * 129 + 6240
    assert answer.usage.output_tokens == 2 * 158
    (row,) = simulator.ledger()
    assert (row["route"], row["images"], row["outcome"]) == ("edits", 2, "completed")


def test_v1_form_takes_several_pictures_and_a_mask(v1: OpenAI) -> None:
    """The first picture is kept where the mask is solid and painted over where it is clear."""
    answer = v1.images.edit(
        model="img-half",
        image=[png(), jpeg(), png(colour="blue")],
        mask=mask(),
        prompt="add a ball",
        input_fidelity="high",
        size="1024x1024",
        output_format="png",
    )
    (picture,) = pictures(answer)
    assert picture.getpixel((900, 500)) == (255, 0, 0)
    assert picture.getpixel((100, 500)) != (255, 0, 0)
    assert answer.usage is not None
    high = 65 + 2 * 129 + 6240
    square = 65 + 129 + 4160
    assert answer.usage.input_tokens_details.image_tokens == 2 * high + square


def test_an_edit_without_a_mask_derives_from_the_picture(v1: OpenAI) -> None:
    """The same words over another picture give another result."""
    red, blue = (
        pictures(
            v1.images.edit(
                model="img-local", image=png(colour=colour), prompt="x", size="1024x1024"
            )
        )[0]
        for colour in ("red", "blue")
    )
    assert mean(red)[0] > mean(blue)[0] + 60
    assert mean(blue)[2] > mean(red)[2] + 60


def mean(picture: Image.Image) -> tuple[int, int, int]:
    value = picture.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(value, tuple)
    red, green, blue = value
    return round(red), round(green), round(blue)


@pytest.mark.parametrize("model", ["gpt-image-2", "img-local"])
def test_edits_stream(azure: AzureOpenAI, v1: OpenAI, model: str) -> None:
    """Events have names of their own, on both forms, once the field says `True`."""
    client: OpenAI = azure if model == "gpt-image-2" else v1
    stream = client.images.edit(
        model=model,
        image=png(),
        prompt="x",
        size="1024x1024",
        quality="low",
        stream=True,
        partial_images=2,
        extra_body={"stream": "True"},
    )
    *partial, final = [type(one).model_validate(one.to_dict()) for one in stream]
    assert [type(one) for one in partial] == [ImageEditPartialImageEvent] * 2
    assert isinstance(final, ImageEditCompletedEvent)
    assert final.type == "image_edit.completed"
    assert opened(final.b64_json).size == (1024, 1024)
    assert final.usage.output_tokens == 196 + 2 * 100
    assert final.usage.input_tokens_details.image_tokens > 0


def test_the_clients_own_true_does_not_stream(simulator: Simulator, v1: OpenAI) -> None:
    """It writes `true`, which Azure's form parser takes for false: no event ever comes."""
    stream = v1.images.edit(model="img-local", image=png(), prompt="x", stream=True)
    assert list(stream) == []
    assert simulator.ledger()[0]["outcome"] == "completed"


def test_a_bad_picture_raises_with_its_number(v1: OpenAI) -> None:
    """The client sees the literal, with the second picture named as such."""
    broken = ("in.png", b"no picture", "image/png")
    with pytest.raises(openai.BadRequestError) as caught:
        v1.images.edit(model="img-local", image=[png(), broken], prompt="x")
    assert caught.value.body == {
        "message": "Invalid image file or mode for image 2, please check your image file.",
        "type": "image_generation_user_error",
        "param": None,
        "code": "invalid_image_file",
    }
