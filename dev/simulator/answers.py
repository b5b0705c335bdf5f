"""What a route receives and what it gives back, free of sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field


class CutConnection(Exception):
    """The client gets no answer, only a reset connection."""


@dataclass(frozen=True)
class Request:
    """One HTTP request; header names are lower case, since case has no meaning in them."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    apim_request_id: str
    arrived_epoch_s: float

    @property
    def ledger_id(self) -> str:
        """The caller's own id where it sent one, so that it can find its attempts again."""
        return self.headers.get("x-ms-client-request-id") or self.apim_request_id


def _nothing() -> None:
    """Nobody needs to know."""


@dataclass(frozen=True)
class Answer:
    """One JSON answer, empty without a body; ``drip_s`` spreads it over that many seconds.

    ``frames``, where given, are sent as a stream of events instead of ``body``, one every
    ``pause_s``. ``on_lost`` is called when the client left before it had the whole answer.
    """

    status: int
    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    drip_s: float | None = None
    on_lost: Callable[[], None] = _nothing
    frames: Iterator[bytes] | None = None
    pause_s: float = 0.0


class Refusal(Exception):
    """An error answer, raised from wherever it is found out."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def as_answer(self, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer with the headers every answer of its deployment carries."""
        return Answer(self.status, self.body, {**(headers or {}), **self.headers})
