"""What a person sees while a command runs."""

import io
import re

import pytest

from dev.demo import ROAD, show
from dev.demo_report import Faulty, cost_line, origin_lines, time_line
from dev.display import Board, PlainDisplay, progress, wants_live


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_plain_lines_are_ascii_one_for_each_change() -> None:
    """A pipe gets each change once, with the time it took."""
    clock, stream = Clock(), io.StringIO()
    display = PlainDisplay(Board(("storage", "host"), clock), stream)
    display.begin("storage")
    clock.now_s += 1.26
    display.begin("storage")
    display.done("storage", "13 containers")
    display.done("storage")

    assert stream.getvalue() == "storage: started\nstorage: done in 1.3 s (13 containers)\n"


def test_running_steps_fail_together() -> None:
    """An error marks what was under way, not what waits or is done."""
    stream = io.StringIO()
    display = PlainDisplay(Board(("a", "b", "c"), Clock()), stream)
    display.done("a")
    display.begin("b")
    display.fail_running()

    assert stream.getvalue().endswith("b: started\nb: failed in 0.0 s\n")


def test_steps_too_quick_to_be_seen_are_done_all_the_same() -> None:
    """A request found `approved` has passed the whole road."""
    stream = io.StringIO()
    display = PlainDisplay(Board(ROAD, Clock()), stream)
    show("accepted", display)
    show("approved", display)

    done = [line.split(":")[0] for line in stream.getvalue().splitlines() if "done" in line]
    assert list(ROAD[:-1]) == done


def test_status_without_a_place_on_the_road_changes_nothing() -> None:
    """A failed request is not drawn as progress."""
    stream = io.StringIO()
    show("needsAttention", PlainDisplay(Board(ROAD, Clock()), stream))

    assert stream.getvalue() == ""


def test_pipe_gets_no_control_characters() -> None:
    """Where the output is no terminal the live picture is not used."""
    stream = io.StringIO()
    with progress(("a",), stream) as display:
        display.done("a")

    assert stream.getvalue() == "a: done in 0.0 s\n"


@pytest.mark.parametrize(
    ("stream", "term", "live"),
    [(Terminal(), "xterm", True), (Terminal(), "dumb", False), (io.StringIO(), "xterm", False)],
)
def test_live_picture_needs_a_capable_terminal(stream: io.StringIO, term: str, live: bool) -> None:
    """Everything else gets lines."""
    assert live == wants_live(stream, term)


def test_terminal_shows_the_final_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the list stays, in signs and without the plain lines."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    with progress(("storage", "host"), stream) as display:
        display.done("storage", "ready")
        display.begin("host")
        display.fail_running()

    picture = re.sub(r"\x1b\[[?\d;]*[a-zA-Z]", "", stream.getvalue())
    assert "✓  storage" in picture
    assert "✗  host" in picture
    assert "started" not in picture


def test_time_line_counts_from_the_first_fact() -> None:
    """Each fact has its number, its seconds and its type."""
    journal = [
        {"seq": 1, "at": "2026-11-20T12:00:00.000Z", "type": "request.accepted"},
        {"seq": 2, "at": "2026-11-20T12:00:02.500Z", "type": "request.approved"},
    ]

    assert [line.strip() for line in time_line(journal)] == [
        "1  +  0.00 s  request.accepted",
        "2  +  2.50 s  request.approved",
    ]


def test_cost_names_its_price_book() -> None:
    """A figure without its source proves nothing; an unknown one is said to be unknown."""
    cost = {"amount": 0.067, "currency": "USD", "priceBook": "2026-11"}

    assert cost_line(cost).startswith("0.067 USD (price book 2026-11)")
    assert cost_line({}) == "not known"


def test_where_released_images_come_from() -> None:
    """One line for each image that was released; the demo fails when one lost its manifest."""
    made = {"released": "approved/x/0.png", "c2pa": "valid", "generator": "Maker 1"}
    dropped = {"released": None, "c2pa": "absent", "generator": None}

    assert list(origin_lines([made, dropped])) == ["  C2PA valid, by Maker 1"]
    with pytest.raises(Faulty):
        list(origin_lines([{**made, "c2pa": "absent"}]))
