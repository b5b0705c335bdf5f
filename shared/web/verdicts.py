"""What holds for whoever decides, on one request or on a whole batch."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from shared.errors import Conflict, Forbidden
from shared.security.callers import Caller, Role

Given = TypeVar("Given")
Found = TypeVar("Found")


def each_by_itself(verdicts: Iterable[Given], decide: Callable[[Given], Found]) -> Found:
    """
    What the last one came to: what one settled, or whom nobody asked, refuses none of the rest.

    Raises:
        Conflict, Forbidden: none was taken.
    """
    found: list[Found] = []
    refusals: list[Conflict | Forbidden] = []
    for verdict in verdicts:
        try:
            found.append(decide(verdict))
        except (Conflict, Forbidden) as error:
            refusals.append(error)
    if found:
        return found[-1]
    raise next((one for one in refusals if isinstance(one, Conflict)), refusals[-1])


def insist_on_other_eyes(caller: Caller, owner: str, what: str) -> None:
    if barred(caller, owner):
        raise Forbidden(f"This caller submitted the {what}; deciding needs the role decideOwn.")


def barred(caller: Caller, owner: str) -> bool:
    """Nobody decides on what is their own, unless they are told that they may."""
    return caller.name == owner and Role.DECIDE_OWN not in caller.roles
