"""Small pieces, and module names that say what is inside."""

from pathlib import PurePath

from tests.rules.sources import ROOT, FunctionNode, at, sources, tracked

MAX_FUNCTION_LINES = 40
SHORT_FUNCTION_LINES = 10
SHORT_SHARE = 2 / 3
MAX_MODULE_LINES = 250
# Lists that grow with what they list: every trigger, and every error. Cutting one in two would
# hide what is in it.
MAX_LIST_LINES = 400
LISTS = frozenset({"function_app.py", "shared/errors.py"})
FORBIDDEN = frozenset({"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"})

SOURCES = sources("shared", "function_app.py", "dev")


def lines(function: FunctionNode) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_long_function() -> None:
    """No function is longer than 40 lines."""
    long = [
        f"{at(source, function)} {function.name}: {lines(function)}"
        for source in SOURCES
        for function in source.functions()
        if lines(function) > MAX_FUNCTION_LINES
    ]

    assert long == []


def test_most_functions_are_short() -> None:
    """Two of three functions have ten lines or fewer."""
    sizes = [lines(function) for source in SOURCES for function in source.functions()]
    short = [size for size in sizes if size <= SHORT_FUNCTION_LINES]

    assert len(short) >= SHORT_SHARE * len(sizes)


def test_no_long_module() -> None:
    """No module is longer than 250 lines, no list longer than 400."""
    counts = {source.path: len(source.text.splitlines()) for source in SOURCES}
    limits = dict.fromkeys(LISTS, MAX_LIST_LINES)

    long = {path: n for path, n in counts.items() if n > limits.get(path, MAX_MODULE_LINES)}

    assert long == {}


def test_no_long_file_of_a_page() -> None:
    """Nor is a script or a style of the pages; libraries that are shipped are not ours."""
    ours = [name for name in tracked() if name.startswith("shared/web/") and "vendor" not in name]
    counts = {
        name: len((ROOT / name).read_text(encoding="utf-8").splitlines())
        for name in ours
        if name.endswith((".js", ".css", ".html"))
    }

    assert {name: n for name, n in counts.items() if n > MAX_MODULE_LINES} == {}


def test_no_module_is_a_drawer() -> None:
    """No module or folder has a name that fits anything."""
    wrong = [
        source.path
        for source in SOURCES
        if FORBIDDEN & {part.removesuffix(".py").strip("_") for part in PurePath(source.path).parts}
    ]

    assert wrong == []
