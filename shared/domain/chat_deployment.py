"""The deployment of a chat model that describes images, as configured."""

from dataclasses import dataclass, field
from typing import Literal

Effort = Literal["none", "minimal", "low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class ChatDeployment:
    """
    `deployment` is Azure's name of it, `model` what the price book calls it. With `api` "v1" the
    deployment goes into the body, with "deployment" into the path. `api_key` None means: a token
    for `scope`. `language` is the one to be written, as a tag of BCP 47; `reasoning_effort` None
    leaves that to the model, and models that do not reason refuse any.
    """

    endpoint: str
    deployment: str
    model: str
    api: Literal["v1", "deployment"] = "v1"
    api_version: str | None = None
    api_key: str | None = field(default=None, repr=False)
    scope: str = "https://cognitiveservices.azure.com/.default"
    language: str = "en"
    reasoning_effort: Effort | None = None
