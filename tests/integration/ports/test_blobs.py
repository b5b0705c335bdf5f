"""
The contract of `Blobs` and `BlobWriter`.
"""

from contextlib import nullcontext

import pytest

from shared.chain.ports import Stored
from shared.errors import AlreadyThere, Changed, Missing
from tests.integration.ports.conftest import Ports

PIECE_BYTES = 4 * 1024 * 1024


def read(ports: Ports, name: str) -> Stored:
    stored = ports.blobs.read(ports.container, name)
    assert stored is not None
    return stored


def test_what_is_not_there_reads_as_none(ports: Ports) -> None:
    """No blob is no error."""
    assert ports.blobs.read(ports.container, "a.json") is None


def test_put_returns_the_etag_that_is_read(ports: Ports) -> None:
    """Bytes come back as they went, under the ETag the put named."""
    etag = ports.blobs.put(ports.container, "a.json", b"{}")
    assert read(ports, "a.json") == Stored(b"{}", etag, {})


def test_a_blob_may_be_empty(ports: Ports) -> None:
    """Nothing is a content too."""
    ports.blobs.put(ports.container, "a", b"")
    assert read(ports, "a").data == b""


def test_put_replaces_and_changes_the_etag(ports: Ports) -> None:
    """Without a condition the last one wins."""
    first = ports.blobs.put(ports.container, "a.json", b"1")
    second = ports.blobs.put(ports.container, "a.json", b"2")
    assert first != second
    assert read(ports, "a.json").data == b"2"


def test_only_one_can_be_first(ports: Ports) -> None:
    """`if_absent` keeps what is there."""
    ports.blobs.put(ports.container, "a.json", b"1", if_absent=True)
    with pytest.raises(AlreadyThere):
        ports.blobs.put(ports.container, "a.json", b"2", if_absent=True)
    assert read(ports, "a.json").data == b"1"


def test_compare_and_set(ports: Ports) -> None:
    """`if_match` lets one of two writers through."""
    seen = ports.blobs.put(ports.container, "a.json", b"1")
    ports.blobs.put(ports.container, "a.json", b"2", if_match=seen)
    with pytest.raises(Changed):
        ports.blobs.put(ports.container, "a.json", b"3", if_match=seen)
    assert read(ports, "a.json").data == b"2"


def test_no_match_with_what_is_gone(ports: Ports) -> None:
    """A condition on a blob that is not there fails, and makes none."""
    with pytest.raises(Changed):
        ports.blobs.put(ports.container, "a.json", b"1", if_match='"0x8DCAFE00"')
    assert ports.blobs.read(ports.container, "a.json") is None


def test_delete_twice(ports: Ports) -> None:
    """Deleting what is gone is fine."""
    ports.blobs.put(ports.container, "a.json", b"1")
    ports.blobs.delete(ports.container, "a.json")
    ports.blobs.delete(ports.container, "a.json")
    assert ports.blobs.read(ports.container, "a.json") is None


def test_pages_in_order_with_continuation(ports: Ports) -> None:
    """All names under a prefix come once, in their order, some at a time."""
    names = [f"due/{number:02d}" for number in (3, 1, 4, 0, 2)]
    for name in [*names, "duex", "du", "other/1"]:
        ports.blobs.put(ports.container, name, b"")
    seen: list[str] = []
    continuation, pages = None, 0
    while pages == 0 or continuation:
        page = ports.blobs.page(ports.container, "due/", 2, continuation)
        assert len(page.names) <= 2
        seen += page.names
        continuation, pages = page.continuation, pages + 1
    assert seen == sorted(names)
    assert pages == 3


def test_capitals_come_before_small_letters(ports: Ports) -> None:
    """The order is that of the text's code points."""
    for name in ("b", "A", "a", "B", "0", "a/1", "a-1"):
        ports.blobs.put(ports.container, name, b"")
    names = ports.blobs.page(ports.container, "", 100).names
    assert names == ("0", "A", "B", "a", "a-1", "a/1", "b")


def test_an_empty_page(ports: Ports) -> None:
    """Nothing under a prefix is a page without names and without more."""
    page = ports.blobs.page(ports.container, "none/", 10)
    assert (page.names, page.continuation) == ((), None)


