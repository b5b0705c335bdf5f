"""What a process remembers of journals saves work, and never stands for what is stored."""

import pytest

from shared.chain.journal import MOST_KEPT, Journals, parse
from shared.domain import names
from shared.errors import CorruptJournal
from tests.fakes import Blob, MemoryAppendBlobs, MemoryStore, SeededEntropy, VirtualClock
from tests.unit.histories import ID, REVIEWED, lines

WHOLE = [raw + b"\n" for raw in lines(*REVIEWED)]


class Kept:
    """A store whose bytes a test writes as it likes, and one process that reads them."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.journals = Journals(MemoryAppendBlobs(self.store), VirtualClock(), SeededEntropy())

    def holds(self, data: bytes) -> None:
        place = (names.REQUESTS, names.journal_of(ID))
        self.store.blobs[place] = Blob(data, self.store.next_etag())


@pytest.mark.parametrize("first", range(len(WHOLE) + 1))
def test_grown(first: int) -> None:
    """One that was read when it was shorter is what it would be if read for the first time."""
    kept = Kept()
    kept.holds(b"".join(WHOLE[:first]))
    kept.journals.load(ID)
    kept.holds(b"".join(WHOLE))

    assert kept.journals.load(ID) == parse(ID, b"".join(WHOLE))


def test_changed() -> None:
    """Bytes that are not those it knew are read anew, and found out."""
    kept = Kept()
    kept.holds(b"".join(WHOLE))
    kept.journals.load(ID)
    kept.holds(b"".join(WHOLE[:1] + WHOLE[2:]))

    with pytest.raises(CorruptJournal):
        kept.journals.load(ID)


def test_cut_short() -> None:
    """One that has become shorter is what is left of it."""
    kept = Kept()
    kept.holds(b"".join(WHOLE))
    kept.journals.load(ID)
    kept.holds(b"".join(WHOLE[:2]))

    assert kept.journals.load(ID).seq == 2


def test_only_so_many() -> None:
    """Those read longest ago are forgotten."""
    kept = Kept()
    for k in range(MOST_KEPT + 5):
        kept.journals.load(f"other-{k}")

    assert len(kept.journals._recent) == MOST_KEPT


def test_every_moment() -> None:
    """The request as of each fact is what its lines alone come to."""
    journal = parse(ID, b"".join(WHOLE))

    for seq in range(len(WHOLE) + 1):
        assert journal.as_of(seq) == parse(ID, b"".join(WHOLE[:seq])).request
