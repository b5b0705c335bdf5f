"""A model deployment as configured: where it is, how it is asked, how fast it may be asked."""

from dataclasses import dataclass, field
from typing import Literal

from shared.domain.values import Options


@dataclass(frozen=True, slots=True)
class Deployment:
    """
    One deployment of an image model.

    `name` is ours (facts and limits use it), `deployment` is Azure's. With `api` "v1" the
    deployment goes into the body, with "deployment" into the path, with "responses" into a
    header: then `orchestrator`, a deployment of the chat model `orchestrator_model`, is asked to
    draw with it. `api_key` None means: a token for `scope`. Lower `priority` is asked first.
    `count_images` says whether a call for n images takes n requests of the quota; nobody
    documents it.
    """

    name: str
    endpoint: str
    deployment: str
    model: str
    api: Literal["v1", "deployment", "responses"]
    api_version: str | None
    requests_per_minute: float
    api_key: str | None = field(default=None, repr=False)
    scope: str = "https://cognitiveservices.azure.com/.default"
    priority: int = 0
    count_images: bool = False
    orchestrator: str | None = None
    orchestrator_model: str | None = None


def can_take(deployment: Deployment, options: Options) -> bool:
    """Whether a call with these options can be made there."""
    if deployment.model != options.model:
        return False
    return not draws_only_one(deployment) or (options.n == 1 and not options.edits)


def draws_only_one(deployment: Deployment) -> bool:
    """The Responses tool draws one image a call, and on Azure it edits none."""
    return deployment.api == "responses"
