"""Lines of the ledger, and what they add up to."""

from decimal import Decimal

import pytest

from shared.domain.budget import NOTHING
from shared.domain.facts import FactData
from shared.domain.ledger import Figures, Line, blob_of, latest, line_of, parse, place_of, rows_of
from shared.domain.values import Usage
from shared.errors import CorruptJournal
from tests.fakes import START
from tests.unit.histories import (
    ACCEPTED,
    ID,
    completed,
    intended,
    journal_of,
    not_sent,
    refused,
    unknown,
)

DAY = "2026-11-20"


def written(*history: FactData) -> Line | None:
    """The line for the last fact of a request's history."""
    journal = journal_of(ACCEPTED, intended(), *history)
    return line_of(journal.request, journal.facts, journal.facts[-1], "MKT-42")


def line(key: str = "R1.1", seq: int = 3, **fields: object) -> Line:
    plain = {"kind": "completed", "at": START, "caller": "flow", "model": "m", "deployment": "img"}
    return Line.model_validate({"key": key, "seq": seq, **plain, **fields})


def test_a_completed_call() -> None:
    """Its line has what came and what it cost, and nothing of what was asked for."""
    done = completed().model_copy(update={"usage": Usage(input_tokens=18, output_tokens=196)})
    found = written(done)

    assert found is not None
    assert found.wire() == {
        "v": 1,
        "key": f"{ID}.1",
        "seq": 3,
        "kind": "completed",
        "at": found.wire()["at"],
        "caller": "marketing",
        "template": None,
        "model": "gpt-image-2",
        "deployment": "img",
        "costCenter": "MKT-42",
        "images": 2,
        "inputTokens": 18,
        "outputTokens": 196,
        "amount": 0.05,
        "maybeBilledAmount": 0.0,
        "currency": "USD",
        "priceBook": "2026-11",
        "estimated": False,
    }


def test_what_may_have_been_billed() -> None:
    """It stands apart from what was."""
    found = written(unknown())

    assert found is not None
    assert (found.kind, found.amount, found.maybe_billed_amount) == (
        *("unknown", NOTHING, Decimal("0.05")),
    )
    assert (found.images, found.currency) == (0, "USD")


def test_a_refusal_before_anything_was_made() -> None:
    """It cost nothing, in no currency, and still was a call."""
    found = written(refused())

    assert found is not None
    assert (found.kind, found.maybe_billed_amount, found.currency) == ("refused", NOTHING, None)


def test_nothing_bought_nothing_written() -> None:
    """A call that was not sent has a line only to take an earlier one back."""
    assert written(not_sent()) is None
    taken_back = written(unknown(inferred=True), not_sent())

    assert taken_back is not None
    assert (taken_back.kind, taken_back.seq) == ("not_sent", 4)
    assert latest([line(seq=3, key=f"{ID}.1"), taken_back]) == []


@pytest.mark.parametrize("backwards", [False, True])
def test_the_latest_fact_holds(backwards: bool) -> None:
    """Of one call's lines that of the latest fact counts, in whatever order they were written."""
    lines = [line(seq=3, kind="unknown", maybe_billed_amount=1), line(seq=5, amount=2)]

    [found] = latest(reversed(lines) if backwards else lines)

    assert (found.kind, found.amount, found.maybe_billed_amount) == (
        "completed",
        Decimal(2),
        NOTHING,
    )


def test_a_repeated_line_counts_once() -> None:
    """The first of them holds: by the second the content with its cost center may be gone."""
    [row] = rows_of(DAY, [line(amount=1, cost_center="A"), line(amount=1)])

    assert (row.cost_center, row.figures) == ("A", Figures(requests=1, amount=Decimal(1)))


def test_two_calls_of_one_request() -> None:
    """A request counts once, and all its calls go to its one cost center."""
    lines = [
        line("R1.1", 3, kind="unknown", maybe_billed_amount=Decimal("0.05")),
        line("R1.2", 6, amount=Decimal("0.04"), images=2, cost_center="A"),
        line("R2.1", 3, amount=Decimal("0.01"), images=1, cost_center="A"),
        line("R3.1", 3, model="other"),
    ]
    first, second = rows_of(DAY, lines)

    assert first.cost_center == "A"
    assert first.figures == Figures(
        requests=2, images=3, amount=Decimal("0.05"), maybe_billed_amount=Decimal("0.05")
    )
    assert (second.model, second.figures.requests) == ("other", 1)


def test_names() -> None:
    """A blob's name says day and caller; other blobs of the folder are none of lines."""
    assert place_of(blob_of(DAY, "flow-eu", START)) == (DAY, "flow-eu")
    assert place_of("2026-11/20/totals.json") is None
    assert place_of("2026-11/20/x.jsonl") is None


def test_a_line_of_somebody_else() -> None:
    """What is no line of ours is not passed over."""
    assert parse(b"") == []
    with pytest.raises(CorruptJournal):
        parse(b"{}\n")
