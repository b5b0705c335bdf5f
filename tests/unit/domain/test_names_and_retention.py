"""Names that sort, and how long what is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import names
from shared.domain.names import CROCKFORD, is_ulid, newest_first, stamp, ulid
from shared.domain.retention import LAST_PHASE, PHASES, containers_of, next_phase
from tests.fakes import START

TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2400, 1, 1), timezones=st.just(UTC))
ENTROPY = st.binary(min_size=10, max_size=10)
LATER_MS = st.integers(2, 10**12)


@given(TIMES, LATER_MS, ENTROPY, ENTROPY)
def test_ulids_sort_by_time(at: datetime, later_ms: int, one: bytes, other: bytes) -> None:
    """An id made later is later in the order of text, and its inversion earlier."""
    later = at + timedelta(milliseconds=later_ms % (1000 * 86_400 * 365))
    first, second = ulid(at, one), ulid(later, other)

    assert first < second
    assert newest_first(first) > newest_first(second)
    assert is_ulid(first) and newest_first(newest_first(first)) == first


def test_a_known_ulid() -> None:
    """The encoding is that of the specification: its largest value."""
    assert ulid(datetime.fromtimestamp(0, UTC), b"\xff" * 10) == "0" * 10 + "Z" * 16


@pytest.mark.parametrize(
    "text", ["", "0" * 25, "0" * 27, "8" + "0" * 25, "i" * 26, "0" * 25 + "U", "0" * 25 + "/"]
)
def test_what_is_no_ulid(text: str) -> None:
    """Length, first digit and alphabet are all checked."""
    assert not is_ulid(text)


@given(st.text(CROCKFORD, min_size=26, max_size=26))
def test_what_is_a_ulid(text: str) -> None:
    """Any 26 digits whose first is at most 7."""
    assert is_ulid(text) == (text[0] <= "7")


@given(TIMES, LATER_MS)
def test_stamps_sort_as_times_do(at: datetime, later_ms: int) -> None:
    """The text of a later time is larger."""
    assert stamp(at) < stamp(at + timedelta(milliseconds=later_ms % 10**9 + 1))


def test_layout() -> None:
    """The names of a request's blobs are those of the storage contract."""
    inverted = newest_first("01ABC")

    assert names.manifest_of("01ABC", 2, 3) == "01ABC/r2a3/manifest.json"
    assert names.content_of("01ABC") == "01ABC.json"
    assert names.index_entries("01ABC", "li") == (f"index/{inverted}", f"index-of/li/{inverted}")
    assert names.extension_of("image/jpeg") == "jpg"


@pytest.mark.parametrize(
    "text",
    [
        "uploads/other/a.png",
        "uploads/flow",
        "uploads/flow/",
        "uploads/flow/../other/a.png",
        "uploads/flow/.a",
        "uploads/flow//a",
        "uploads/flow/a?b",
        "uploads/flow/a%2e",
        "uploads/flow/a\\b",
        "uploads/flow/a\n",
        "inputs/flow/a.png",
        "flow/a.png",
        "uploads/flow/" + "a" * 1024,
    ],
)
def test_uploads_of_others(text: str) -> None:
    """Only a plain name in the caller's own folder is one of its uploads."""
    assert names.upload_of(text, "flow") is None


def test_own_uploads() -> None:
    """The name in its container, which begins with the caller's."""
    assert names.upload_of("uploads/flow/2026/a-1_b.png", "flow") == "flow/2026/a-1_b.png"
    assert names.upload_of("uploads/flowX/a", "flow.") is None


def test_phases_come_in_order() -> None:
    """Each phase is due its days after the end, in order; after the last nothing is."""
    done: list[str] = []
    for phase, days, containers in PHASES:
        due = next_phase(START, done)
        assert due is not None
        assert (due.phase, due.at) == (phase, START + timedelta(days=days))
        assert containers_of(phase) == containers
        done.append(phase)

    assert next_phase(START, done) is None


def test_what_is_kept_how_long() -> None:
    """Prompts and reviewed images stay 30 days, inputs and rejected ones 7, previews 1."""
    days = {container: n for _, n, containers in PHASES for container in containers}

    assert days == {"previews": 1, "inputs": 7, "rejected": 7, "review": 30, "content": 30}
    assert LAST_PHASE == "content"
