"""The log line of a fact that was appended, to a journal or a stream."""

from typing import Any

from shared import logs
from shared.domain.facts import Completed, Fact, FactData

# Codes and names of ours, which say why and where; nothing that a caller has written.
TOLD = (
    *("caller", "categories", "code", "decision", "deployment", "model", "passed", "percent"),
    *("reason", "retires_on"),
)


def tell(request_id: str, fact: Fact) -> None:
    logs.event(fact.type, request_id=request_id, seq=fact.seq, **_told(fact.data))


def tell_of_stream(stream: str, seq: int, data: FactData) -> None:
    logs.event(data.TYPE, stream=stream, seq=seq, **_told(data))


def _told(data: FactData) -> dict[str, Any]:
    found = {name: getattr(data, name, None) for name in TOLD}
    if isinstance(data, Completed):
        found |= {"images": len(data.images), "amount": data.cost.amount}
    return {name: _flat(value) for name, value in found.items() if value not in (None, ())}


def _flat(value: Any) -> Any:
    return ",".join(value) if isinstance(value, tuple) else value
