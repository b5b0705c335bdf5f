"""
The contract of `AppendBlobs`.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.errors import Changed, Missing
from tests.integration.ports.conftest import Ports


def test_what_is_not_there_reads_as_none(ports: Ports) -> None:
    """No blob is no error."""
    assert ports.append_blobs.read(ports.container, "R1") is None


def test_blocks_follow_each_other(ports: Ports) -> None:
    """Each block is added where the last one ended."""
    ports.append_blobs.create(ports.container, "R1")
    ports.append_blobs.append(ports.container, "R1", 0, b"one\n")
    ports.append_blobs.append(ports.container, "R1", 4, b"two\n")
    assert ports.append_blobs.read(ports.container, "R1") == b"one\ntwo\n"


def test_a_new_blob_is_empty(ports: Ports) -> None:
    """Creating makes a blob of no bytes, which is not the same as no blob."""
    ports.append_blobs.create(ports.container, "R1")
    assert ports.append_blobs.read(ports.container, "R1") == b""


def test_creating_again_keeps_the_content(ports: Ports) -> None:
    """A repeated create leaves the blob as it is."""
    ports.append_blobs.create(ports.container, "R1")
    ports.append_blobs.append(ports.container, "R1", 0, b"one\n")
    ports.append_blobs.create(ports.container, "R1")
    assert ports.append_blobs.read(ports.container, "R1") == b"one\n"


@pytest.mark.parametrize("at_length", [0, 3, 5])
def test_a_lost_race_changes_nothing(ports: Ports, at_length: int) -> None:
    """Who expects another length than the blob's is told so."""
    ports.append_blobs.create(ports.container, "R1")
    ports.append_blobs.append(ports.container, "R1", 0, b"one\n")
    with pytest.raises(Changed):
        ports.append_blobs.append(ports.container, "R1", at_length, b"late\n")
    assert ports.append_blobs.read(ports.container, "R1") == b"one\n"


def test_nothing_to_append_to(ports: Ports) -> None:
    """Appending does not create."""
    with pytest.raises(Missing):
        ports.append_blobs.append(ports.container, "R1", 0, b"one\n")


def test_names_may_hold_folders(ports: Ports) -> None:
    """A slash in a name is a name's character like others."""
    ports.append_blobs.create(ports.container, "images/R1")
    assert ports.append_blobs.read(ports.container, "images/R1") == b""


def test_added_wherever_it_ends(ports: Ports) -> None:
    """Who does not ask for a length makes the blob, and always gets a line in."""
    for block in (b"one\n", b"two\n"):
        ports.append_blobs.add(ports.container, "2026-11/20/flow-3.jsonl", block)
    assert ports.append_blobs.read(ports.container, "2026-11/20/flow-3.jsonl") == b"one\ntwo\n"
    assert ports.blobs.page(ports.container, "2026-11/", 10).names == ("2026-11/20/flow-3.jsonl",)


def test_two_add_at_once(ports: Ports) -> None:
    """No line of either is lost, be the blob there before or not."""
    with ThreadPoolExecutor(4) as threads:
        lines = [f"{number}\n".encode() for number in range(12)]
        list(threads.map(lambda raw: ports.append_blobs.add(ports.container, "U1", raw), lines))
    found = ports.append_blobs.read(ports.container, "U1") or b""
    assert sorted(found.splitlines(keepends=True)) == sorted(lines)
