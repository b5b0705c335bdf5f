"""
Cold start: importing the app against importing its packages alone.
"""

import ast
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from dev.benchmarks.row import Row
from dev.host_settings import Places, host_environment
from dev.keys import new_keys
from dev.places import DOT_DEV, ROOT

RUNS = 7
OURS = "import function_app"


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
