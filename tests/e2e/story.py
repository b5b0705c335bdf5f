"""A caller, a reviewer and an operator who repeat what got no answer, as people and flows do."""

import json
from typing import Any

from dev.http_client import Answer, Unreachable
from dev.verdicts import verdict
from tests.e2e import marks
from tests.e2e.client import FINAL
from tests.e2e.receiver import Received
from tests.e2e.waiting import until
from tests.e2e.world import World

ASKED = "darkroom.approval.requested"
NEEDS_ATTENTION = "darkroom.request.needsAttention"
# Turns without any change before the clock is moved on.
PATIENCE = 10
TIMEOUT_S = 45.0


class Story:
    """One request from its submit to its end, whatever happens to the host on the way."""

    def __init__(
        self, world: World, key: str, on_attention: str = "retry", **fields: object
    ) -> None:
        self.world, self.key, self.on_attention = world, key, on_attention
        self.fields = fields
        self.id: str | None = None
        self.decided = False
        self.attentions = 0
        self.begun_with = world.host.starts
        self.at_death: list[str] = []
        self._last: object = None
        self._quiet_turns = 0

    def lived(self) -> dict[str, Any]:
        """The resource at the end, with every event received."""
        return until(self.turn, "the request is final and all was told", TIMEOUT_S)

    def events(self) -> list[Received]:
        return self.world.receiver.of(self.id or "")

    def turn(self) -> dict[str, Any] | None:
        """One look at it; the resource when its story is over."""
        if self.world.host.dead:
            self.at_death = self._facts_left()
            self.world.host.start_again()
        try:
            return self._look()
        except Unreachable:
            return None

    def _facts_left(self) -> list[str]:
        """What the journal of the trap holds, read past the host that is dead."""
        if not (name := self.world.trap.journal):
            return []
        lines = self.world.store.read("requests", name).splitlines()
        return [json.loads(line)["type"] for line in lines]

    def _look(self) -> dict[str, Any] | None:
        if self.id is None:
            self.id = self.submit()
        found = self.world.client.resource(self.id)
        self._answer_what_is_asked(found)
        if found["status"] in FINAL and self._all_told():
            return found
        if self._is_quiet(found):
            self.world.move_on(self.id)
        return None

    def submit(self) -> str:
        callback = {"callbackUrl": self.world.callback_url, "callbackEvents": ["*"]}
        order = marks.order(**callback, **self.fields)
        return self.world.client.submitted(order, {"idempotency-key": self.key})

    def _answer_what_is_asked(self, found: dict[str, Any]) -> None:
        question = next((one for one in self.events() if one.type == ASKED), None)
        if question and not self.decided:
            answer = self._decide(question)
            self.decided = answer.status == 200
            assert self.decided, answer.body
        if found["status"] == "needsAttention":
            self.attentions += 1
            attention = found["attention"]
            assert attention["code"] == "outcome_unknown"
            self.world.client.resume(found["id"], self.on_attention, attention["seq"])

    def _decide(self, question: Received) -> Answer:
        token = question.data["decisionUrl"].partition("token=")[2]
        body = verdict(question.data) | {"reviewer": marks.REVIEWER, "comment": marks.COMMENT}
        return self.world.client.decide(question.data["id"], body, token)

    def _all_told(self) -> bool:
        """Every event of the journal came, and nothing undelivered is left to look after."""
        log = self.world.client.evidence(self.id or "")["deliveries"]
        begun = {line["seq"] for line in log}
        told = {event.sequence for event in self.events()}
        return bool(begun) and self._caused() == told and begun <= told

    def _caused(self) -> set[int]:
        """The facts of the journal that others are told of."""
        told_of = {
            *("request.accepted", "generation.completed", "generation.adopted"),
            *("approval.opened", "attention.raised", "request.approved", "request.failed"),
        }
        facts = self.world.client.facts(self.id or "")
        resolved = [f["seq"] for f in facts if f["data"].get("to") == "abandon"]
        return {f["seq"] for f in facts if f["type"] in told_of} | set(resolved)

    def _is_quiet(self, found: dict[str, Any]) -> bool:
        """Only after a kill: before it, the chain moves by itself."""
        if self.world.host.starts == self.begun_with:
            return False
        entries = [entry.name for entry in self.world.due(found["id"])]
        now = (found["updatedAt"], found["status"], entries, len(self.events()))
        self._quiet_turns = self._quiet_turns + 1 if now == self._last else 0
        self._last = now
        if self._quiet_turns < PATIENCE:
            return False
        self._quiet_turns = 0
        return True
