"""The log line of a fact that was appended, to a journal or a stream."""

from typing import Any

from shared import logs
from shared.domain.alt_texts import AltTextDrafted, AltTextIntended, AltTextOutcome
from shared.domain.facts import Completed, Fact, FactData, Intended, Outcome
from shared.domain.values import TemplateVersion

# Codes and names of ours, which say why and where; nothing that a caller has written.
TOLD = (
    *("caller", "categories", "code", "decision", "deployment", "model", "passed", "percent"),
    *("reason", "retires_on", "rows", "source"),
)

PAID = (Intended, Outcome, AltTextIntended, AltTextOutcome)


def tell(request_id: str, fact: Fact, template: TemplateVersion | None = None) -> None:
    """`template`: what the request was made with, for lines about paid calls."""
    told = _told(fact.data)
    if isinstance(fact.data, PAID):
        told |= named(template)
    logs.event(fact.type, request_id=request_id, seq=fact.seq, **told)


def named(template: TemplateVersion | None) -> dict[str, str]:
    return {"template": template.name} if template else {}


def tell_of_stream(stream: str, seq: int, data: FactData) -> None:
    logs.event(data.TYPE, stream=stream, seq=seq, **_told(data))


def _told(data: FactData) -> dict[str, Any]:
    found = {name: getattr(data, name, None) for name in TOLD}
    if isinstance(data, Completed):
        found |= {"images": len(data.images), "amount": data.cost.amount}
    if isinstance(data, AltTextDrafted):
        found |= {"amount": data.cost.amount}
    return {name: _flat(value) for name, value in found.items() if value not in (None, ())}


def _flat(value: Any) -> Any:
    return ",".join(value) if isinstance(value, tuple) else value
