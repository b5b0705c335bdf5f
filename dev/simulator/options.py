"""What a simulated resource is made of, from the command line or from a test."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Options:
    """One simulated resource on 127.0.0.1; port 0 takes any free one.

    ``deployments`` maps names of image deployments to model ids, ``orchestrators`` are names of the
    deployments that the Responses route takes. ``requests_per_minute`` is the quota of each image
    deployment that ``requests_per_minute_of`` does not name; an orchestrator has one only there.
    Calls that take longer than ``sync_limit_s`` and send nothing meanwhile end with 408, as
    reported of Azure. ``now_s`` is the clock of the quota, of arrivals and of ``created``.
    """

    key: str = field(repr=False)
    deployments: Mapping[str, str]
    orchestrators: Sequence[str] = ()
    port: int = 0
    token: str | None = field(default=None, repr=False)
    latency_s: float = 0.0
    requests_per_minute: int | None = None
    requests_per_minute_of: Mapping[str, int] = field(default_factory=dict)
    sync_limit_s: float | None = None
    c2pa: bool = True
    now_s: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        twice = sorted(set(self.deployments) & set(self.orchestrators))
        if twice:
            raise ValueError(f"'{twice[0]}' is a deployment of images and an orchestrator")
        strange = sorted(
            set(self.requests_per_minute_of) - set(self.deployments) - set(self.orchestrators)
        )
        if strange:
            raise ValueError(f"a quota for '{strange[0]}', which is no deployment")

    def quota_of(self, deployment: str) -> int | None:
        """The requests per minute of one image deployment, or none at all."""
        return self.requests_per_minute_of.get(deployment, self.requests_per_minute)
