"""Lines of a journal: what is written is read, and nothing else is taken for a fact."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.chain.journal import Journal, parse
from shared.domain.facts import FACTS, Draft, FactData
from shared.domain.lines import NO_PREVIOUS, digest_of, read_line, write_line
from shared.domain.reuse_facts import ReusedVerdict
from shared.domain.screening import Finding, ScreeningRules, Severities, Thresholds
from shared.domain.values import AtLeast
from shared.errors import CorruptJournal, NewerFact
from tests.unit.histories import ACCEPTED, ID, REVIEWED, intended, lines

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
st.register_type_strategy(datetime, INSTANTS)
st.register_type_strategy(float, st.floats(0, 1e6, allow_nan=False))
# Their signatures are there only once they are built.
for kind in FACTS.values():
    kind.model_rebuild()
ReusedVerdict.model_rebuild()
Severities.model_rebuild()
Thresholds.model_rebuild()
BLOCKLISTS = st.lists(st.from_regex(r"[0-9A-Za-z._~-]{1,64}", fullmatch=True)).map(tuple)
st.register_type_strategy(
    Finding, st.builds(Finding, severities=st.builds(Severities), blocklists=BLOCKLISTS)
)
st.register_type_strategy(
    ScreeningRules, st.builds(ScreeningRules, flag_at=st.builds(Thresholds), blocklists=BLOCKLISTS)
)
st.register_type_strategy(AtLeast, st.integers(1, 20).map(lambda least: AtLeast(at_least=least)))
FACT = st.sampled_from(sorted(FACTS)).flatmap(lambda kind: st.builds(FACTS[kind]))
TEXT = st.text(st.characters(codec="utf-8"))


def line(**changes: Any) -> bytes:
    record = json.loads(lines(ACCEPTED)[0]) | changes
    return json.dumps(record).encode()


@given(FACT, TEXT, st.integers(1, 10**6), INSTANTS)
def test_round_trip(data: FactData, actor: str, seq: int, at: datetime) -> None:
    """Every fact, whatever its texts, is read as it was written, from one line."""
    raw = write_line(Draft(actor=actor, data=data), seq=seq, at=at, by="ff" * 16, prev=NO_PREVIOUS)
    fact = read_line(raw)

    assert raw.splitlines() == [raw]
    assert (fact.data, fact.type, fact.actor) == (data, data.TYPE, actor)
    assert (fact.seq, fact.at, fact.by, fact.prev) == (seq, at, "ff" * 16, NO_PREVIOUS)


def test_every_type_is_known_once() -> None:
    """The table of facts holds each type under its own name."""
    assert all(kind == cls.TYPE for kind, cls in FACTS.items())


def test_the_chain() -> None:
    """`prev` is the SHA-256 of the line before, without its newline; the first has zeros."""
    first, second, *_ = lines(*REVIEWED)

    assert read_line(first).prev == "0" * 64
    assert read_line(second).prev == digest_of(first)


def test_unicode_stays_readable() -> None:
    """Texts are written as UTF-8, not escaped."""
    data = ACCEPTED.model_copy(update={"caller": "Größe 📷\u2028"})
    raw = write_line(Draft(actor="x", data=data), seq=1, at=datetime.now(UTC), by="", prev="")

    assert "Größe 📷\u2028".encode() in raw
    assert read_line(raw).data == data


@pytest.mark.parametrize(
    "changes",
    [{"v": 2}, {"type": "request.teleported"}, {"data": {}}, {"data": {"teleport": True}}],
)
def test_newer_facts_are_left_alone(changes: dict[str, Any]) -> None:
    """A version, type or field that is not known is for a newer worker."""
    with pytest.raises(NewerFact):
        read_line(line(**changes))


def test_an_added_field_is_newer() -> None:
    """A known fact with a field more is not understood by half."""
    data = ACCEPTED.wire() | {"mood": "good"}
    with pytest.raises(NewerFact):
        read_line(line(data=data))


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"{", b"[]", b"null", b"\xff", line(seq=0), line(data=[])),
        line(at="2026-11-20T12:00:00.000"),
    ],
)
def test_garbage_is_corrupt(raw: bytes) -> None:
    """What is no line of a journal at all is said to be corrupt."""
    with pytest.raises(CorruptJournal):
        read_line(raw)


@given(st.binary(max_size=300))
def test_any_bytes(raw: bytes) -> None:
    """No bytes make anything but the two errors."""
    with pytest.raises((CorruptJournal, NewerFact)):
        read_line(raw)


def test_a_journal_that_ends_within_a_line() -> None:
    """Half a line is no journal."""
    with pytest.raises(CorruptJournal):
        parse(ID, lines(ACCEPTED)[0])


def test_a_line_of_another_chain() -> None:
    """A line that does not continue the chain is refused."""
    with pytest.raises(CorruptJournal):
        Journal.empty(ID).with_line(lines(ACCEPTED, intended())[1])
