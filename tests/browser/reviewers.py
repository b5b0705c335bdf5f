"""People with a review link: what they are asked, and how they get at it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dev.review_token import make_token, opening_of
from tests.e2e.waiting import until
from tests.e2e.world import World

ANA, BO, CARO = "ana@contoso.com", "bo@contoso.com", "caro@contoso.com"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Desk:
    """Requests that wait for people, and the links that go to them."""

    world: World

    def asked(self, *after: dict[str, Any], **fields: Any) -> str:
        """A request whose first stage is open."""
        approval = {"approval": {"after": list(after)}} if after else {}
        order = {
            "prompt": "A lighthouse at dusk, watercolour",
            "purpose": "Hero image of the autumn campaign page",
            "requestedBy": "li@contoso.com",
            "quality": "low",
        }
        request_id = self.world.client.submitted(order | approval | fields)
        self.world.client.reached(request_id, "awaitingApproval")
        return request_id

    def link(self, request_id: str, who: str | None = None, lasts: timedelta = HOUR) -> str:
        """To the stage that is open; without a name it is for whoever has it."""
        opening = opening_of(self.world.client.facts(request_id), None)
        expires_at = self.world.time.now() + lasts
        return f"review#{make_token(self.world.keys, request_id, opening, who, expires_at)}"

    def opened(self, request_id: str, stage: str, round_: int = 1) -> None:
        """Wait until people are asked in this stage and round."""

        def look() -> bool:
            found = self.world.client.resource(request_id)
            place = (found["approval"]["stage"], found["approval"]["verdict"], found["round"])
            asked = found["status"] == "awaitingApproval"
            return asked and place == (stage, "open", round_)

        until(look, f"{stage} is asked in round {round_}")


def stage(name: str = "brand", *reviewers: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "reviewers": list(reviewers)} | more


def decisions(desk: Desk, request_id: str) -> list[dict[str, Any]]:
    found = desk.world.client.resource(request_id)
    return list(found["approval"]["decisions"])