def test_appended_blobs_are_listed_and_deleted_too(ports: Ports) -> None:
    """Both kinds live in one place."""
    ports.append_blobs.create(ports.container, "R1")
    assert ports.blobs.page(ports.container, "R", 10).names == ("R1",)
    ports.blobs.delete(ports.container, "R1")
    assert ports.append_blobs.read(ports.container, "R1") is None


def test_nothing_is_visible_before_commit(ports: Ports) -> None:
    """A writer's pieces become the blob all at once, with its metadata."""
    writer = ports.blobs.writer(ports.container, "i.png", "image/png")
    writer.write(b"\x89P")
    writer.write(b"NG")
    assert ports.blobs.read(ports.container, "i.png") is None
    writer.commit({"sha256": "ab12"})
    stored = read(ports, "i.png")
    assert (stored.data, stored.metadata) == (b"\x89PNG", {"sha256": "ab12"})


def test_an_abandoned_writer_leaves_nothing(ports: Ports) -> None:
    """Pieces without a commit are no blob, however many."""
    writer = ports.blobs.writer(ports.container, "i.png", "image/png")
    writer.write(bytes(PIECE_BYTES + 1))
    assert ports.blobs.read(ports.container, "i.png") is None
    assert ports.blobs.page(ports.container, "", 10).names == ()


def test_an_abandoned_writer_keeps_what_was_there(ports: Ports) -> None:
    """Until the commit the old content stands."""
    ports.blobs.put(ports.container, "i.png", b"old")
    ports.blobs.writer(ports.container, "i.png", "image/png").write(bytes(PIECE_BYTES))
    assert read(ports, "i.png").data == b"old"


def test_a_writer_replaces(ports: Ports) -> None:
    """A commit on a blob that is there replaces it and changes its ETag."""
    before = ports.blobs.put(ports.container, "i.png", b"old")
    writer = ports.blobs.writer(ports.container, "i.png", "image/png")
    writer.write(b"new")
    writer.commit({})
    assert read(ports, "i.png").data == b"new"
    assert read(ports, "i.png").etag != before


def test_a_writer_that_does_not_replace(ports: Ports) -> None:
    """Asked to create only, a commit leaves what is there as it is."""
    for data in (b"first", b"second"):
        writer = ports.blobs.writer(ports.container, "i.png", "image/png")
        writer.write(data)
        with nullcontext() if data == b"first" else pytest.raises(AlreadyThere):
            writer.commit({"by": data.decode()}, if_absent=True)
    stored = read(ports, "i.png")
    assert (stored.data, stored.metadata) == (b"first", {"by": "first"})


def test_a_writer_of_nothing(ports: Ports) -> None:
    """A commit without a piece makes an empty blob."""
    ports.blobs.writer(ports.container, "i.png", "image/png").commit({})
    assert read(ports, "i.png").data == b""


def test_nine_megabytes_in_pieces(ports: Ports) -> None:
    """What was written in odd pieces is read in pieces of at most 4 MiB, byte for byte."""
    data = bytes(range(251)) * 36_000
    writer = ports.blobs.writer(ports.container, "i.png", "image/png")
    for start in range(0, len(data), 1_500_001):
        writer.write(data[start : start + 1_500_001])
    writer.commit({})
    pieces = list(ports.blobs.chunks(ports.container, "i.png"))
    assert [len(piece) for piece in pieces] == [PIECE_BYTES, PIECE_BYTES, len(data) % PIECE_BYTES]
    assert b"".join(pieces) == data
    assert read(ports, "i.png").data == data


def test_chunks_of_nothing(ports: Ports) -> None:
    """An empty blob has no pieces."""
    ports.blobs.put(ports.container, "a", b"")
    assert list(ports.blobs.chunks(ports.container, "a")) == []


def test_chunks_of_what_is_not_there(ports: Ports) -> None:
    """The first piece says that there is no blob."""
    pieces = ports.blobs.chunks(ports.container, "a")
    with pytest.raises(Missing):
        next(pieces)


def test_chunks_never_mix_two_versions(ports: Ports) -> None:
    """When the blob changes between two pieces, the rest is the old version's or an error."""
    ports.blobs.put(ports.container, "a", b"1" * (PIECE_BYTES + 10))
    pieces = ports.blobs.chunks(ports.container, "a")
    next(pieces)
    ports.blobs.put(ports.container, "a", b"2" * (PIECE_BYTES + 10))
    try:
        rest = next(pieces)
    except Changed:
        rest = b"1"
    assert set(rest) == set(b"1")
