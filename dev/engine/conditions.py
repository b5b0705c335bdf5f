"""
The condition of an `If`: operators as keys, values below them.
"""

from typing import Any

from dev.engine.errors import BadExpression
from dev.engine.evaluate import Frame, evaluated
from dev.engine.functions import FUNCTIONS

COMPARISONS = frozenset(
    {"contains", "endsWith", "equals", "greater", "greaterOrEquals"}
    | {"less", "lessOrEquals", "startsWith"}
)
GROUPS = frozenset({"and", "or", "not"})


def holds(condition: Any, frame: Frame) -> bool:
    """
    Whether it is true here; every part of it is looked at.
    """
    if isinstance(condition, str):
        return evaluated(condition, frame) is True
    [(operator, operands)] = condition.items()
    if operator == "not":
        return not holds(operands, frame)
    if operator in ("and", "or"):
        found = [holds(one, frame) for one in operands]
        return all(found) if operator == "and" else any(found)
    if operator not in COMPARISONS:
        raise BadExpression(f"The stand-in has no operator `{operator}`.")
    _, _, function = FUNCTIONS[operator.lower()]
    return bool(function(*evaluated(operands, frame)))
