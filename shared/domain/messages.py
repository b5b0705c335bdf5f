"""Our own queue messages: ids only, never content."""

from pydantic import Field

from shared.domain.values import Value


class Nudge(Value):
    """ "Look at request X": it says where the sender's knowledge began, never what to do."""

    v: int = Field(default=1, ge=1, le=1)
    request_id: str
    since: int = Field(ge=0)
    due: str | None = None


class EventMessage(Value):
    """Attempt to deliver the event of one fact to one sink."""

    v: int = Field(default=1, ge=1, le=1)
    stream: str
    seq: int = Field(ge=1)
    sink: str
    attempt: int = Field(ge=1)


class Redrive(Value):
    """Take the message behind this dead-letter record as if it came now for the first time."""

    v: int = Field(default=1, ge=1, le=1)
    dead_letter: str
