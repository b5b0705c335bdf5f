"""Whether the app says how it is, and to whom."""

import tomllib
from pathlib import Path

from shared.chain.ports import Page, Stored
from shared.errors import StorageError
from shared.web.health import VERSION
from tests.fakes import MemoryBlobs
from tests.unit.web.world import READER, World

ROOT = Path(__file__).parents[3]


class WithoutContainer(MemoryBlobs):
    """An account that lacks one container; counts what it is asked."""

    def __init__(self, missing: str | None) -> None:
        super().__init__()
        self.missing, self.asked = missing, 0

    def page(
        self, container: str, prefix: str, limit: int, continuation: str | None = None
    ) -> Page:
        self.asked += 1
        if container == self.missing:
            raise StorageError
        return super().page(container, prefix, limit, continuation)


class Unreadable(MemoryBlobs):
    """An account in which nothing can be read."""

    def read(self, container: str, name: str) -> Stored | None:
        raise StorageError


def world_on(blobs: MemoryBlobs) -> World:
    world = World()
    object.__setattr__(world.s, "blobs", blobs)
    return world


def test_version() -> None:
    """The app and its project file have one version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    assert project["project"]["version"] == VERSION


def test_alive() -> None:
    """Alive is who answers, storage or not."""
    answer = world_on(WithoutContainer("state")).http("health", key=None)

    assert (answer.status, answer.json) == (200, {"status": "alive", "version": VERSION})


def test_ready() -> None:
    """Ready when every container can be listed."""
    answer = World().http("health_ready", key=None)

    assert (answer.status, answer.json["status"]) == (200, "ready")


def test_down() -> None:
    """Without storage it is 503; only a known caller hears what is missing."""
    world = world_on(WithoutContainer("review"))

    anybody = world.http("health_ready", key=None)
    caller = world.http("health_ready", key=READER)

    assert (anybody.status, caller.status) == (503, 503)
    assert (anybody.json["missing"], caller.json["missing"]) == (None, "review")
    assert caller.json["deployments"] == []


def test_down_in_between() -> None:
    """Storage that lists its containers and then cannot be read is down as well."""
    answer = world_on(Unreadable()).http("health_ready", key=READER)

    assert (answer.status, answer.json["missing"]) == (503, "state")


def test_asked_seldom() -> None:
    """However often it is asked, storage is asked once in ten seconds."""
    blobs = WithoutContainer(None)
    world = world_on(blobs)

    for _ in range(3):
        world.http("health_ready", key=None)
    once = blobs.asked
    world.clock.advance(10)
    world.http("health_ready", key=None)

    assert blobs.asked == 2 * once
