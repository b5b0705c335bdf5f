"""The official OpenAI package has a picture described, on both URL forms."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import openai
import pytest
from openai import AzureOpenAI, OpenAI
from openai.types.chat import ChatCompletion

from dev.simulator import Simulator
from tests.integration.simulator.conftest import API_VERSION, KEY, TOKEN
from tests.integration.simulator.files import jpeg, png

CHAT = "chat-local"


def url(file: tuple[str, bytes, str]) -> str:
    return f"data:{file[2]};base64,{base64.b64encode(file[1]).decode('ascii')}"


def asked(*files: tuple[str, bytes, str], text: str = "The picture:") -> Any:
    images = [
        {"type": "image_url", "image_url": {"url": url(one), "detail": "low"}} for one in files
    ]
    return [
        {"role": "system", "content": "Describe it."},
        {"role": "user", "content": [{"type": "text", "text": text}, *images]},
    ]


def ask(client: OpenAI, messages: Any, **more: Any) -> ChatCompletion:
    answer = client.chat.completions.create(model=CHAT, messages=messages, **more)
    return ChatCompletion.model_validate(answer.to_dict())


def test_both_forms(simulator: Simulator, v1: OpenAI) -> None:
    """What is seen depends on the picture alone; the books have a call without images."""
    with AzureOpenAI(
        azure_endpoint=simulator.url, api_version=API_VERSION, api_key=KEY, max_retries=0
    ) as azure:
        answers = [ask(one, asked(png(size=(64, 48)))) for one in (v1, azure)]
    texts = [answer.choices[0].message.content for answer in answers]

    assert texts == ["A scene that the simulator has drawn: a wide picture, most of it red."] * 2
    for answer in answers:
        assert answer.usage is not None and answer.choices[0].finish_reason == "stop"
        assert answer.usage.prompt_tokens > 85
        assert (
            answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
        )
    rows = simulator.ledger()
    assert [(row["deployment"], row["route"]) for row in rows] == [(CHAT, "chat")] * 2
    assert [(row["images"], row["billed"], row["outcome"]) for row in rows] == [
        (0, True, "completed")
    ] * 2


def test_what_is_seen(v1: OpenAI) -> None:
    """Another picture is described in other words."""
    text = ask(v1, asked(jpeg())).choices[0].message.content

    assert text == "A scene that the simulator has drawn: a square picture, most of it green."


def test_a_limit_cuts(v1: OpenAI) -> None:
    """An answer that was cut says so."""
    [choice] = ask(v1, asked(png()), max_completion_tokens=3).choices

    assert (choice.message.content, choice.finish_reason) == ("A scene that", "length")


def test_what_a_filter_leaves(simulator: Simulator, v1: OpenAI) -> None:
    """Nothing, and the reason; the tokens are billed."""
    simulator.order({"kind": "emptyData", "deployment": CHAT})
    [choice] = ask(v1, asked(png())).choices

    assert (choice.message.content, choice.finish_reason) == (None, "content_filter")
    assert simulator.ledger()[0]["billed"] is True


def test_a_filtered_prompt(simulator: Simulator, v1: OpenAI) -> None:
    """The client raises, and nothing was billed."""
    with pytest.raises(openai.BadRequestError) as caught:
        ask(v1, asked(png(), text="a blocked-prompt"))
    error: Any = caught.value.body

    assert error["code"] == "content_filter"
    assert [row["billed"] for row in simulator.ledger()] == [False]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("401", openai.AuthenticationError),
        ("403", openai.PermissionDeniedError),
        ("404", openai.NotFoundError),
        ("429", openai.RateLimitError),
        ("500", openai.InternalServerError),
        ("cutBefore", openai.APIConnectionError),
        ("cutAfterBilling", openai.APIConnectionError),
    ],
)
def test_faults(simulator: Simulator, v1: OpenAI, kind: str, error: type[openai.APIError]) -> None:
    """Faults that are ordered for this deployment, as for any other."""
    simulator.order({"kind": kind, "deployment": CHAT})
    with pytest.raises(error):
        ask(v1, asked(png()))

    assert [row["billed"] for row in simulator.ledger()] == [kind == "cutAfterBilling"]


def test_orders_for_images_stay_for_images(simulator: Simulator, v1: OpenAI) -> None:
    """What is ordered without a name is not used up by what comes after an image."""
    simulator.order({"kind": "500"})
    ask(v1, asked(png()))

    assert [one["kind"] for one in simulator.faults()] == ["500"]


def test_not_a_chat_model(v1: OpenAI) -> None:
    """A deployment that draws does not chat, and one that is not there does nothing."""
    with pytest.raises(openai.BadRequestError) as caught:
        v1.chat.completions.create(model="img-local", messages=asked(png()))
    error: Any = caught.value.body
    assert error["code"] == "OperationNotSupported"
    assert error["message"].startswith("The chatCompletion operation does not work")
    with pytest.raises(openai.NotFoundError):
        v1.chat.completions.create(model="nobody", messages=asked(png()))


def test_credentials(simulator: Simulator) -> None:
    """A token is taken, a wrong one is not."""
    body = {"model": CHAT, "messages": asked(png())}
    with httpx.Client(base_url=simulator.url) as http:
        path = "/openai/v1/chat/completions"
        statuses = [
            http.post(path, json=body, headers={"Authorization": f"Bearer {token}"}).status_code
            for token in (TOKEN, "another")
        ]

    assert statuses == [200, 401]


@pytest.mark.parametrize(
    "messages",
    [
        *([], "describe", [1], [{"role": "user"}], [{"role": "nobody", "content": "x"}]),
        [{"role": "user", "content": [1]}],
        [{"role": "user", "content": [{"type": "input_text", "text": "x"}]}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x/y"}}]}],
        asked(("in.png", b"no picture", "image/png")),
    ],
)
def test_bad_messages(http: httpx.Client, messages: Any) -> None:
    """400, and the field that is wrong."""
    answer = http.post("/openai/v1/chat/completions", json={"model": CHAT, "messages": messages})

    assert answer.status_code == 400
    assert "message" in answer.json()["error"]
