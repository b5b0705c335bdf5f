"""Rows of a batch as a spreadsheet has them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.batch_csv import FIELDS, METADATA, PREFIX, column_of, read

CELLS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00\ufeff"))


def details(text: str) -> list[str]:
    return [f"{fault.pointer} {fault.detail}" for fault in read(text, 3)[1]]


def test_a_table() -> None:
    """Columns are variables by their name, and fields of a request behind `request.`."""
    header = "product,count,request.size,request.n,request.reuse,request.metadata.sku"
    text = f"{header}\nwatch,3,1024x1024,2,allow,A-1\n"

    table, faults = read(text, 3)

    assert faults == []
    fields = {"size": "1024x1024", "n": 2, "reuse": "allow", "metadata": {"sku": "A-1"}}
    assert table.rows == (({"product": "watch", "count": "3"}, fields),)


def test_an_empty_cell_is_left_out() -> None:
    """What nobody filled in is not asked for; lines without any cell at the end are no rows."""
    table, faults = read("a,b,request.n\n,x,\n\n,,\n", 3)

    assert (table.rows, faults) == ((({"b": "x"}, {}),), [])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_as_spreadsheets_write_it(separator: str, start: str) -> None:
    """Whatever separator a country's spreadsheet writes, with its mark at the start or without."""
    text = separator.join(("a", "b")) + "\r\n" + separator.join(("1", '"x, ""y"";\nz"'))

    table, faults = read(start + text, 3)

    assert (table.rows, faults) == ((({"a": "1", "b": 'x, "y";\nz'}, {}),), [])


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('"a; b",c\n1,2', {"a; b": "1", "c": "2"}),
        ('"a ""x"", b";c\n1;2', {'a "x", b': "1", "c": "2"}),
        ('5" wide;b "c\n1;2', {'5" wide': "1", 'b "c': "2"}),
        ('"a\nb"\tc\n1\t2', {"a\nb": "1", "c": "2"}),
        ('\n\r\na;b\n"1,";2', {"a": "1,", "b": "2"}),
        ('a\n"1;2"', {"a": "1;2"}),
    ],
)
def test_where_the_separator_is_looked_for(text: str, row: dict[str, str]) -> None:
    """In the header, outside its names."""
    table, faults = read(text, 3)

    assert (table.rows, faults) == (((row, {}),), [])


@pytest.mark.parametrize(
    ("cell", "value"),
    [("3", 3), (" -3 ", -3), ("2.5", "2.5"), ("two", "two"), ("9" * 10, "9" * 10)],
)
def test_numbers(cell: str, value: object) -> None:
    """A cell of a number's field is a number, else the text that it is, for others to refuse."""
    table, _ = read(f"request.n\n{cell}", 3)

    assert table.rows == (({}, {"n": value}),)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "#/csv A header, and 1 to 3 lines behind it."),
        ("a,b\n", "#/csv A header, and 1 to 3 lines behind it."),
        ("a\n1\n2\n3\n4\n", "#/csv A header, and 1 to 3 lines behind it."),
        ("a\n1\n2\n3\n4\n" + '"x', "#/csv A header, and 1 to 3 lines behind it."),
        ("a\n1" + "\n" * 9 + "2", "#/csv A header, and 1 to 3 lines behind it."),
        ("a,b\n1,\n\n2,3\n,\n\n", "#/csv/1 The line is empty, and others come behind it."),
        ("a,b\n,\n2,3", "#/csv/0 The line is empty, and others come behind it."),
        (
            ",".join(f"c{k}" for k in range(116)) + "\n1",
            "#/csv At most 115 columns; these are 116.",
        ),
        ("a," * 30_000 + "a\n1", "#/csv At most 115 columns; these are 30,001."),
        ("a,a\n1,2\n", "#/csv The column a is there twice."),
        ("a,,b\n1,2,3\n", "#/csv A column of the header has no name."),
        ("a,b\n1,2\n1\n", "#/csv/1 1 cells, where the header has 2."),
        ("a,b\n1,2,3\n", "#/csv/0 3 cells, where the header has 2."),
        ('a,b\n"x"y,2\n', "#/csv It is no CSV: quotes do not match, or a cell is too long."),
        ('a,b\n"x,2\n', "#/csv It is no CSV: quotes do not match, or a cell is too long."),
    ],
)
def test_what_is_no_table(text: str, wrong: str) -> None:
    """What cannot be read as rows is said once, and where."""
    assert details(text) == [wrong]


@pytest.mark.parametrize(
    "name", ["request.prompt", "request.", "request.metadata.", "request.lane"]
)
def test_fields_that_a_row_has_not(name: str) -> None:
    """A column that would do nothing is refused, and the others are named."""
    [found] = details(f"{name}\n1\n")

    assert found.startswith(f"#/csv {name} is no field of a row; known: n, size")


def test_every_wrong_row_is_named() -> None:
    """All of them come in one answer."""
    assert [one.split()[0] for one in details("a,b\n1\n1,2\n3\n")] == ["#/csv/0", "#/csv/2"]


@pytest.mark.parametrize(
    ("pointer", "column"),
    [
        ("#/template/variables/product", "product"),
        ("#/template/variables", None),
        ("#/size", "request.size"),
        ("#/metadata/sku", "request.metadata.sku"),
        ("#/metadata", None),
        ("#/prompt", None),
    ],
)
def test_where_a_fault_is(pointer: str, column: str | None) -> None:
    """A fault of a row's request is one of the column that it came from."""
    assert column_of(pointer) == column


def test_columns_lead_back() -> None:
    """Every field has a column, which is that of its faults."""
    for name in FIELDS:
        assert column_of(f"#/{name}") == PREFIX + name
        assert not name.startswith(METADATA)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5))
def test_what_a_library_writes_is_read(rows: list[tuple[str, str]]) -> None:
    """Whatever texts a table has, written as CSV it is the same table again."""
    out = io.StringIO()
    csv.writer(out).writerows([("a", "b"), *rows])

    table, faults = read(out.getvalue(), 5)

    while rows and not any(rows[-1]):
        rows.pop()
    gaps = [f"#/csv/{k}" for k, row in enumerate(rows) if not any(row)]
    if rows:
        assert [fault.pointer for fault in faults] == gaps
        kept = [dict(zip("ab", row, strict=True)) for row in rows]
        wanted = [{name: text for name, text in row.items() if text} for row in kept]
        assert [variables for variables, _ in table.rows] == wanted
