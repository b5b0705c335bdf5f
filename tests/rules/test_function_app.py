"""`function_app.py` is a list of triggers: decorator, signature, one or two lines."""

import ast

from tests.rules.sources import FunctionNode, at, sources

MAX_STATEMENTS = 3
BRANCHES = (ast.If, ast.IfExp, ast.Try, ast.TryStar, ast.While, ast.Match)


def body(function: FunctionNode) -> list[ast.stmt]:
    return function.body[1:] if ast.get_docstring(function) else function.body


def test_functions_only_hand_on() -> None:
    """No function of the list has more than three statements, or decides anything."""
    wrong = [
        f"{at(source, function)} {function.name}"
        for source in sources("function_app.py")
        for function in source.functions()
        if len(body(function)) > MAX_STATEMENTS
        or any(isinstance(node, BRANCHES) for node in ast.walk(function))
    ]

    assert wrong == []
