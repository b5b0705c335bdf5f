"""Which policy holds: the newest good one, as long as there has been one."""

import json
import logging
from typing import Any

import pytest

from shared.chain.policy_in_force import PolicyInForce
from shared.chain.ports import Stored
from shared.domain.document_place import DocumentBlob
from shared.domain.policy import BUILT_IN, Policy
from shared.domain.policy_reading import Surroundings
from shared.errors import PolicyUnavailable, StorageError
from tests.fakes import MemoryBlobs, VirtualClock

PLACE = DocumentBlob("rules", "policy.json")


class Counted(MemoryBlobs):
    """Counts reads; while `away`, storage does not answer."""

    reads, away = 0, False

    def read(self, container: str, name: str) -> Stored | None:
        self.reads += 1
        if self.away:
            raise StorageError
        return super().read(container, name)


class Told:
    """A policy in a blob, and a clock."""

    def __init__(self, given: Policy | DocumentBlob = PLACE) -> None:
        self.blobs, self.clock = Counted(), VirtualClock()
        self.policy = PolicyInForce(self.blobs, self.clock, given, Surroundings())

    def put(self, version: str, **more: Any) -> None:
        data = json.dumps({"version": version, **more}).encode()
        self.blobs.put(PLACE.container, PLACE.name, data)

    @property
    def version(self) -> str:
        return self.policy.current().version

    @property
    def state(self) -> tuple[str, str | None]:
        found = self.policy.standing()
        return found.state, found.version


def test_of_the_app() -> None:
    """What is built in or comes from a file is never looked for."""
    told = Told(BUILT_IN)

    assert told.version == "built-in" and told.policy.standing().source == "builtIn"
    assert told.blobs.reads == 0


def test_read_once_a_minute() -> None:
    """Many requests cost one read; a new version holds within a minute."""
    told = Told()
    told.put("1")

    assert [told.version for _ in range(5)] == ["1"] * 5 and told.blobs.reads == 1
    told.put("2")
    told.clock.advance(59.9)
    assert told.version == "1" and told.blobs.reads == 1
    told.clock.advance(0.1)
    assert (told.version, told.state) == ("2", ("current", "2")) and told.blobs.reads == 2


def test_the_same_version_is_not_parsed_again() -> None:
    """By its ETag: what did not change stays the very same."""
    told = Told()
    told.put("1")
    first = told.policy.current()
    told.clock.advance(60)

    assert told.policy.current() is first and told.blobs.reads == 2


@pytest.mark.parametrize("spoilt", ["broken", "gone", "away"])
def test_the_last_good_one_holds(spoilt: str) -> None:
    """Until it can be read again, whatever is wrong; then what is there holds."""
    told = Told()
    told.put("1")
    assert told.version == "1"
    if spoilt == "broken":
        told.put("2", rules=7)
    elif spoilt == "gone":
        told.blobs.delete(PLACE.container, PLACE.name)
    else:
        told.blobs.away = True
    for _ in range(3):
        told.clock.advance(60)
        assert told.version == "1" and told.state == ("stale", "1")
    told.blobs.away = False
    told.put("3")
    told.clock.advance(60)

    assert told.version == "3" and told.state == ("current", "3")


def test_storage_that_was_away_is_no_new_version() -> None:
    """When it answers again with what it had, nothing is stale any more."""
    told = Told()
    told.put("1")
    told.version  # noqa: B018
    told.blobs.away = True
    told.clock.advance(60)
    assert told.state == ("stale", "1")
    told.blobs.away = False
    told.clock.advance(60)

    assert told.state == ("current", "1")


@pytest.mark.parametrize("spoilt", ["broken", "gone", "away"])
def test_none_yet(spoilt: str) -> None:
    """Nothing new is taken, and each request looks again, so that mending takes effect at once."""
    told = Told()
    told.blobs.away = spoilt == "away"
    if spoilt == "broken":
        told.put("1", rules=7)

    for _ in range(2):
        with pytest.raises(PolicyUnavailable):
            told.policy.current()
    assert told.state == ("missing", None)
    told.blobs.away = False
    told.put("2")
    assert told.version == "2"


def test_a_blob_that_is_gone_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """However often it is looked for."""
    told = Told()
    told.put("1")
    told.version  # noqa: B018
    told.blobs.delete(PLACE.container, PLACE.name)
    for _ in range(3):
        told.clock.advance(60)
        told.version  # noqa: B018

    assert [record.levelname for record in caplog.records if record.levelno > 20] == ["ERROR"]


def test_faults_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """An error with its places when it begins, not each minute; what holds now, by digest."""
    caplog.set_level(logging.INFO, "darkroom")
    told = Told()
    told.put("1")
    told.version  # noqa: B018
    told.put("2", rules=7)
    for _ in range(3):
        told.clock.advance(60)
        told.version  # noqa: B018

    lines = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [level for level, _ in lines] == ["INFO", "ERROR"]
    assert f"sha256={told.policy.current().sha256}" in lines[0][1]
    assert "holds=1" in lines[1][1] and "#/rules" in lines[1][1]
