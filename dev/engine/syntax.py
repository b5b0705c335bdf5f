"""
The expression language: text to a tree, by recursive descent.

A text is an expression as a whole when it begins with `@`; `@{…}` puts one into a text; `@@`
stands for the sign itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dev.engine.errors import BadExpression

MAX_CHARS = 8192

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<text>'(?:[^']|'')*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>\?\[|\?\.|[()\[\],.]))"
)
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Literal:
    value: Any


@dataclass(frozen=True)
class Call:
    """
    `name` in lower case: functions are known by any case.
    """

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Access:
    """
    `target[key]`; a `safe` one gives null where the target is null or has no such key.
    """

    target: "Node"
    key: "Node"
    safe: bool


@dataclass(frozen=True)
class Joined:
    """
    A text with expressions in it.
    """

    parts: tuple["Node", ...]


Node = Literal | Call | Access | Joined


def parse(text: str) -> Node:
    """
    The tree of a definition's text.
    """
    if text.startswith("@@"):
        return Literal(text[1:])
    if text.startswith("@") and not text.startswith("@{"):
        reader = _Reader(text, 1)
        tree = reader.expression()
        reader.expect_end()
        return tree
    return _joined(text) if "@{" in text else Literal(text)


def calls(node: Node) -> Iterator[Call]:
    """
    Every call in a tree, outermost first.
    """
    match node:
        case Call(_, arguments):
            yield node
            for argument in arguments:
                yield from calls(argument)
        case Access(target, key, _):
            yield from calls(target)
            yield from calls(key)
        case Joined(parts):
            for part in parts:
                yield from calls(part)


def _joined(text: str) -> Node:
    parts: list[Node] = []
    at = 0
    while (start := text.find("@{", at)) >= 0:
        if text[start - 1 : start] == "@":
            # `@@{` is the sign and a brace.
            parts.append(Literal(text[at : start - 1] + "@{"))
            at = start + 2
            continue
        parts.append(Literal(text[at:start]))
        reader = _Reader(text, start + 2)
        parts.append(reader.expression())
        at = reader.closing_brace()
    return Joined((*parts, Literal(text[at:])))


class _Reader:
    def __init__(self, text: str, at: int) -> None:
        if len(text) > MAX_CHARS:
            raise BadExpression(f"An expression is longer than {MAX_CHARS} characters.")
        self.text, self.at = text, at

    def expression(self) -> Node:
        node = self._primary()
        while (sign := self._peek_sign()) in ("[", "?[", ".", "?."):
            self._take()
            node = Access(node, self._key(sign), sign.startswith("?"))
        return node

    def expect_end(self) -> None:
        if rest := self.text[self.at :].strip():
            raise BadExpression(f"Nothing may follow an expression, but there is `{rest[:20]}`.")

    def closing_brace(self) -> int:
        match = re.compile(r"\s*}").match(self.text, self.at)
        if match is None:
            raise BadExpression("`@{` is not closed.")
        return match.end()

    def _key(self, sign: str) -> Node:
        if sign.endswith("."):
            return Literal(self._take("name")["name"])
        key = self.expression()
        self._expect("]")
        return key

    def _primary(self) -> Node:
        token = self._take()
        if token["number"]:
            number = token["number"]
            return Literal(float(number) if "." in number else int(number))
        if token["text"]:
            return Literal(token["text"][1:-1].replace("''", "'"))
        if not token["name"]:
            raise BadExpression(f"`{token['sign']}` stands where a value should.")
        if self._peek_sign() == "(":
            return Call(token["name"].lower(), self._arguments())
        if token["name"].lower() not in _WORDS:
            raise BadExpression(f"`{token['name']}` is no value.")
        return Literal(_WORDS[token["name"].lower()])

    def _arguments(self) -> tuple[Node, ...]:
        self._expect("(")
        found: list[Node] = []
        if self._peek_sign() != ")":
            found.append(self.expression())
            while self._peek_sign() == ",":
                self._take()
                found.append(self.expression())
        self._expect(")")
        return tuple(found)

    def _peek_sign(self) -> str:
        match = _TOKEN.match(self.text, self.at)
        return (match["sign"] or "") if match else ""

    def _expect(self, sign: str) -> None:
        if self._take()["sign"] != sign:
            raise BadExpression(f"`{sign}` is missing.")

    def _take(self, kind: str | None = None) -> re.Match[str]:
        match = _TOKEN.match(self.text, self.at)
        if match is None or (kind and not match[kind]):
            raise BadExpression(f"Not to be read from here: `{self.text[self.at :][:20]}`.")
        self.at = match.end()
        return match
