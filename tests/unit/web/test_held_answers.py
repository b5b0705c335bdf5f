"""`Prefer: wait=N`: an answer held back until the request is over, where that is near."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.services import WAITING_PLACES
from shared.errors import ModelRefused, ModelUnknown, StorageError
from shared.web.preferences import wait_of
from tests.fakes import Plays, ScriptedModel, VirtualClock
from tests.unit.web.world import SUBMIT, Answered, World, terms


class WorkingClock(VirtualClock):
    """While somebody waits, others work."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        self.waited.append(seconds)
        self.meanwhile()


class Flow:
    """A caller that prefers to wait, in a world whose requests need nobody's approval."""

    def __init__(self, works: bool = True, approval: Any = "none", **world: Any) -> None:
        self.clock = WorkingClock()
        self.world = World(clock=self.clock, terms=terms(default_approval=approval), **world)
        if works:
            self.clock.meanwhile = self.world.drain

    def submit(self, prefer: str = "wait=30", **query: str) -> Answered:
        return self.world.http("submit", dict(SUBMIT), query=query, headers={"Prefer": prefer})


def test_final_in_time() -> None:
    """The resource at once, and what was heeded."""
    answer = Flow().submit("respond-async, wait=30")

    assert (answer.status, answer.json["status"]) == (200, "approved")
    assert answer.headers["Preference-Applied"] == "wait=30"
    assert "Location" not in answer.headers


def test_not_in_time() -> None:
    """When the time is up: the ticket and where to poll, as if nobody had waited."""
    flow = Flow(works=False)

    answer = flow.submit("wait=30")

    assert (answer.status, answer.json["status"]) == (202, "accepted")
    assert "Preference-Applied" not in answer.headers
    assert {"Location", "Retry-After"} <= set(answer.headers)
    assert sum(flow.clock.waited) == 30


def test_not_asked_for() -> None:
    """Nobody waits unasked."""
    flow = Flow()

    answer = flow.world.http("submit", dict(SUBMIT))

    assert (answer.status, flow.clock.waited) == (202, [])


def test_people_are_not_waited_for() -> None:
    """The answer goes out as soon as people are asked; they take longer than anybody waits."""
    flow = Flow(approval={"after": [{"name": "review"}]})

    answer = flow.submit("wait=60")

    assert (answer.status, answer.json["status"]) == (202, "awaitingApproval")
    assert sum(flow.clock.waited) <= 2


def test_an_operator_is_not_waited_for() -> None:
    """Nor is an operator."""
    flow = Flow(model=ScriptedModel(otherwise=Plays(error=ModelUnknown())))

    answer = flow.submit("wait=60")

    assert (answer.status, answer.json["status"]) == (202, "needsAttention")
    assert sum(flow.clock.waited) <= 2


def test_a_turn_far_away_is_not_waited_for() -> None:
    """Of requests at one a minute the second cannot be made within half a minute."""
    flow = Flow()
    slow = flow.world.terms.deployments[0]
    flow.world.s.pacer.throttled(slow, 120)

    answer = flow.submit("wait=30")

    assert (answer.status, answer.json["status"]) == (202, "queued")
    assert sum(flow.clock.waited) <= 2


def test_a_quick_refusal() -> None:
    """A refusal is an answer, also where people would have been asked."""
    model = ScriptedModel(otherwise=Plays(error=ModelRefused("content_filtered")))
    flow = Flow(approval={"after": [{"name": "review"}]}, model=model)

    answer = flow.submit()

    assert (answer.status, answer.json["status"]) == (200, "failed")


def test_until_something_earlier() -> None:
    """The wait ends with what the caller said it waits for."""
    flow = Flow(approval={"after": [{"name": "review"}]})

    answer = flow.submit(until="generated")

    assert (answer.status, answer.json["status"]) == (200, "awaitingApproval")


def test_few_wait_at_a_time() -> None:
    """With all places taken the wish is not heeded; a place that is left is free again."""
    flow = Flow()
    places = flow.world.s.waiting_places
    for _ in range(WAITING_PLACES):
        assert places.acquire(blocking=False)

    crowded = flow.submit()
    places.release()
    answers = [flow.submit() for _ in range(WAITING_PLACES + 1)]

    assert crowded.status == 202
    assert {one.status for one in answers} == {200}


def test_storage_fails_meanwhile() -> None:
    """What was accepted is answered for, whatever goes wrong while somebody waits."""
    flow = Flow()
    broken = Broken(flow.world.s.appends)
    flow.world.__dict__["s"] = replace(flow.world.s, appends=broken)
    flow.clock.meanwhile = broken.breaks

    answer = flow.submit()

    assert (answer.status, answer.json["status"]) == (202, "accepted")


class Broken:
    """Append blobs that cannot be read any more once they broke."""

    def __init__(self, port: Any) -> None:
        self._port, self._broke = port, False

    def breaks(self) -> None:
        self._broke = True

    def __getattr__(self, method: str) -> Any:
        if self._broke and method == "read":
            raise StorageError
        return getattr(self._port, method)


def test_rerun_waits_too() -> None:
    """A request that is run again may be waited for in the same way."""
    flow = Flow()
    first = flow.submit().json["id"]

    answer = flow.world.http("rerun", id=first, headers={"Prefer": "wait=5"})

    assert (answer.status, answer.json["rerunOf"]) == (200, first)


def test_a_repeat_of_what_is_final() -> None:
    """The same key again, with a wish to wait: the result at once."""
    flow = Flow()
    keyed = {"Idempotency-Key": "k", "Prefer": "wait=5"}
    first = flow.world.http("submit", dict(SUBMIT), headers=keyed)
    waited = len(flow.clock.waited)

    again = flow.world.http("submit", dict(SUBMIT), headers=keyed)

    assert (again.status, again.json["id"]) == (200, first.json["id"])
    assert len(flow.clock.waited) == waited


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("wait=10", 10),
        ("WAIT = 10", 10),
        ('wait="10"', 10),
        ("respond-async, wait=7", 7),
        ("wait=7; why=slow, wait=9", 7),
        ('note="a, wait=3", wait=8', 8),
        ("wait=600", 60),
        ("wait=0", None),
        ("wait=-1", None),
        ("wait=soon", None),
        ("wait", None),
        ("await=5", None),
        ("wait=1e3", None),
        ("wait=٣", None),
        ("", None),
    ],
)
def test_how_it_is_said(header: str, wait_s: int | None) -> None:
    """As RFC 7240 writes preferences; what makes no sense is no preference."""
    assert wait_of({"prefer": header}) == wait_s
