"""
Calls and deployments to try the model client with.
"""

from collections.abc import Callable
from dataclasses import replace

import httpx

from shared.adapters.model_client import AzureOpenAIModel
from shared.chain.ports import ModelCall
from shared.domain.deployments import Deployment
from shared.errors import ServiceError

KEY = "planted-key-4711"
PROMPT = "a planted prompt"
V1 = Deployment(
    name="main",
    endpoint="https://res.openai.azure.com/",
    deployment="img-prod",
    model="gpt-image-2",
    api="v1",
    api_version=None,
    requests_per_minute=6,
    api_key=KEY,
)
DATED = replace(V1, api="deployment")
CALL = ModelCall(
    deployment="main",
    prompt=PROMPT,
    n=2,
    options={"size": "1024x1024", "quality": "low"},
    user="u-7f3a",
    client_request_id="0b0e3a3e-1111-4222-8333-944444444444",
    deadline_s=600,
)


class FixedTokens:
    """
    Has one token for every scope.
    """

    def token(self, scope: str) -> str:
        return f"token for {scope}"


class NoTokens:
    """
    Has none.
    """

    def token(self, scope: str) -> str:
        raise ServiceError("No token could be had.")


def answering(
    handler: Callable[[httpx.Request], httpx.Response], deployment: Deployment = V1
) -> AzureOpenAIModel:
    """A client whose calls end in `handler`."""
    return AzureOpenAIModel({"main": deployment}, FixedTokens(), httpx.MockTransport(handler))


def calling(endpoint: str) -> AzureOpenAIModel:
    """A client with a real network to `endpoint`, past any proxy of this machine."""
    deployment = replace(V1, endpoint=endpoint)
    return AzureOpenAIModel({"main": deployment}, FixedTokens(), httpx.HTTPTransport())
