"""Requests with stages, and people who answer them, in a line each."""

from typing import Any

from shared.chain.decide import decide
from shared.chain.journal import Journal
from shared.chain.verdict import OneImage, Verdict, Word
from shared.domain.request import Request
from shared.errors import CallerError
from shared.security.people import pseudonym
from tests.crash.world import CALLER, World
from tests.unit.histories import submitted

ANA, BO, CARO, DAN = (f"{name}@contoso.com" for name in ("ana", "bo", "caro", "dan"))
DAY_S = 86_400.0


def stage(*reviewers: str, **fields: Any) -> dict[str, Any]:
    return {"name": "brand", "reviewers": list(reviewers), "deadline": "PT72H", **fields}


class Told:
    """One request in a world of its own, and whoever is asked about it."""

    def __init__(
        self,
        *after: dict[str, Any],
        before: tuple[dict[str, Any], ...] = (),
        world: World | None = None,
        n: int = 2,
        **fields: Any,
    ) -> None:
        self.world = world or World()
        approval = {"before": list(before), "after": list(after)}
        fields = {"callbackEvents": ["*"], "n": n, "approval": approval, **fields}
        self.id = submitted(self.world, **fields)
        self.world.run_for(30)

    @property
    def request(self) -> Request:
        return self.world.request(self.id)

    @property
    def state(self) -> str:
        return self.request.state.value

    @property
    def stage(self) -> str:
        assert self.request.opening is not None
        return self.request.opening.stage

    def wait(self, seconds: float) -> None:
        self.world.run_for(seconds)

    def says(self, who: str | None, word: Word, *keep: int, **fields: Any) -> Journal:
        """The verdict; with `keep` only these images are approved."""
        opening = self.request.opening
        assert opening is not None
        if keep:
            fields["images"] = tuple(
                OneImage(index, "approve" if index in keep else "reject")
                for index in opening.images
            )
        verdict = Verdict(word, reviewer=who, **{"caller": CALLER, **fields})
        journal = decide(self.id, verdict, self.world.s)
        self.wait(5)
        return journal

    def refused(self, who: str | None, word: Word, *keep: int, **fields: Any) -> str:
        """The code by which it is refused; nothing has changed."""
        before = self.request
        try:
            self.says(who, word, *keep, **fields)
        except CallerError as error:
            assert self.request.seq == before.seq, "a refused verdict changed something"
            return error.code
        raise AssertionError("it was taken")

    def known(self, who: str) -> str:
        return pseudonym(self.world.s.terms.ring, who)

    def events(self) -> list[str]:
        """What the callback was told, in order, without the common prefix."""
        types = [post.headers["ce-type"] for post in self.world.webhooks.posted]
        return [one.removeprefix("darkroom.") for one in types]

    def released(self) -> list[str]:
        names = self.world.store.names("approved")
        return [name.removeprefix(f"{self.id}/") for name in names]
