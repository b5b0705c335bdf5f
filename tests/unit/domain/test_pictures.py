"""Format and size from the first bytes of real pictures, and of anything else."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shared.domain.pictures import PNG_SIGNATURE, Picture, content_type_of, read_header
from tests.unit.histories import JPEG


def made(kind: str, size: tuple[int, int], **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (10, 200, 30)).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "picture"),
    [
        (made("PNG", (7, 5)), Picture("image/png", 7, 5)),
        (JPEG, Picture("image/jpeg", 640, 480)),
        (made("JPEG", (33, 65), progressive=True), Picture("image/jpeg", 33, 65)),
    ],
)
def test_real_pictures(data: bytes, picture: Picture) -> None:
    """Width and height are what was drawn."""
    assert read_header(data) == picture


@pytest.mark.parametrize("data", [made("PNG", (7, 5)), JPEG])
def test_every_prefix(data: bytes) -> None:
    """A prefix tells nothing or the truth, and from some length on always the truth."""
    found = [read_header(data[:length]) for length in range(len(data) + 1)]
    first = next(k for k, one in enumerate(found) if one)

    assert found[:first] == [None] * first
    assert set(found[first:]) == {read_header(data)}


def test_fill_bytes_before_a_marker() -> None:
    """A JPEG may have any number of FF bytes before a marker."""
    assert read_header(JPEG[:2] + b"\xff" * 5 + JPEG[2:]) == Picture("image/jpeg", 640, 480)


@pytest.mark.parametrize("data", [b"GIF89a", PNG_SIGNATURE + b"x" * 40, b"\xff\xd8\xffx"])
def test_no_picture(data: bytes) -> None:
    """Other formats, and signatures without what has to follow, have no header."""
    assert read_header(data) is None


@given(st.binary(max_size=64), st.sampled_from([b"", PNG_SIGNATURE, b"\xff\xd8\xff"]))
def test_any_bytes_as_a_picture(data: bytes, start: bytes) -> None:
    """No bytes raise; what is read has the type its signature says."""
    found = read_header(start + data)

    assert found is None or found.content_type == content_type_of(start + data)
