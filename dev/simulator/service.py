"""The simulated resource: its deployments, its books and its clock, shared by all routes."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Mapping

from . import errors
from .answers import CutConnection
from .families import MODELS, ImageModel
from .faults import FaultQueue
from .gateway import Credentials
from .ledger import Ledger
from .quota import NoQuota, Quota


class Deployment:
    """A model under the name a customer gave it; every deployment has a quota of its own."""

    def __init__(self, name: str, model: ImageModel, requests_per_minute: int | None) -> None:
        self.name = name
        self.model = model
        self.quota = Quota(requests_per_minute) if requests_per_minute else NoQuota()


class Service:
    """One Azure OpenAI resource."""

    def __init__(
        self,
        *,
        key: str,
        deployments: Mapping[str, str],
        token: str | None = None,
        latency_s: float = 0.0,
        requests_per_minute: int | None = None,
        sync_limit_s: float | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.credentials = Credentials(key, token)
        self.latency_s = latency_s
        self.sync_limit_s = sync_limit_s
        self.now_s = now_s
        self.faults = FaultQueue()
        self.ledger = Ledger()
        self.stopping = threading.Event()
        self._calls = itertools.count(secrets.randbits(32))
        self._deployments = {
            name: Deployment(name, _model(model_id), requests_per_minute)
            for name, model_id in deployments.items()
        }

    def deployment(self, name: str) -> Deployment:
        """The deployment of that name; 404 when there is none."""
        if name not in self._deployments:
            raise errors.deployment_not_found()
        return self._deployments[name]

    def next_call_number(self) -> int:
        """Starts anywhere, so that two simulators do not draw the same pictures either."""
        return next(self._calls)

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the simulator."""
        if seconds > 0 and self.stopping.wait(seconds):
            raise CutConnection


def _model(model_id: str) -> ImageModel:
    if model_id not in MODELS:
        raise ValueError(f"unknown model '{model_id}'; known: {', '.join(MODELS)}")
    return MODELS[model_id]
