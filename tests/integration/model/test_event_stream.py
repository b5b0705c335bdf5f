"""
Events out of lines, however they are ended and cut.
"""

from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.event_stream import HEAD_BYTES, EventStream
from tests.integration.model.streams import cut

END = st.sampled_from(["\n", "\r\n", "\r"])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)


def events(body: bytes, *sizes_bytes: int) -> list[tuple[str, bytes]]:
    stream = EventStream(cut(body, *(sizes_bytes or (3,))))
    found = []
    for data in stream:
        text = b"".join(data)
        found.append((stream.name, text.strip()))
    return found


@st.composite
def written(draw: st.DrawFn) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Events as some sender writes them, and what they are."""
    end, body, expected = draw(END), draw(st.sampled_from(["", "\ufeff"])), []
    for _ in range(draw(st.integers(0, 4))):
        name, lines = draw(st.sampled_from(["", "a", "b.c"])), draw(st.lists(TEXT, min_size=1))
        space = draw(st.sampled_from(["", " "]))
        head = [f"event:{space}{name}"] if name else []
        data = [f"data:{space}{line}" for line in lines]
        noise = draw(st.lists(st.sampled_from([": ping", "id: 7", "retry:1", "x", "dat", ":"])))
        order = [*head, *data] if draw(st.booleans()) else [*data, *head]
        body += end.join([*noise, *order, "", ""])
        expected.append((name, "\n".join(space + line for line in lines).encode().strip()))
    return body.encode(), expected


@given(written(), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_any_writing_and_any_chunking(
    case: tuple[bytes, list[tuple[str, bytes]]], sizes_bytes: list[int]
) -> None:
    """Line ends, spaces, comments, other fields and cuts change nothing of name and data."""
    body, expected = case
    assert events(body, *sizes_bytes) == expected


def test_the_last_event_needs_no_blank_line() -> None:
    """What was sent counts, with or without its end."""
    for end in (b"", b"\n", b"\r", b"\n\n"):
        assert events(b"event: x\ndata: 1" + end) == [("x", b"1")]


def test_a_name_without_data_is_no_event() -> None:
    """It does not become the next one's name either."""
    assert events(b"event: ping\n\ndata: 1\n\n: hello\n\nevent: y\n\n") == [("", b"1")]


def test_an_endless_comment_is_passed_over() -> None:
    """However long a line is that nobody needs, its beginning is all that is kept."""
    body = b":" + b"x" * (100 * HEAD_BYTES) + b"\ndata:1\n\n"
    assert events(body, 64) == [("", b"1")]


def test_unread_names_come_after_data_too() -> None:
    """A name that follows its data is known when the data is at its end."""
    assert events(b"data: 1\nevent: late\n\ndata: 2\n\n") == [("late", b"1"), ("", b"2")]
