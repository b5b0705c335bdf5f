"""Batches that are decided on as one, and people who answer them, in a line each."""

from typing import Any

from shared.chain import batches
from shared.chain.audit import verify
from shared.chain.batch_decide import decide
from shared.chain.batch_order import batch_order_of
from shared.chain.evidence import evidence_of
from shared.chain.request_keys import Origin
from shared.chain.verdict import OneImage, Verdict, Word
from shared.domain import names
from shared.domain.batch import Batch
from shared.domain.batch_asking import Asking
from shared.domain.request import Request
from shared.domain.transitions import State
from shared.errors import CallerError
from shared.security.people import pseudonym
from tests.crash.world import CALLBACK_URL, CALLER, PROMPT, World
from tests.unit.chain.staged import ANA, stage


class Whole:
    """One batch in a world of its own, and whoever is asked about it."""

    def __init__(
        self,
        *after: dict[str, Any],
        rows: int = 3,
        world: World | None = None,
        wait: float = 60,
        key: str = "b1",
        items: list[dict[str, Any]] | None = None,
        **fields: Any,
    ) -> None:
        self.world = world or World()
        self.rows = len(items) if items else rows
        items = items or [{"prompt": f"{PROMPT} {row}"} for row in range(rows)]
        approval = {"after": list(after or (stage(ANA),))}
        body = {"items": items, "approvalScope": "batch", "approval": approval}
        body |= {"callbackUrl": CALLBACK_URL, **fields}
        order = batch_order_of(body, self.world.caller, Origin(key=key), [], self.world.s)
        self.id = batches.accept(order, self.world.s).id
        if wait:
            self.wait(wait)

    @property
    def batch(self) -> Batch:
        return batches.load(self.id, self.world.s)

    @property
    def asking(self) -> Asking:
        assert self.batch.asking is not None, "nobody is asked"
        return self.batch.asking

    def member(self, row: int) -> Request:
        return self.world.request(self.member_id(row))

    def member_id(self, row: int) -> str:
        return names.member_of(self.id, row)

    @property
    def states(self) -> list[str]:
        return [self.member(row).state.value for row in range(self.rows)]

    def wait(self, seconds: float) -> None:
        self.world.run_for(seconds)

    def says(self, who: str | None, word: Word, *, wait: float = 30, **fields: Any) -> Batch:
        """The verdict; `reject` and `keep` name rows that do not follow the word."""
        rows = {row: "reject" for row in fields.pop("reject", ())}
        rows |= {row: "approve" for row in fields.pop("keep", ())}
        root = fields.pop("root", self.batch.asking.root if self.batch.asking else "0" * 64)
        said = fields.pop("said", {})
        images = tuple(
            OneImage(row, one, comment=said.get(row))  # type: ignore[arg-type]
            for row, one in sorted(rows.items())
        )
        given = {"caller": CALLER, "images": images, "reviewer": who, **fields}
        found = decide(self.id, Verdict(word, **given), root, self.world.s)
        if wait:
            self.wait(wait)
        return found

    def refused(self, who: str | None, word: Word, **fields: Any) -> str:
        """The code by which it is refused; nothing has changed."""
        before = self.facts()
        try:
            self.says(who, word, wait=0, **fields)
        except CallerError as error:
            assert self.facts() == before, "a refused verdict changed something"
            return error.code
        raise AssertionError("it was taken")

    def facts(self) -> list[str]:
        """Types of what the batch's stream tells."""
        stream = self.world.s.streams.load(f"batches/{self.id}")
        return [fact.type.removeprefix("batch.") for fact in stream.facts]

    def events(self) -> list[str]:
        """What its callback was told, in order, without the common prefix."""
        told = [one["ce-type"] for one in self.world.arrived]
        return [one.removeprefix("darkroom.") for one in told]

    def released(self) -> set[int]:
        """Of which rows images are visible as approved."""
        found = {name.partition("/")[0] for name in self.world.store.names(names.APPROVED)}
        return {row for row in range(self.rows) if self.member_id(row) in found}

    def faults(self, row: int) -> list[str]:
        """What does not hold of the row's evidence."""
        journal = self.world.s.journals.load(self.member_id(row))
        return verify(evidence_of(journal, self.world.s))

    def known(self, who: str) -> str:
        return pseudonym(self.world.s.terms.ring, who)

    def is_over(self, row: int, state: State) -> bool:
        return self.member(row).state is state
