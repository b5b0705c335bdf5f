"""The log line of a fact that was appended."""

from shared import logs
from shared.domain.facts import Fact

# Codes and names of ours, which say why and where; nothing that a caller has written.
_TOLD = ("code", "deployment")


def tell(request_id: str, fact: Fact) -> None:
    found = {name: getattr(fact.data, name, None) for name in _TOLD}
    also = {name: value for name, value in found.items() if value is not None}
    logs.event(fact.type, request_id=request_id, seq=fact.seq, **also)
