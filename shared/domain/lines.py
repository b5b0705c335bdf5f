"""
A journal's lines: how a fact is written, read, and chained to the line before it.

`prev` is the SHA-256 of the previous line's bytes, so no line can be changed, dropped or
inserted without every later line telling.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from shared.domain.facts import FACTS, Draft, Fact, FactData
from shared.domain.values import INSTANT
from shared.errors import CorruptJournal, NewerFact

VERSION = 1
NO_PREVIOUS = "0" * 64


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, defer_build=True)
    v: int
    seq: int = Field(ge=1)
    at: AwareDatetime
    type: str
    actor: str
    data: dict[str, Any]
    by: str
    prev: str


def digest_of(line: bytes) -> str:
    """The link of the chain: SHA-256 of a line's bytes without its newline."""
    return hashlib.sha256(line).hexdigest()


def write_line(draft: Draft, *, seq: int, at: datetime, by: str, prev: str) -> bytes:
    record = {
        "v": VERSION,
        "seq": seq,
        "at": INSTANT.dump_python(at),
        "type": draft.data.TYPE,
        "actor": draft.actor,
        "data": draft.data.wire(),
        "by": by,
        "prev": prev,
    }
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()


def read_line(raw: bytes, types: Mapping[str, type[FactData]] = FACTS) -> Fact:
    """
    The fact of a line; `types` are those that its journal may hold.

    Raises:
        NewerFact: the version or type is not known here.
        CorruptJournal: it is no line of a journal at all.
    """
    try:
        line = _Line.model_validate_json(raw)
    except ValidationError as exc:
        raise CorruptJournal("A line of the journal is not a fact.") from exc
    try:
        if line.v != VERSION:
            raise NewerFact(f"Version {line.v} of a fact is not known to this version.")
        data = types[line.type].model_validate(line.data)
    except (KeyError, ValidationError) as exc:
        raise NewerFact("A type or field of a fact is not known to this version.") from exc
    return Fact(**{**dict(line), "data": data})
