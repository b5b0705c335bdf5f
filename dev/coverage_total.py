"""
A pytest plugin of `python3 dev test`: says, above pytest's closing line, how much of
`shared/` the tests ran, and which stages had failed before.
"""

import io
import os
from typing import Any

import coverage
from coverage.exceptions import NoDataError

FAILED_BEFORE = "DARKROOM_DEV_FAILED_BEFORE"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """
    One line each, only where there is something to say.
    """
    if (measuring := coverage.Coverage.current()) is not None:
        terminalreporter.write_line(f"coverage of shared: {_total(measuring)}")
    if failed := os.environ.get(FAILED_BEFORE):
        terminalreporter.write_line(f"stages that failed before: {failed}", red=True)


def _total(measuring: coverage.Coverage) -> str:
    measuring.stop()
    try:
        return f"{measuring.report(file=io.StringIO()):.1f} % (`coverage report -m` for more)"
    except NoDataError:
        return "nothing was run"
