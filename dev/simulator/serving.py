"""What every operation does with a request that reached a deployment, whatever it draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import errors
from .answers import Answer, CutConnection, Refusal, Request
from .faults import Fault
from .ledger import Entry
from .operations import Operation
from .order import ImageOrder
from .quota import AnyQuota
from .service import Service

# A prompt with one of these words is filtered: before anything is drawn, or after.
BLOCKED_PROMPT = "blocked-prompt"
BLOCKED_IMAGE = "blocked-image"

NO_FAULT = Fault(kind="none", seconds=0.0)
# These change how an answer comes, not what it says.
HARMLESS = (NO_FAULT.kind, "slow", "drip")
# These have no meaning for an answer that comes at once.
STREAMED_ONLY = ("streamError", "streamNoCompleted")


@dataclass(frozen=True)
class Call:
    """A request that reached a deployment."""

    operation: Operation
    api_version: str
    entry: Entry
    quotas: tuple[AnyQuota, ...]


@dataclass(frozen=True)
class Turn:
    """A call that the quota let in, with the fault order it uses up and its answer's headers."""

    service: Service
    call: Call
    fault: Fault
    headers: Mapping[str, str]

    @property
    def entry(self) -> Entry:
        return self.call.entry

    @property
    def took_s(self) -> float:
        """How long the model works."""
        return self.service.latency_s + (self.fault.seconds if self.fault.kind == "slow" else 0.0)

    @property
    def outcome(self) -> str:
        """What the books say of a stream that goes out as planned."""
        return "completed" if self.fault.kind in HARMLESS else self.fault.kind

    def answer(self, body: object) -> Answer:
        """The whole answer at once, or dripping."""
        self.entry.close("completed" if self.fault.kind in STREAMED_ONLY else self.outcome)
        drip_s = self.fault.seconds if self.fault.kind == "drip" else None
        return Answer(200, body, self.headers, drip_s, on_lost=self.entry.lost)


def opened(
    service: Service,
    request: Request,
    operation: Operation,
    api_version: str,
    deployments: Mapping[str, AnyQuota],
) -> Call:
    """A call in the books, under the name of the first of its deployments."""
    entry = service.ledger.open(request, next(iter(deployments)), operation.route)
    return Call(operation, api_version, entry, tuple(deployments.values()))


def serve(service: Service, call: Call, make: Callable[[Turn], Answer]) -> Answer:
    """Count the call against its quotas, then make its answer; its entry is closed in every case.

    The quota goes by the time of arrival: a queue in here must not make a burst look even.
    """
    standings = [quota.admit(call.entry.arrived_epoch_s) for quota in call.quotas]
    standing = max(standings, key=lambda one: one.retry_after_s)
    headers = standing.headers()
    try:
        if standing.retry_after_s:
            name, wait_s = call.operation.name, standing.retry_after_s
            raise errors.too_many_requests(name, call.api_version, wait_s)
        return make(_turn(service, call, headers))
    except Refusal as refusal:
        _close(call.entry, str(refusal.status))
        return refusal.as_answer(headers)
    except CutConnection:
        _close(call.entry, "cut")
        raise


def _close(entry: Entry, outcome: str) -> None:
    if entry.outcome == "running":
        entry.close(outcome)


def _turn(service: Service, call: Call, headers: Mapping[str, str]) -> Turn:
    """Take the fault order, if there is one, and refuse or cut where it says so."""
    fault = service.faults.take(call.entry.deployment, by_name=call.operation.by_name) or NO_FAULT
    refusal = fault.refusal(call.operation, call.api_version)
    if refusal is not None:
        call.entry.close(fault.kind)
        raise refusal
    if fault.kind == "cutBefore":
        call.entry.close(fault.kind)
        raise CutConnection
    return Turn(service, call, fault, headers)


def work(turn: Turn, order: ImageOrder) -> list[str]:
    """The pictures of a call that is not streamed, after the time they take, and billed."""
    pictures = turn.service.pictures(order)
    turn.service.pause(turn.took_s)
    turn.entry.bill(order.n)
    return pictures


def end_if_too_long(turn: Turn, order: ImageOrder) -> None:
    """The reported limit on calls that send nothing before the end; their work is billed here."""
    limit_s = turn.service.sync_limit_s
    if limit_s is None or order.flows or turn.took_s <= limit_s:
        return
    turn.service.pause(limit_s)
    turn.entry.bill(order.n)
    raise errors.timed_out()


def cut_if_ordered(turn: Turn) -> None:
    """The pictures exist and are billed, and the caller gets none."""
    if turn.fault.kind == "cutAfterBilling":
        turn.entry.close(turn.fault.kind)
        raise CutConnection
