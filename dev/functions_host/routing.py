"""Route templates and their order: by function name, first match wins, no ranking."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from .constraints import constraint

# `*name`, then `:constraint` any number of times, then `?` or `=default`.
_PARAM = re.compile(r"(\*{0,2})(\w+)((?::\w+(?:\(.*?\))?)*)(\?|=.*)?")
_ONE_CONSTRAINT = re.compile(r":(\w+(?:\(.*?\)(?=:|$))?)")
_ENCODED_SLASH = re.compile("%2f", re.IGNORECASE)


@dataclass(frozen=True)
class Param:
    """One `{name:constraint=default?}` of a template."""

    name: str
    checks: tuple[Callable[[str], bool], ...] = ()
    default: str | None = None
    optional: bool = False
    catch_all: bool = False


@dataclass(frozen=True)
class Route:
    """A compiled template; groups of the pattern follow the order of the parameters."""

    pattern: re.Pattern[str]
    params: tuple[Param, ...]

    def match(self, path: str) -> dict[str, str] | None:
        """Route values, or None; an absent optional parameter is left out."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        values: dict[str, str] = {}
        for param, given in zip(self.params, found.groups(), strict=True):
            value = given or param.default
            if value and not all(check(value) for check in param.checks):
                return None
            if value:
                values[param.name] = value
        return values


def decode_path(raw_path: str) -> str:
    """Percent-decoding as the web server does it: an encoded slash stays encoded."""
    path = unquote(_ENCODED_SLASH.sub(lambda m: "%25" + m.group()[1:], raw_path))
    return _without_dots(path)


def _without_dots(path: str) -> str:
    """The web server folds `.` and `..` away before routing."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[max(1, len(kept) - 1) :]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept) if len(kept) > 1 else "/"


def compile_route(prefix: str, route: str) -> Route:
    """Compile `prefix/route`; ValueError when the template is malformed."""
    params: list[Param] = []
    template = "/".join(part for part in (prefix, route.strip("/")) if part)
    pattern = "".join(_segment(text, params) for text in _split(template))
    names = [param.name.lower() for param in params]
    if len(set(names)) < len(names):
        raise ValueError("a parameter occurs twice")
    # One trailing slash is ignored by the matcher.
    return Route(re.compile(f"{pattern}/?", re.IGNORECASE | re.DOTALL), tuple(params))


def _split(template: str) -> Iterator[str]:
    """Split at slashes outside braces: a regex constraint may hold one."""
    depth, start = 0, 0
    for position, char in enumerate(template):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if depth not in (0, 1, 2, 3):
            raise ValueError("braces do not match")
        if char == "/" and depth == 0:
            yield template[start:position]
            start = position + 1
    if depth:
        raise ValueError("braces do not match")
    if template:
        yield template[start:]


def _segment(text: str, params: list[Param]) -> str:
    if not text:
        raise ValueError("empty segment")
    pattern, position, found = "", 0, []
    for start, end in _brace_spans(text):
        pattern += re.escape(text[position:start])
        found.append(_param(text[start + 1 : end]))
        pattern += "(.*)" if found[-1].catch_all else "([^/]+?)"
        position = end + 1
    params.extend(found)
    pattern += re.escape(text[position:])
    alone = len(found) == 1 and text.startswith("{") and text.endswith("}")
    if any(p.catch_all or p.optional or p.default for p in found):
        if not alone:
            raise ValueError("an optional parameter must fill its segment")
        return f"(?:/{pattern})?"
    return f"/{pattern}"


def _brace_spans(text: str) -> Iterator[tuple[int, int]]:
    depth, start = 0, 0
    for position, char in enumerate(text):
        if char == "{":
            start = position if depth == 0 else start
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                yield start, position


def _param(text: str) -> Param:
    found = _PARAM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a parameter")
    stars, name, constraints, ending = found.groups()
    return Param(
        name=name,
        checks=tuple(map(constraint, _ONE_CONSTRAINT.findall(constraints))),
        default=ending[1:] if ending and ending.startswith("=") else None,
        optional=ending == "?",
        catch_all=bool(stars),
    )
