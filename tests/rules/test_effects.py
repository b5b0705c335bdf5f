"""Where the product may catch everything, look at a clock, or read the environment."""

import ast
import re
from collections.abc import Iterator

from tests.rules.sources import Source, at, product, sources

# The guard of the steps (one of the two) and the boundary of HTTP.
CATCH_ALL = ("shared/chain/advance.py", "shared/chain/runner.py", "shared/web/boundary.py")
CATCH_ALL_COUNT = 2

CLOCKS = {
    *("time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter"),
    *("time.sleep", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv", "os.putenv"}

FOREIGN = {"httpcore.NetworkBackend", "httpcore.NetworkStream", "httpx.BaseTransport"}

# Where a thread is held on purpose.
HOLDING = ("cells", "held_answers", "pacing", "subscriptions")
BARE_TIME = re.compile(r"(?:^|_)(?:timeout|delay|expiry)$")


def dotted(node: ast.AST) -> str:
    """`a.b` for the last two names of an attribute, so that `datetime.datetime.now` is found."""
    if not isinstance(node, ast.Attribute):
        return ""
    owner = node.value
    name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
    return f"{name}.{node.attr}"


def uses(source: Source, names: set[str]) -> Iterator[str]:
    """Places that mention one of `names` as an attribute or import it by name."""
    for node in ast.walk(source.tree):
        if dotted(node) in names:
            yield at(source, node)
        if isinstance(node, ast.ImportFrom):
            yield from (at(source, node) for a in node.names if f"{node.module}.{a.name}" in names)


def catches_all(handler: ast.AST) -> bool:
    if not isinstance(handler, ast.ExceptHandler):
        return False
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {kind.id for kind in kinds if isinstance(kind, ast.Name)}
    return handler.type is None or bool(names & {"Exception", "BaseException"})


def foreign_interface(node: ast.AST) -> bool:
    """A class like `class Pinned(httpcore.NetworkBackend)`: its parameters are named by others."""
    return isinstance(node, ast.ClassDef) and any(dotted(b) in FOREIGN for b in node.bases)


def timed_names(tree: ast.Module) -> Iterator[tuple[ast.AST, str, ast.expr | None]]:
    foreign = {
        id(inner) for node in ast.walk(tree) if foreign_interface(node) for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in foreign:
            continue
        if isinstance(node, ast.arg):
            yield node, node.arg, node.annotation
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node, node.target.id, node.annotation


def test_except_exception_in_two_files() -> None:
    """Everything is caught in two places: around the steps and at the boundary of HTTP."""
    found = {
        source.path: at(source, node)
        for source in product()
        for node in ast.walk(source.tree)
        if catches_all(node)
    }

    assert {path: place for path, place in found.items() if path not in CATCH_ALL} == {}
    assert len(found) <= CATCH_ALL_COUNT


def test_clocks_are_in_adapters() -> None:
    """Time is passed in: only adapters ask a clock, and only they wait."""
    found = [place for source in product() for place in uses(source, CLOCKS)]

    assert [place for place in found if not place.startswith("shared/adapters/")] == []


def test_threads_are_held_in_few_places() -> None:
    """Only these hold a thread: until a turn, between tries, for who asked, for new sinks."""
    found = {
        source.path
        for source in product()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and dotted(node.func) == "clock.wait"
    }

    assert found == {f"shared/chain/{name}.py" for name in HOLDING}


def test_environment_is_read_once() -> None:
    """The environment is read in `function_app.py` and handed on."""
    found = [place for source in product() for place in uses(source, ENVIRONMENT)]

    assert [place for place in found if not place.startswith("function_app.py:")] == []


def test_units_stand_in_names() -> None:
    """A name for a time limit ends in its unit, unless its type is a `timedelta`."""
    found = [
        f"{at(source, node)} {name}"
        for source in sources("shared")
        for node, name, annotation in timed_names(source.tree)
        if BARE_TIME.search(name)
        and not (annotation is not None and "timedelta" in ast.unparse(annotation))
    ]

    assert found == []
