"""A model deployment as configured: where it is, how it is asked, how fast it may be asked."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Deployment:
    """
    One deployment of an image model.

    `name` is ours (facts and limits use it), `deployment` is Azure's. With `api` "v1" the
    deployment goes into the body, with "deployment" into the path. `api_key` None means: a
    token for `scope`. Lower `priority` is asked first. `count_images` says whether a call for
    n images takes n requests of the quota; nobody documents it.
    """

    name: str
    endpoint: str
    deployment: str
    model: str
    api: Literal["v1", "deployment"]
    api_version: str | None
    requests_per_minute: float
    api_key: str | None = field(default=None, repr=False)
    scope: str = "https://cognitiveservices.azure.com/.default"
    priority: int = 0
    count_images: bool = False
