"""
The contract of `AppendBlobs`.
"""

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
