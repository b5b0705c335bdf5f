"""
Patterns of a policy: a part of Python's regular expressions of which the work can be counted.

Python's own engine can take forever over a short pattern, and cannot be stopped. So a pattern is
read here first: what repeats without end, looks around or refers back is refused, and so is what
could take more than so many steps from one place of a text. Nothing else is left to hope.
"""

import re
from dataclasses import dataclass

MAX_CHARS = 200
# Steps from one place of a text at the very most; a prompt has 32,000 places.
MAX_STEPS = 500
MAX_REPEATS = 100
# Of letters and classes; what looks for no character is cheap and fixed.
_CLASSES, _PLACES = frozenset("wWdDsS"), frozenset("bB")
_REPEAT = re.compile(r"\{(\d{1,4})(?:,(\d{1,4}))?\}|\?")


class PatternRefused(ValueError):
    """The text says why."""


@dataclass(frozen=True, slots=True)
class Work:
    """`ways`: in how many ways it can match at one place; `steps`: what trying them all takes."""

    ways: int
    steps: int


_ONE = Work(1, 1)


def compiled(text: str) -> re.Pattern[str]:
    """
    Raises:
        PatternRefused: it is no pattern, or one whose work cannot be bounded.
    """
    if len(text) > MAX_CHARS:
        raise PatternRefused(f"at most {MAX_CHARS} characters")
    if (steps := steps_of(text)) > MAX_STEPS:
        raise PatternRefused(f"it may take {steps:,} steps at each place; at most {MAX_STEPS}")
    try:
        found = re.compile(text, re.IGNORECASE)
    except re.error:
        raise PatternRefused("it is no regular expression") from None
    if any(hit and not hit[0] for hit in map(found.search, ("", "a b"))):
        raise PatternRefused("it matches where there is nothing")
    return found


def steps_of(text: str) -> int:
    """At one place of a text, at the very most."""
    return _Reader(text).read().steps


class _Reader:
    """Reads a pattern from left to right, and counts."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def read(self) -> Work:
        found = self._choice()
        if self._at < len(self._text):
            raise PatternRefused("a bracket is closed that was never opened")
        return found

    def _choice(self) -> Work:
        """`a|b`: the ways of all, and the work of trying each."""
        found = [self._row()]
        while self._take("|"):
            found.append(self._row())
        return Work(_bounded(sum(o.ways for o in found)), _bounded(sum(o.steps for o in found)))

    def _row(self) -> Work:
        """`ab`: what comes later is tried again for each way of what came before."""
        ways, steps = 1, 1
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            one = self._repeated(self._atom())
            steps = _bounded(steps + ways * one.steps)
            ways = _bounded(ways * one.ways)
        return Work(ways, steps)

    def _repeated(self, one: Work) -> Work:
        least, most = self._times()
        ways, steps, row = (1, 1, 1) if least == 0 else (0, 0, 1)
        for count in range(1, most + 1):
            steps = _bounded(steps + row * one.steps)
            row = _bounded(row * one.ways)
            ways = _bounded(ways + row) if count >= least else ways
        return Work(ways, steps)

    def _times(self) -> tuple[int, int]:
        if self._text[self._at : self._at + 1] in ("*", "+"):
            raise PatternRefused("* and + have no end; say how often, as in {1,20}")
        found = _REPEAT.match(self._text, self._at)
        if found is None and self._text.startswith("{", self._at):
            raise PatternRefused("say how often, as in {1,20}; a brace is written \\{")
        if found is None:
            return 1, 1
        self._at = found.end()
        if self._text[self._at : self._at + 1] in ("?", "+", "*", "{"):
            raise PatternRefused("one repeat after another")
        if found[0] == "?":
            return 0, 1
        least, most = int(found[1]), int(found[2] or found[1])
        if not least <= most <= MAX_REPEATS:
            raise PatternRefused(f"repeats from the lower to the higher, at most {MAX_REPEATS}")
        return least, most

    def _atom(self) -> Work:
        one = self._text[self._at]
        if one in "*+?{":
            raise PatternRefused("a repeat of nothing")
        self._at += 1
        if one == "(":
            return self._group()
        if one == "[":
            return self._class()
        if one == "\\":
            return self._escape()
        return _ONE

    def _group(self) -> Work:
        if self._take("?") and not self._take(":"):
            raise PatternRefused("of (?…) only (?:…) is taken")
        found = self._choice()
        if not self._take(")"):
            raise PatternRefused("a bracket is not closed")
        return found

    def _class(self) -> Work:
        self._take("^")
        self._take("]")
        while not self._take("]"):
            if self._at >= len(self._text):
                raise PatternRefused("a bracket is not closed")
            if self._take("\\"):
                self._escape()
            else:
                self._at += 1
        return _ONE

    def _escape(self) -> Work:
        one = self._text[self._at : self._at + 1]
        self._at += 1
        if not one or (one.isalnum() and one not in _CLASSES | _PLACES):
            raise PatternRefused(r"of letters and digits only \w \d \s \b and their opposites")
        return _ONE

    def _take(self, one: str) -> bool:
        taken = self._text.startswith(one, self._at)
        self._at += len(one) if taken else 0
        return taken


def _bounded(number: int) -> int:
    """Numbers beyond any limit need not be exact."""
    return min(number, 10**9)
