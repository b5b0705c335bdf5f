"""The simulated resource: its deployments, its books and its clock, shared by all routes."""

from __future__ import annotations

import base64
import itertools
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from . import errors
from .answers import CutConnection
from .families import MODELS, ImageModel
from .faults import FaultQueue
from .gateway import Credentials
from .ledger import Ledger
from .options import Options
from .order import ImageOrder
from .pictures import draw
from .provenance import Signatory
from .quota import AnyQuota, quota
from .shelf import Shelf


@dataclass(frozen=True)
class Deployment:
    """A model under the name a customer gave it; every deployment has a quota of its own."""

    name: str
    model: ImageModel
    quota: AnyQuota


@dataclass(frozen=True)
class Orchestrator:
    """A deployment of a text model: it calls the image tool of the Responses route, and chats."""

    name: str
    quota: AnyQuota


class Service:
    """One Azure OpenAI resource."""

    def __init__(self, options: Options) -> None:
        self.credentials = Credentials(options.key, options.token)
        self.latency_s = options.latency_s
        self.sync_limit_s = options.sync_limit_s
        self.now_s = options.now_s
        self.faults = FaultQueue()
        self.ledger = Ledger()
        self.shelf = Shelf()
        self.stopping = threading.Event()
        self._signatory = Signatory() if options.c2pa else None
        self._calls = itertools.count(secrets.randbits(32))
        self._deployments = {
            name: Deployment(name, _model(model_id), quota(options.quota_of(name)))
            for name, model_id in options.deployments.items()
        }
        self._orchestrators = {
            name: Orchestrator(name, quota(options.requests_per_minute_of.get(name)))
            for name in options.orchestrators
        }

    @property
    def deployments(self) -> Mapping[str, Deployment]:
        """The image deployments by name."""
        return self._deployments

    def deployment(self, name: str) -> Deployment:
        """The image deployment of that name; 404 when there is none."""
        if name in self._orchestrators:
            raise errors.wrong_operation("image generation", name)
        if name not in self._deployments:
            raise errors.deployment_not_found()
        return self._deployments[name]

    def orchestrator(self, name: str, operation: str = "responses") -> Orchestrator:
        """The orchestrator of that name; 404 when there is none."""
        if name in self._deployments:
            raise errors.wrong_operation(operation, self._deployments[name].model.model_id)
        if name not in self._orchestrators:
            raise errors.deployment_not_found()
        return self._orchestrators[name]

    def next_call_number(self) -> int:
        """Starts anywhere, so that two simulators do not draw the same pictures either."""
        return next(self._calls)

    def picture(self, order: ImageOrder, index: int, call_number: int) -> str:
        """A finished picture, signed where pictures are, as base64."""
        drawn = draw(order, index, call_number)
        if self._signatory is not None:
            drawn = self._signatory.sign(drawn, order.output_format)
        return base64.b64encode(drawn).decode("ascii")

    def pictures(self, order: ImageOrder) -> list[str]:
        """All pictures of one call."""
        call_number = self.next_call_number()
        return [self.picture(order, index, call_number) for index in range(order.n)]

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the simulator."""
        if seconds > 0 and self.stopping.wait(seconds):
            raise CutConnection


def _model(model_id: str) -> ImageModel:
    if model_id not in MODELS:
        raise ValueError(f"unknown model '{model_id}'; known: {', '.join(MODELS)}")
    return MODELS[model_id]
