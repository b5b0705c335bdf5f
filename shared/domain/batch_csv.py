"""
Rows of a batch as a spreadsheet has them: a header, then a line for each request.

A column is a variable of the template, by its name; or a field of the request, by its name behind
`request.`, so that no variable can be taken for one. An empty cell is one that was left out.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.body_faults import escaped
from shared.domain.submission import MAX_METADATA_ENTRIES, MAX_VARIABLES
from shared.errors import Fault

PREFIX, METADATA = "request.", "request.metadata."
NUMBERS = ("n", "outputCompression", "partialImages")
FIELDS = (
    *("n", "size", "quality", "background", "outputFormat", "outputCompression", "moderation"),
    *("partialImages", "style", "model", "altText", "purpose", "costCenter", "requestedBy"),
    "reuse",
)
# Whatever a request can say, each by itself.
MAX_COLUMNS = len(FIELDS) + MAX_VARIABLES + MAX_METADATA_ENTRIES
# Spreadsheets write what their country uses: whichever stands behind the header's first name, which
# may hold others where it is quoted.
_FIRST_NAME = re.compile(r'(?:"(?:[^"]|"")*")?[^,;\t\n]*')
# What is none stays a text, and is refused as that.
_INTEGER = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Table:
    """Each row as a template's variables, and as fields of a request."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Mapping[str, Any], Mapping[str, Any]], ...] = ()


def read(text: str, most: int) -> tuple[Table, list[Fault]]:
    """
    The table, of at most so many rows, and what is wrong with it.

    What its cells say is for whoever checks a request; a template takes its numbers as text.
    """
    text = text.removeprefix("\ufeff").lstrip("\r\n")
    # Not `splitlines`, which also ends a line at characters that a cell may hold.
    lines = (f"{one}\n" for one in text.split("\n"))
    try:
        found = _first(csv.reader(lines, delimiter=_separator(text), strict=True), most + 2)
    except csv.Error:
        problem = "It is no CSV: quotes do not match, or a cell is too long."
        return Table(), [Fault("#/csv", problem)]
    header, *cells = found or [[]]
    columns = tuple(name.strip() for name in header)
    faults = [Fault("#/csv", problem) for problem in _header_problems(columns)]
    if not 1 <= len(cells) <= most:
        faults.append(Fault("#/csv", f"A header, and 1 to {most:,} lines behind it."))
    if faults:
        return Table(columns), faults
    rows = tuple(_row(columns, line) for line in cells)
    return Table(columns, rows), list(_width_faults(columns, cells))


def _separator(text: str) -> str:
    name = _FIRST_NAME.match(text)
    behind = text[name.end() : name.end() + 1] if name else ""
    return behind if behind in (";", "\t") else ","


def _first(lines: Iterable[list[str]], most: int) -> list[list[str]]:
    """
    So many of them, but those without any cell only where others come behind: spreadsheets write
    rows that nobody has filled in at the end.
    """
    found: list[list[str]] = []
    empty = 0
    for line in lines:
        if not any(line):
            empty += 1
            continue
        found += [[]] * min(empty, most)
        found.append(line)
        empty = 0
        if len(found) >= most:
            break
    return found


def _header_problems(columns: tuple[str, ...]) -> Iterator[str]:
    if len(columns) > MAX_COLUMNS:
        yield f"At most {MAX_COLUMNS} columns; these are {len(columns):,}."
        return
    for name, times in Counter(columns).items():
        if not name:
            yield "A column of the header has no name."
        elif times > 1:
            yield f"The column {escaped(name)} is there twice."
        elif name.startswith(PREFIX) and not _field(name):
            known = ", ".join(FIELDS)
            yield f"{escaped(name)} is no field of a row; known: {known}, metadata.<name>."


def _field(name: str) -> bool:
    own = name.startswith(METADATA) and name != METADATA
    return own or name.removeprefix(PREFIX) in FIELDS


def _width_faults(columns: tuple[str, ...], cells: list[list[str]]) -> Iterator[Fault]:
    for row, line in enumerate(cells):
        if not line:
            yield Fault(f"#/csv/{row}", "The line is empty, and others come behind it.")
        elif len(line) != len(columns):
            yield Fault(f"#/csv/{row}", f"{len(line)} cells, where the header has {len(columns)}.")


def _row(columns: tuple[str, ...], line: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    variables: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for name, cell in zip(columns, line, strict=False):
        if cell == "":
            continue
        plain = name.removeprefix(PREFIX)
        if plain == name:
            variables[name] = cell
        elif name.startswith(METADATA):
            fields.setdefault("metadata", {})[name.removeprefix(METADATA)] = cell
        else:
            whole = plain in NUMBERS and _INTEGER.fullmatch(cell.strip())
            fields[plain] = int(cell) if whole else cell
    return variables, fields


def column_of(pointer: str) -> str | None:
    """The column that a fault of a row's request is about; None for none in particular."""
    parts = pointer.removeprefix("#/").split("/")
    if parts[:2] == ["template", "variables"]:
        return parts[2] if len(parts) > 2 else None
    if parts[0] == "metadata" and len(parts) > 1:
        return METADATA + parts[1]
    return PREFIX + parts[0] if parts[0] in FIELDS else None
