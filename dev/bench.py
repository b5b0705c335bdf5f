"""
`python3 dev bench`: each figure as a ratio against a named baseline of the same run.

A benchmark is a function that gives rows, in a module of `dev/benchmarks/`; adding one is
adding it to `BENCHMARKS`.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from dev.benchmarks.cold_start import cold_start
from dev.benchmarks.memory import memory
from dev.benchmarks.row import Failed, Row
from dev.places import DOT_DEV, write_private

BENCHMARKS: tuple[Callable[[], list[Row]], ...] = (cold_start, memory)


def run(options: argparse.Namespace) -> int:
    """
    1 when a benchmark could not run; the others are shown all the same.
    """
    rows: list[Row] = []
    failed = False
    for benchmark in BENCHMARKS:
        print(f"{benchmark.__name__} …", file=sys.stderr, flush=True)
        try:
            rows += benchmark()
        except (Failed, subprocess.CalledProcessError) as error:
            failed = True
            print(f"{benchmark.__name__} failed: {error}", file=sys.stderr)
    write_rows(rows, DOT_DEV / "bench.json")
    _print_table(rows)
    return 1 if failed else 0


def write_rows(rows: Sequence[Row], file: Path) -> None:
    write_private(file, json.dumps([asdict(row) for row in rows], indent=2) + "\n")


def _print_table(rows: Sequence[Row]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("benchmark", "value", "baseline", "its value", "ratio", "note")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.value:g} {row.unit}",
            row.baseline,
            f"{row.baselineValue:g} {row.unit}",
            f"{row.ratio:g}",
            row.note,
        )
    Console().print(table)
