"""
Rows of a batch as a spreadsheet has them: a header, then a line for each request.

A column is a variable of the template, by its name; or a field of the request, by its name behind
`request.`, so that no variable can be taken for one. An empty cell is one that was left out.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.body_faults import escaped
from shared.errors import Fault

PREFIX, METADATA = "request.", "request.metadata."
NUMBERS = ("n", "outputCompression", "partialImages")
FIELDS = (
    *("n", "size", "quality", "background", "outputFormat", "outputCompression", "moderation"),
    *("partialImages", "style", "model", "altText", "purpose", "costCenter", "requestedBy"),
    "reuse",
)
# Spreadsheets write what their country uses; whichever stands first in the header.
_SEPARATORS = re.compile(r"[,;\t]")
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
    text = text.removeprefix("\ufeff")
    found = _SEPARATORS.search(text.partition("\n")[0])
    separator = found[0] if found else ","
    # Not `splitlines`, which also ends a line at characters that a cell may hold.
    lines = csv.reader((f"{one}\n" for one in text.split("\n")), delimiter=separator, strict=True)
    try:
        header, *cells = [line for line in lines if any(line)] or [[]]
    except csv.Error:
        problem = "It is no CSV: quotes do not match, or a cell is too long."
        return Table(), [Fault("#/csv", problem)]
    columns = tuple(name.strip() for name in header)
    faults = [Fault("#/csv", problem) for problem in _header_problems(columns)]
    if not 1 <= len(cells) <= most:
        faults.append(Fault("#/csv", f"A header, and 1 to {most:,} lines behind it."))
    if faults:
        return Table(columns), faults
    rows = tuple(_row(columns, line) for line in cells)
    return Table(columns, rows), list(_width_faults(columns, cells))


def _header_problems(columns: tuple[str, ...]) -> Iterator[str]:
    for name in dict.fromkeys(columns):
        if not name:
            yield "A column of the header has no name."
        elif columns.count(name) > 1:
            yield f"The column {escaped(name)} is there twice."
        elif name.startswith(PREFIX) and not _field(name):
            known = ", ".join(FIELDS)
            yield f"{escaped(name)} is no field of a row; known: {known}, metadata.<name>."


def _field(name: str) -> bool:
    own = name.startswith(METADATA) and name != METADATA
    return own or name.removeprefix(PREFIX) in FIELDS


def _width_faults(columns: tuple[str, ...], cells: list[list[str]]) -> Iterator[Fault]:
    for row, line in enumerate(cells):
        if len(line) != len(columns):
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
