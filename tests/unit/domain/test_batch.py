"""Batches as pure rules: ids of rows, names of rows that are over, and when to ask again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.batch import (
    MAX_ROWS,
    MICRO,
    Batch,
    Row,
    cost_of,
    counts_of,
    fold,
    latest,
    micro,
    never_of,
    next_try,
    row_named,
)
from shared.domain.names import is_ulid, member_of, stream_named, subject_of, ulid
from shared.domain.notices import BatchAccepted, batch_stream
from tests.fakes import START

BATCH = ulid(START, bytes(range(10)))
ROWS = st.builds(
    Row,
    st.integers(0, MAX_ROWS - 1),
    st.integers(0, 999_999),
    st.sampled_from(["approved", "failed", "needsAttention", "refused"]),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.sampled_from(["", "content_filtered", "internal"]),
)


def test_ids_of_rows() -> None:
    """Each row has a ULID of its own at the batch's time, in the order of the rows."""
    found = [member_of(BATCH, row) for row in range(MAX_ROWS)]

    assert all(is_ulid(one) for one in found)
    assert found == sorted(set(found)) == [member_of(BATCH, row) for row in range(MAX_ROWS)]
    assert {one[:10] for one in found} == {BATCH[:10]}
    other = ulid(START, bytes(10))
    assert not set(found) & {member_of(other, row) for row in range(MAX_ROWS)}


def test_what_a_batch_is_called() -> None:
    """Nudges and due entries call a batch by a name that leads back to it, and to no request."""
    stream = batch_stream(BATCH)

    assert stream_named(subject_of(stream)) == stream
    assert not is_ulid(subject_of(stream))


@given(ROWS)
def test_a_name_says_all(row: Row) -> None:
    """What is written into a name is read from it."""
    name = row.name(BATCH)

    assert row_named(name) == row
    assert row.never == (row.seq == 0) == name.startswith(never_of(BATCH, row.row))


@given(st.lists(ROWS, max_size=30))
def test_sums_are_exact(rows: list[Row]) -> None:
    """Of each row the latest counts, once, and a thousand of them add up to the millionth."""
    over = latest(rows)
    newest = {one.row: max(other.seq for other in rows if other.row == one.row) for one in rows}

    assert {row.row: row.seq for row in over.values()} == newest
    total = sum(row.micro for row in over.values())
    assert micro(cost_of(over, "USD").amount) == total
    assert cost_of(over, "USD").amount == total / MICRO


@given(st.integers(0, 10**9))
def test_millionths(count: int) -> None:
    """An amount with six digits is so many millionths, whatever a float makes of it."""
    assert micro(count / MICRO) == count


def batch_of(rows: int, placed: int = 0) -> Batch:
    return Batch(BATCH, BatchAccepted(caller="a", rows=rows), START, START, placed)


def test_counts() -> None:
    """Rows that are not over wait until they are placed, and are open then."""
    over = latest([Row(0, 5, "approved"), Row(2, 0, "refused")])

    assert counts_of(batch_of(5, placed=4), over) == {
        "approved": 1,
        "open": 2,
        "refused": 1,
        "waiting": 1,
    }


@given(st.integers(0, 20 * 86_400))
def test_asking_again(waited_s: int) -> None:
    """It is asked again later than now, at a time that others would name, within the hour."""
    now = START + timedelta(seconds=waited_s)

    at = next_try(batch_of(2), now)

    assert now < at <= now + timedelta(hours=1)
    assert at - now <= max(timedelta(minutes=1), timedelta(seconds=waited_s))
    assert next_try(batch_of(2), at - timedelta(milliseconds=1)) >= at or at == now
    assert (at - START) % timedelta(minutes=1) == timedelta(0)


def test_nothing_accepted() -> None:
    """Where there is no batch there is none."""
    assert fold(BATCH, ()) is None
