"""A request as handlers see it, and what they answer: plain values, no host in sight."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from shared.errors import Fault, InvalidRequest, NotAuthenticated
from shared.security.callers import Caller

# Nothing we answer is for a cache, or to be taken for anything but what it says it is.
GUARDS: Mapping[str, str] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class Call:
    """
    One HTTP request; header names in lower case, `path` without its query.

    `caller` is who the key or principal belongs to, None where the route asks for none.
    """

    path: str
    params: Mapping[str, str]
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    caller: Caller | None = None

    @property
    def id(self) -> str:
        return self.params["id"]

    @property
    def review_token(self) -> str | None:
        """An empty one is one that is not valid; it hides the query, as an empty key does."""
        header = self.headers.get("x-review-token")
        return self.query.get("token") if header is None else header

    @property
    def known_caller(self) -> Caller:
        """
        Raises:
            NotAuthenticated: nobody is known.
        """
        if self.caller is None:
            raise NotAuthenticated
        return self.caller

    def by(self, caller: Caller | None) -> "Call":
        return replace(self, caller=caller)

    def chosen(self, name: str, choices: tuple[str, ...]) -> str | None:
        """
        A query parameter that is one of `choices`; None when it was not given.

        Raises:
            InvalidRequest: it is something else.
        """
        value = self.query.get(name)
        if value is not None and value not in choices:
            raise InvalidRequest([Fault(f"#/query/{name}", f"One of {', '.join(choices)}.")])
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = field(repr=False)
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def all_read(readers: Iterable[Callable[[], Any]]) -> list[Any]:
    """
    What each of them reads from a call.

    Raises:
        InvalidRequest: with the faults of all of them.
    """
    found: list[Any] = []
    faults: list[Fault] = []
    for read in readers:
        try:
            found.append(read())
        except InvalidRequest as error:
            faults += error.faults
    if faults:
        raise InvalidRequest(faults)
    return found


def answer(status: int, value: BaseModel | Mapping[str, Any], **headers: str) -> Answer:
    """JSON; the names of `headers` with `_` for `-`."""
    if isinstance(value, BaseModel):
        body = value.model_dump_json(by_alias=True).encode()
    else:
        body = json.dumps(value).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, body, headers={**GUARDS, **named})
