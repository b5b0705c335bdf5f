"""A fresh simulator for each test, and the clients that judge it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from openai import AzureOpenAI, OpenAI

from dev.simulator import Simulator, running_simulator

KEY = "key-for-tests"
TOKEN = "token-for-tests"
API_VERSION = "2025-04-01-preview"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    deployments = {
        "img-local": "gpt-image-2",
        "img-one": "gpt-image-1",
        "img-flare": "gpt-image-2.5-flare",
        "img-half": "gpt-image-1.5",
        "img-mini": "gpt-image-1-mini",
        "gpt-image-2": "gpt-image-2",
    }
    with running_simulator(
        key=KEY, token=TOKEN, deployments=deployments, orchestrators=["chat-local"]
    ) as running:
        yield running


@pytest.fixture
def azure(simulator: Simulator) -> Iterator[AzureOpenAI]:
    """The official client on the deployment form."""
    with AzureOpenAI(
        azure_endpoint=simulator.url,
        azure_deployment="img-local",
        api_version=API_VERSION,
        api_key=KEY,
        max_retries=0,
    ) as client:
        yield client


@pytest.fixture
def v1(simulator: Simulator) -> Iterator[OpenAI]:
    """The official client on the v1 form."""
    with OpenAI(base_url=f"{simulator.url}/openai/v1/", api_key=KEY, max_retries=0) as client:
        yield client


@pytest.fixture
def http(simulator: Simulator) -> Iterator[httpx.Client]:
    """A plain client that sends the key."""
    with httpx.Client(base_url=simulator.url, headers={"api-key": KEY}, timeout=60) as client:
        yield client
