"""Streams: notices are recorded once, in a chain, whatever gets lost on the way."""

import pytest

from shared.chain.due import DueIndex
from shared.chain.streams import Facts, Streams
from shared.domain.lines import NO_PREVIOUS, digest_of
from shared.domain.names import REQUESTS
from shared.domain.notices import DeploymentPaused, DeploymentResumed, deployment_stream
from shared.errors import NewerFact, StorageError
from tests.fakes import (
    MemoryAppendBlobs,
    MemoryBlobs,
    MemoryQueue,
    MemoryStore,
    SeededEntropy,
    VirtualClock,
)

STREAM = deployment_stream("img-weu")


class LosesAnswers(MemoryAppendBlobs):
    """Appends, and then fails as if it had not."""

    def append(self, container: str, name: str, at_length: int, block: bytes) -> None:
        super().append(container, name, at_length, block)
        raise StorageError


def streams(appends: MemoryAppendBlobs) -> Streams:
    clock, entropy = VirtualClock(), SeededEntropy()
    due = DueIndex(MemoryBlobs(appends.store), clock, entropy)
    return Streams(appends, clock, entropy, due, MemoryQueue(clock))


def paused_already(facts: Facts) -> bool:
    return bool(facts) and facts[-1].type == DeploymentPaused.TYPE


def test_a_notice_is_told_once() -> None:
    """What the stream says already is not said again."""
    desk = streams(MemoryAppendBlobs())

    told = [desk.tell(STREAM, "caller:ops", DeploymentPaused(), paused_already) for _ in "ab"]

    assert told == [True, False]
    assert len(desk.load(STREAM).facts) == 1


def test_lines_are_chained() -> None:
    """Each line names the digest of the one before, and the head that of the last."""
    store = MemoryStore()
    desk = streams(MemoryAppendBlobs(store))
    for notice in (DeploymentPaused(), DeploymentResumed()):
        desk.tell(STREAM, "caller:ops", notice, lambda facts: False)

    first, second = store.blobs[REQUESTS, STREAM].data.splitlines()
    loaded = desk.load(STREAM)

    assert [fact.prev for fact in loaded.facts] == [NO_PREVIOUS, digest_of(first)]
    assert loaded.head == digest_of(second)


def test_a_lost_answer_makes_no_second_line() -> None:
    """The line is found by its mark, and counts as told by us."""
    desk = streams(LosesAnswers())

    assert desk.tell(STREAM, "caller:ops", DeploymentPaused(), lambda facts: False)
    assert [fact.type for fact in desk.load(STREAM).facts] == [DeploymentPaused.TYPE]


def test_a_record_of_a_newer_version_is_left_alone() -> None:
    """What cannot be read is not written after."""
    store = MemoryStore()
    appends = MemoryAppendBlobs(store)
    streams(appends).tell(STREAM, "caller:ops", DeploymentPaused(), lambda facts: False)
    blob = store.blobs[REQUESTS, STREAM]
    blob.data = blob.data.replace(b"deployment.paused", b"deployment.melted")

    with pytest.raises(NewerFact):
        streams(appends).tell(STREAM, "caller:ops", DeploymentResumed(), lambda facts: False)
