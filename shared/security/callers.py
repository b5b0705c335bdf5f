"""Who calls, and what each caller may do."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

PRINCIPAL_ID = "x-ms-client-principal-id"
PRINCIPAL_PROVIDER = "x-ms-client-principal-idp"


class Role(StrEnum):
    SUBMIT = "submit"
    READ = "read"
    READ_ALL = "readAll"
    DECIDE = "decide"
    DECIDE_OWN = "decideOwn"
    OPERATE = "operate"
    ERASE = "erase"


DEFAULT_ROLES = frozenset({Role.SUBMIT, Role.READ})


@dataclass(frozen=True, slots=True)
class Caller:
    """
    One entry of the book.

    `key_sha256` are hex digests of function keys, `principals` object ids of Entra; None stands
    for "no limit of its own"; `approval` is the JSON object, `"none"` or None. `over_budget`:
    whether what the budget has no room for is refused, or an operator is asked.
    """

    name: str
    roles: frozenset[Role] = DEFAULT_ROLES
    key_sha256: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    monthly_budget_usd: Decimal | None = None
    over_budget: Literal["refuse", "ask"] = "refuse"
    max_open_requests: int | None = None
    models: tuple[str, ...] | None = None
    approval: Mapping[str, object] | str | None = None
    templates_only: bool = False


DEFAULT_CALLER = Caller(name="default")


@dataclass(frozen=True, slots=True)
class CallerBook:
    """
    Every caller we know.

    `default` is who holds a valid key of the host that no entry claims; an entry of that name
    takes its place.
    """

    callers: tuple[Caller, ...] = ()
    default: Caller = DEFAULT_CALLER

    def __post_init__(self) -> None:
        for what, texts in _claimed(self.callers).items():
            if len(set(texts)) < len(texts):
                raise ValueError(f"the same {what} twice")
        named = next((c for c in self.callers if c.name == self.default.name), self.default)
        object.__setattr__(self, "default", named)

    @property
    def everyone(self) -> Mapping[str, Caller]:
        return {caller.name: caller for caller in (self.default, *self.callers)}

    def by_key(self, key: str) -> Caller | None:
        """Who claims this function key; every digest of the book is compared, match or not."""
        digest = hashlib.sha256(_bytes(key)).hexdigest()
        return self._claiming(digest, lambda caller: caller.key_sha256)

    def by_principal(self, principal: str) -> Caller | None:
        return self._claiming(principal.lower(), lambda caller: caller.principals)

    def by_name(self, name: str) -> Caller | None:
        return self.everyone.get(name)

    def _claiming(self, wanted: str, claims: Callable[[Caller], Iterable[str]]) -> Caller | None:
        matches = [
            caller
            for caller in self.callers
            for claim in claims(caller)
            if hmac.compare_digest(_bytes(claim.lower()), _bytes(wanted))
        ]
        return matches[0] if matches else None


def principal_of(headers: Mapping[str, str]) -> str | None:
    """
    The object id that App Service authentication found; header names in lower case.

    Only to be trusted where App Service authentication is on: it removes what callers send
    under these names, and nobody does so where it is off. Ids of other providers than Entra
    are no principals of ours.
    """
    if headers.get(PRINCIPAL_PROVIDER, "aad").lower() != "aad":
        return None
    return headers.get(PRINCIPAL_ID, "").strip().lower() or None


def _claimed(callers: tuple[Caller, ...]) -> dict[str, list[str]]:
    return {
        "name": [caller.name for caller in callers],
        "keySha256": [text.lower() for caller in callers for text in caller.key_sha256],
        "principal": [text.lower() for caller in callers for text in caller.principals],
    }


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
