"""Log lines are data, short, and carry no addresses with paths."""

import logging
from typing import Any

import pytest

from shared import logs


def written(caplog: pytest.LogCaptureFixture, **fields: Any) -> logging.LogRecord:
    caplog.set_level(logging.INFO, "darkroom")
    logs.event("request.accepted", **fields)
    return caplog.records[-1]


def test_line_and_fields(caplog: pytest.LogCaptureFixture) -> None:
    """A line has the name and its fields in order; the record carries them as data."""
    record = written(caplog, request_id="01J", n=2, cost=0.5, final=True, caller=None, note="a b")

    assert (
        record.getMessage()
        == 'request.accepted request_id=01J n=2 cost=0.5 final=true caller=null note="a b"'
    )
    assert vars(record)["event"] == "request.accepted"
    assert vars(record)["fields"]["request_id"] == "01J"


def test_long_text_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    """No field is longer than 200 characters."""
    record = written(caplog, note="x" * 5000)

    assert len(vars(record)["fields"]["note"]) == 200


@pytest.mark.parametrize(
    "text",
    [
        "https://prod.logic.azure.com/w?sig=SECRET",
        "posting to https://u:SECRET@prod.logic.azure.com/SECRET?SECRET=1 failed",
        "x" * 150 + " https://prod.logic.azure.com/?" + "y" * 30 + "SECRET",
        "redis://:SECRET@host/",
    ],
)
def test_addresses_are_masked(caplog: pytest.LogCaptureFixture, text: str) -> None:
    """Of a URL only scheme and host are written, wherever in a text it stands."""
    record = written(caplog, note=text)

    assert "SECRET" not in record.getMessage() + repr(vars(record)["fields"])


def test_a_value_makes_no_second_line(caplog: pytest.LogCaptureFixture) -> None:
    """Line breaks and quotes in a value stay inside the value."""
    record = written(caplog, note='a\nforged.event x="1"')

    assert "\n" not in record.getMessage()


def test_other_types_are_named_only(caplog: pytest.LogCaptureFixture) -> None:
    """What is no plain value is shown by its type."""
    record = written(caplog, body=b"SECRET")

    assert record.getMessage() == 'request.accepted body="<bytes>"'


def test_level(caplog: pytest.LogCaptureFixture) -> None:
    """The level is the caller's choice."""
    logs.event("clock.offset", level=logging.WARNING, offset_s=61.0)

    assert caplog.records[-1].levelno == logging.WARNING


def test_failure_tells_type_and_place() -> None:
    """An exception is logged without its text, which may hold content."""
    try:
        raise ValueError("SECRET")
    except ValueError as error:
        shown = logs.failure(error)

    assert shown.startswith("ValueError test_logs.py:")
    assert "SECRET" not in shown


def test_configure_quiets_the_libraries() -> None:
    """Libraries that log every call are heard from WARNING on; our own lines from INFO."""
    names = [*logs.CHATTY, "darkroom"]
    before = {name: logging.getLogger(name).level for name in names}
    try:
        logs.configure()
        levels = {name: logging.getLogger(name).level for name in names}
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)

    assert levels.pop("darkroom") == logging.INFO
    assert {logging.WARNING} == set(levels.values())
