"""What an input image may be, and what its bytes tell."""

import hashlib
import io

import pytest
from PIL import Image

from shared.domain import facts
from shared.domain.inputs import (
    MAX_IMAGE_BYTES,
    MAX_MASK_BYTES,
    NO_MASK,
    NO_PICTURE,
    OTHER_SIZE,
    TOO_LARGE,
    InputImage,
    InputRef,
    Role,
    completed,
    mask_problem,
    metered,
)
from shared.domain.next_step import next_step
from shared.domain.pictures import has_alpha
from shared.domain.step import FetchInputs, Intend
from shared.errors import IllegalMove
from tests.fakes import small_png
from tests.unit.histories import (
    ACCEPTED,
    EDIT,
    FETCHED,
    INPUT,
    JPEG,
    LINKED,
    intended,
    not_sent,
    raised,
    request_of,
    resolved,
    seconds,
)


def drawn(mode: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, (7, 5)).save(out, "PNG", **options)
    return out.getvalue()


def ref(index: int, role: Role, width: int | None, height: int | None) -> InputRef:
    known = {"sha256": "a" * 64} if width else {}
    return InputRef(index=index, role=role, source="url", width=width, height=height, **known)


@pytest.mark.parametrize(
    ("data", "alpha"),
    [
        (drawn("RGBA"), True),
        (drawn("LA"), True),
        (drawn("RGB"), False),
        (drawn("RGB", transparency=(0, 0, 0)), True),
        (drawn("P", transparency=0), True),
        (drawn("P"), False),
        (JPEG, False),
        (drawn("RGBA")[:25], False),
        (b"", False),
    ],
)
def test_transparency(data: bytes, alpha: bool) -> None:
    """By the colour type, or by a chunk before the pixels."""
    assert has_alpha(data) is alpha


@pytest.mark.parametrize(
    ("role", "data", "problem"),
    [
        ("image", JPEG, None),
        ("image", small_png(1), None),
        ("mask", small_png(1, alpha=True), None),
        ("mask", small_png(1), NO_MASK),
        ("mask", JPEG, NO_MASK),
        ("image", b"GIF89a" + bytes(50), NO_PICTURE),
        ("image", small_png(1)[:20], NO_PICTURE),
        ("image", small_png(1)[:16] + bytes(60), NO_PICTURE),
        ("image", b"", NO_PICTURE),
        ("image", small_png(1).ljust(MAX_IMAGE_BYTES, b"\0"), None),
        ("image", small_png(1).ljust(MAX_IMAGE_BYTES + 1, b"\0"), TOO_LARGE),
        ("mask", small_png(1, alpha=True).ljust(MAX_MASK_BYTES, b"\0"), None),
        ("mask", small_png(1, alpha=True).ljust(MAX_MASK_BYTES + 1, b"\0"), TOO_LARGE),
    ],
)
def test_what_an_input_may_be(role: Role, data: bytes, problem: str | None) -> None:
    """PNG or JPEG of some size, below 50 MiB; a mask has transparency and is below 4 MiB."""
    assert metered(role, [data]).problem == problem


def test_what_is_known_of_it() -> None:
    """Digest, count and size are those of the bytes, in whatever pieces they came."""
    pieces = [JPEG[start : start + 7] for start in range(0, len(JPEG), 7)]

    assert metered("image", pieces).image(3) == InputImage(
        index=3,
        sha256=hashlib.sha256(JPEG).hexdigest(),
        bytes=len(JPEG),
        width=640,
        height=480,
        content_type="image/jpeg",
    )


def test_too_many_bytes_are_not_read() -> None:
    """Reading ends with the piece that is too much."""
    pieces = iter([bytes(MAX_MASK_BYTES), b"x", b"unread"])

    assert metered("mask", pieces).too_large
    assert list(pieces) == [b"unread"]


@pytest.mark.parametrize(
    ("image", "mask", "problem"),
    [
        ((7, 5), (7, 5), None),
        ((7, 5), (5, 7), OTHER_SIZE),
        ((None, None), (5, 7), None),
        ((7, 5), (None, None), None),
    ],
)
def test_a_mask_fits_the_first_image(
    image: tuple[int, int], mask: tuple[int, int], problem: str | None
) -> None:
    """In pixels, as far as both are known; further images do not count."""
    inputs = [ref(0, "image", *image), ref(1, "image", 1, 1), ref(2, "mask", *mask)]

    assert mask_problem(inputs) == problem
    assert mask_problem(inputs[:2]) is None


def test_fetched_inputs_complete_the_others() -> None:
    """What came with the body stays; what was fetched takes its place."""
    here = ref(1, "mask", 7, 5)

    first, second = completed([LINKED, here], [INPUT])

    assert (first.sha256, first.source, first.role) == (INPUT.sha256, "url", "image")
    assert second == here


@pytest.mark.parametrize("inputs", [(), (ref(0, "image", 1, 1),), (LINKED, ref(1, "mask", 0, 0))])
def test_other_inputs_than_those_missing(inputs: tuple[InputRef, ...]) -> None:
    """Nothing replaces what is there, and none is left out."""
    with pytest.raises(IllegalMove):
        completed(inputs, [INPUT])


def test_inputs_before_anything() -> None:
    """While an input is missing nothing is bought, also after an operator's answer."""
    asked = (EDIT, raised("internal"), resolved(2, "generation"))
    for history in ((EDIT,), asked):
        assert next_step(request_of(*history), seconds(9)) == FetchInputs()
        assert next_step(request_of(*history, FETCHED), seconds(9)) == Intend(1)
    assert next_step(request_of(ACCEPTED), seconds(9)) == Intend(1)


def test_inputs_are_fetched_once() -> None:
    """A second worker's bytes change nothing."""
    with pytest.raises(IllegalMove):
        request_of(EDIT, FETCHED, FETCHED)
    with pytest.raises(IllegalMove):
        request_of(EDIT, FETCHED, intended(), not_sent(), FETCHED)


def test_an_input_that_cannot_be_had() -> None:
    """It ends the request with its code."""
    request = request_of(EDIT, facts.Failed(code="input_unavailable"))

    assert (request.state, request.error) == ("failed", "input_unavailable")
