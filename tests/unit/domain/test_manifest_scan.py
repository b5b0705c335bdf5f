"""Whether a picture carries a C2PA manifest, told from its bytes as they pass by."""

import io
import struct
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import c2pa  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dev.simulator.provenance import Signatory
from shared.domain.manifest_scan import ManifestScan
from shared.domain.pictures import PNG_SIGNATURE

KINDS = ("png", "jpeg")
XT = b"JP\x00\x01" + struct.pack(">II4s", 1, 200, b"jumb") + struct.pack(">I4s", 30, b"jumd")


@cache
def drawn(kind: str, signed: bool) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((48, 32), 90).convert("RGB").save(out, kind.upper())
    return Signatory().sign(out.getvalue(), kind) if signed else out.getvalue()


def scan(*pieces: bytes) -> ManifestScan:
    found = ManifestScan()
    for piece in pieces:
        found.write(piece)
    return found


def has_manifest(picture: bytes) -> bool:
    """What the official reader says, which has all the bytes and looks into the manifest."""
    try:
        with c2pa.Reader("", io.BytesIO(picture)):
            return True
    except c2pa.C2paError.ManifestNotFound:
        return False


def pieces(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return (data[start:end] for start, end in pairwise(places))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + b"\0\0\0\0"


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("signed", [True, False])
def test_as_the_official_reader_says(kind: str, signed: bool) -> None:
    """A manifest is found where c2pa's own reader finds one, and nowhere else."""
    picture = drawn(kind, signed)

    found = scan(picture)

    assert (found.found, found.over) == (signed, True)
    assert has_manifest(picture) is signed


@given(st.sampled_from(KINDS), st.booleans(), st.lists(st.integers(0, 20_000), max_size=40))
def test_however_it_is_cut(kind: str, signed: bool, cuts: list[int]) -> None:
    """The same is found in any pieces, the manifest in many of them too."""
    assert scan(*pieces(drawn(kind, signed), cuts)).found is signed


@pytest.mark.parametrize("kind", KINDS)
def test_byte_by_byte(kind: str) -> None:
    """Nothing is found before the manifest has passed, and then for good."""
    picture = drawn(kind, True)
    found, told = ManifestScan(), []
    for byte in picture:
        found.write(bytes((byte,)))
        told.append(found.found)

    first = told.index(True)
    assert all(told[first:]) and first > picture.index(b"jumb") + 500


@given(st.sampled_from(KINDS), st.integers(0, 20_000))
def test_cut_short(kind: str, length: int) -> None:
    """A manifest that does not come whole is none; what follows it may be missing."""
    picture = drawn(kind, True)
    carrier = picture.index(b"caBX" if kind == "png" else b"\xff\xeb")
    if kind == "png":
        end = carrier + 8 + struct.unpack(">I", picture[carrier - 4 : carrier])[0]
    else:
        end = carrier + 2 + struct.unpack(">H", picture[carrier + 2 : carrier + 4])[0]

    cut = picture[: length % len(picture)]
    assert scan(cut).found is (len(cut) >= end)


@given(st.sampled_from(KINDS), st.integers(0, 20_000), st.integers(1, 255))
def test_a_changed_pixel_hides_nothing(kind: str, at: int, flip: int) -> None:
    """Behind the manifest any byte may be another: there still is one."""
    picture = bytearray(drawn(kind, True))
    start = picture.index(b"IDAT" if kind == "png" else b"\xff\xda")
    picture[start + at % (len(picture) - start)] ^= flip

    assert scan(bytes(picture)).found


@given(
    st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff\xeb", PNG_SIGNATURE, PNG_SIGNATURE[:5]]),
    st.binary(max_size=300),
    st.lists(st.integers(0, 300), max_size=9),
)
def test_any_bytes(start: bytes, data: bytes, cuts: list[int]) -> None:
    """No bytes raise, and what is found does not hang on how they were cut."""
    assert scan(*pieces(start + data, cuts)).found is scan(start + data).found


@given(st.lists(st.tuples(st.sampled_from([b"caBX", b"IDAT", b"IEND"]), st.binary(max_size=9))))
def test_any_chunks(chunks: list[tuple[bytes, bytes]]) -> None:
    """In a PNG it is a `caBX` chunk with something in it, before the end."""
    before_end: list[tuple[bytes, bytes]] = []
    for one in chunks:
        if one[0] == b"IEND":
            break
        before_end.append(one)
    expected = any(kind == b"caBX" and data for kind, data in before_end)

    assert scan(PNG_SIGNATURE + b"".join(chunk(*one) for one in chunks)).found is expected


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (segment(0xEB, XT + b"c2pa" + b"x" * 12), True),
        (b"\xff" * 9 + segment(0xEB, XT + b"c2pa" + b"x"), True),
        (segment(0xE0, b"JFIF") + b"\xff\xd0\xff\x01" + segment(0xEB, XT + b"c2pax"), True),
        (segment(0xE1, b"") + segment(0xEB, XT + b"c2pax"), True),
        (segment(0xEB, XT + b"c2pa"), False),
        (segment(0xEB, XT + b"json" + b"x" * 12), False),
        (segment(0xEB, XT[:-2] + b"c2pa" + b"x" * 12), False),
        (segment(0xEB, b"c2pa"), False),
        (segment(0xEC, XT + b"c2pa" + b"x" * 12), False),
        (segment(0xDA, b"x") + segment(0xEB, XT + b"c2pa" + b"x" * 12), False),
        (b"\xff\xd9" + segment(0xEB, XT + b"c2pa" + b"x" * 12), False),
        (b"\xff\xe0\x00\x01" + segment(0xEB, XT + b"c2pa" + b"x" * 12), False),
        (b"x" + segment(0xEB, XT + b"c2pa" + b"x" * 12), False),
        (b"\xff\xd9\x00\x02" + segment(0xEB, XT + b"c2pa" + b"x" * 12), False),
    ],
)
def test_segments(body: bytes, found: bool) -> None:
    """In a JPEG it is an APP11 segment whose box is a manifest store, before the pixels."""
    assert len(XT) == 24
    assert scan(b"\xff\xd8" + body + b"\xff\xd9").found is found


def test_a_length_that_lies() -> None:
    """Two gigabytes are waited for, and not made room for."""
    endless = PNG_SIGNATURE + struct.pack(">I4s", 0x7FFFFFFF, b"caBX")
    found = scan(endless, *[b"x" * 65_536] * 64)

    assert not found.found and not found.over
    assert len(found._held) == 0
