"""Who a key or principal belongs to, and what that caller may do."""

from shared.chain.services import Services
from shared.domain.values import Value
from shared.web.exchange import Answer, Call, answer


class Identity(Value):
    """`roles` in alphabetical order."""

    name: str
    roles: tuple[str, ...]


def me(call: Call, s: Services) -> Answer:
    """So that a page can say beforehand what it may not do."""
    known = call.known_caller
    return answer(200, Identity(name=known.name, roles=tuple(sorted(known.roles))))
