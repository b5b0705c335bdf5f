"""
`python3 dev bench`: each figure as a ratio against a named baseline of the same run.

A benchmark is a function that gives rows; adding one is adding it to `BENCHMARKS`.
"""

import argparse
import ast
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from dev.host_settings import Places, host_environment
from dev.keys import new_keys
from dev.places import DOT_DEV, ROOT, write_private

RUNS = 7
OURS = "import function_app"


@dataclass(frozen=True)
class Row:
    """
    One figure beside what it is measured against; the names are those of the JSON file.
    """

    name: str
    value: float
    unit: str
    baseline: str
    baselineValue: float
    ratio: float
    note: str


def cold_start() -> list[Row]:
    """
    What the app adds to the import of its packages: each instance pays it before its first
    request.
    """
    places = Places(7071, 8090, 8091, "UseDevelopmentStorage=true")
    env = host_environment(places, new_keys())
    ours_s, packages_s = alternating_medians_s((OURS, third_party_imports()), env, RUNS)
    return [
        Row(
            name="cold start: import function_app",
            value=round(ours_s * 1000, 1),
            unit="ms",
            baseline="its third-party imports alone",
            baselineValue=round(packages_s * 1000, 1),
            ratio=round(ours_s / packages_s, 3),
            note=f"fresh interpreters, median of {RUNS} alternating runs each",
        )
    ]


def third_party_imports() -> str:
    """
    A program of exactly those import statements in the app's modules that name a package of
    others: `import pydantic` alone would leave out what pydantic loads for the names we use.
    """
    files = [ROOT / "function_app.py", *sorted((ROOT / "shared").rglob("*.py"))]
    statements = {
        ast.unparse(node)
        for file in files
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Import | ast.ImportFrom) and _is_third_party(node)
    }
    return "\n".join(sorted(statements))


def _is_third_party(node: ast.Import | ast.ImportFrom) -> bool:
    name = node.names[0].name if isinstance(node, ast.Import) else str(node.module)
    top = name.partition(".")[0]
    return top != "shared" and top not in sys.stdlib_module_names


def alternating_medians_s(
    programs: Sequence[str], env: Mapping[str, str], runs: int
) -> list[float]:
    """
    Taking turns, so that a slow moment of the machine meets all of them alike. One round
    before counts for nothing: it fills the file caches.
    """
    times: list[list[float]] = [[] for _ in programs]
    for round_ in range(runs + 1):
        for program, seen in zip(programs, times, strict=True):
            elapsed_s = _run_s(program, env)
            if round_:
                seen.append(elapsed_s)
    return [statistics.median(seen) for seen in times]


def _run_s(program: str, env: Mapping[str, str]) -> float:
    # Packages come with bytecode from their installer: with the app's own written too (by the
    # round that does not count), imports are compared, not the compiler.
    env = {**env, "PYTHONPYCACHEPREFIX": str(DOT_DEV / "bytecode")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    started_s = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, check=True)
    return time.perf_counter() - started_s


BENCHMARKS: tuple[Callable[[], list[Row]], ...] = (cold_start,)


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
        except subprocess.CalledProcessError as error:
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
