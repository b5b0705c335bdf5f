"""Fault orders: what the simulator is told to do wrong, kept in a queue and used up in order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from . import errors, safety_errors
from .answers import Refusal
from .operations import Operation
from .stream_errors import STREAM_FORMS

REFUSALS: Mapping[str, Callable[[], Refusal]] = {
    "400": errors.prompt_filtered,
    "400moderation": errors.moderation_blocked,
    "400param": errors.ordered_parameter_error,
    "401": errors.wrong_key,
    "403": errors.blocked_resource,
    "403key": errors.keys_disabled,
    "403network": errors.network_denied,
    "404": errors.deployment_not_found,
    "408": errors.timed_out,
    "500": errors.server_error,
    "503": errors.service_unavailable,
    "503empty": errors.gateway_down,
    "error200": errors.prompt_filtered_with_status_200,
}
KINDS = (
    "429",
    *REFUSALS,
    "cutBefore",
    "cutAfterBilling",
    "drip",
    "emptyData",
    "malformedUsage",
    "slow",
    "streamError",
    "streamNoCompleted",
    *safety_errors.KINDS,
)
KEYS = ("kind", "times", "retryAfterS", "seconds", "deployment", "form")

RETRY_AFTER_S = 2.0
DRIP_S = 3.0


@dataclass(frozen=True)
class Fault:
    """One order; without a deployment it takes the next request for images of any.

    ``form`` is that of a ``streamError``; a call that is not streamed has no such faults.
    """

    kind: str
    times: int = 1
    retry_after_s: float | None = None
    seconds: float = DRIP_S
    deployment: str | None = None
    form: str = STREAM_FORMS[0]

    def refusal(self, operation: Operation, api_version: str) -> Refusal | None:
        """The error answer this order asks for, where it asks for one."""
        if self.kind == "429":
            wait_s = RETRY_AFTER_S if self.retry_after_s is None else self.retry_after_s
            return errors.too_many_requests(operation.name, api_version, wait_s)
        if self.kind not in REFUSALS:
            return None
        refusal = operation.refusals.get(self.kind, REFUSALS[self.kind])()
        if self.retry_after_s is not None:
            refusal.headers.update(errors.retry_headers(self.retry_after_s))
        return refusal

    def screening_refusal(self) -> Refusal:
        """The error answer of Content Safety that this order asks for."""
        wait_s = self.retry_after_s
        if self.kind == "screen429":
            return safety_errors.too_many_requests(RETRY_AFTER_S if wait_s is None else wait_s)
        refusal = safety_errors.REFUSALS[self.kind]()
        if wait_s is not None:
            refusal.headers.update(errors.retry_headers(wait_s))
        return refusal

    def row(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "times": self.times,
            "retryAfterS": self.retry_after_s,
            "seconds": self.seconds,
            "deployment": self.deployment,
            "form": self.form,
        }


def parse_faults(parsed: object) -> list[Fault]:
    """The orders in a JSON list or a single JSON object.

    Raises:
        ValueError: naming the first thing that is not understood; nothing is queued then.
    """
    return [_parse_one(item) for item in (parsed if isinstance(parsed, list) else [parsed])]


def _parse_one(item: object) -> Fault:
    if not isinstance(item, dict):
        raise ValueError("a fault order is a JSON object")
    strange = sorted(set(item) - set(KEYS))
    if strange:
        raise ValueError(f"unknown key '{strange[0]}'; known: {', '.join(KEYS)}")
    kind = str(item.get("kind"))
    if kind not in KINDS:
        raise ValueError(f"unknown fault kind '{kind}'; known: {', '.join(KINDS)}")
    return Fault(
        kind=kind,
        times=_times(item.get("times", 1)),
        retry_after_s=_seconds("retryAfterS", item.get("retryAfterS")),
        seconds=_seconds("seconds", item.get("seconds", DRIP_S)) or 0.0,
        deployment=_deployment(item.get("deployment")),
        form=_form(item.get("form", STREAM_FORMS[0])),
    )


def _times(value: object) -> int:
    if type(value) is not int or value < 1:
        raise ValueError("times is a whole number from 1 on")
    return value


def _seconds(name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name} is a number of seconds from 0 on")
    return float(value)


def _deployment(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("deployment is a name")
    return value


def _form(value: object) -> str:
    if value not in STREAM_FORMS:
        raise ValueError(f"form is one of {', '.join(STREAM_FORMS)}")
    return str(value)


class FaultQueue:
    """The orders not yet used up."""

    def __init__(self) -> None:
        self._queued: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, faults: list[Fault]) -> None:
        with self._lock:
            self._queued.extend(faults)

    def take(self, deployment: str, *, by_name: bool = False) -> Fault | None:
        """The first order that fits the deployment, with one of its times used up."""
        meant = (deployment,) if by_name else (None, deployment)
        return self._take(
            lambda fault: fault.kind not in safety_errors.KINDS and fault.deployment in meant
        )

    def take_screening(self) -> Fault | None:
        """Likewise, of the orders for Content Safety."""
        return self._take(lambda fault: fault.kind in safety_errors.KINDS)

    def _take(self, fits: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            for place, fault in enumerate(self._queued):
                if fits(fault):
                    left = [replace(fault, times=fault.times - 1)] if fault.times > 1 else []
                    self._queued[place : place + 1] = left
                    return fault
        return None

    def rows(self) -> list[dict[str, object]]:
        with self._lock:
            return [fault.row() for fault in self._queued]

    def clear(self) -> None:
        with self._lock:
            self._queued.clear()
