"""The tree of errors is drawn where it is defined, and the drawing is true."""

import inspect

from shared import errors
from shared.errors import DarkroomError

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, DarkroomError)
]


def drawn() -> list[tuple[int, str]]:
    """Depth and name of each line of the drawing."""
    drawing = (errors.__doc__ or "").split("\n\n")[1]
    lines = drawing.splitlines()
    return [((len(line) - len(line.lstrip())) // 2, line.strip()) for line in lines]


def depth_first(root: type[DarkroomError], depth: int = 0) -> list[tuple[int, str]]:
    below = [
        line
        for child in CLASSES
        if child.__base__ is root
        for line in depth_first(child, depth + 1)
    ]
    return [(depth, root.__name__), *below]


def test_drawing_is_the_tree() -> None:
    """The drawing has every class, in the order and under the parent it has in the code."""
    assert drawn() == depth_first(DarkroomError)


def test_every_class_says_what_it_means() -> None:
    """Each class has one sentence, an HTTP status, a stable code, and whether to try again."""
    for error in CLASSES:
        assert (error.__doc__ or "").strip().endswith("."), error
        assert 400 <= error.status <= 599, error
        assert error.code.isidentifier(), error
        assert error.code == error.code.lower(), error
        assert isinstance(error.retry, bool), error


def test_branches_do_not_mix() -> None:
    """What a caller can mend is a 4xx, everything else a 5xx; who must mend it never retries."""
    for error in CLASSES:
        assert (error.status < 500) == issubclass(error, errors.CallerError), error
        assert not (error.retry and issubclass(error, errors.CallerError)), error
