"""What a reviewer sent, and by whose name it counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from shared.chain.services import Services
from shared.domain.approval import SPEND
from shared.domain.parts import Opening
from shared.errors import Forbidden
from shared.security.callers import Caller
from shared.security.people import is_person, pseudonym, pseudonyms
from shared.security.tokens import ANYONE, ReviewClaims

ImageWord = Literal["approve", "reject", "revise"]
Word = ImageWord | Literal["delegate", "withdraw"]


@dataclass(frozen=True, slots=True)
class OneImage:
    """A verdict on one image; `sha256` is what the reviewer saw, if the sender says so."""

    index: int
    word: ImageWord
    sha256: str | None = None
    alt_text: str | None = field(default=None, repr=False)
    comment: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What was sent; exactly one of `claims` and `caller` says by what right.

    `also_known_as`: other addresses or ids of the same reviewer, as flows send them. `to` is
    whom the place is given to.
    """

    word: Word
    images: tuple[OneImage, ...] = ()
    reviewer: str | None = field(default=None, repr=False)
    also_known_as: tuple[str, ...] = field(default=(), repr=False)
    comment: str | None = field(default=None, repr=False)
    to: str | None = field(default=None, repr=False)
    checklist: tuple[str, ...] = ()
    stage: str | None = None
    round: int | None = None
    claims: ReviewClaims | None = None
    caller: Caller | None = None

    @property
    def bound_to(self) -> str | None:
        """The person whose token it is; None when whoever holds it may say who they are."""
        return self.claims.reviewer if self.claims and self.claims.reviewer != ANYONE else None

    @property
    def given(self) -> tuple[str, ...]:
        return (self.reviewer, *self.also_known_as) if self.reviewer else ()

    @property
    def via(self) -> Literal["token", "caller"]:
        return "token" if self.claims else "caller"

    @property
    def names_place(self) -> bool:
        """Whether it says at all which stage or round it is for; a link always does."""
        return self.claims is not None or not (self.stage is None and self.round is None)

    @property
    def names_half(self) -> bool:
        """A stage without a round, or the other way round."""
        return self.claims is None and (self.stage is None) != (self.round is None)

    def fits(self, stage: str, round_: int) -> bool:
        """Whether everything that it says of its place allows this one."""
        linked = self.claims is None or (self.claims.stage, self.claims.round) == (stage, round_)
        return linked and self.stage in (None, stage) and self.round in (None, round_)


@dataclass(frozen=True, slots=True)
class Person:
    """`who` stands in the record, `name` in the erasable content."""

    who: str
    name: str | None = field(default=None, repr=False)


def check_bearer(verdict: Verdict, s: Services) -> None:
    """Nobody decides in another's name with a token of their own."""
    bound, given = verdict.bound_to, verdict.given
    if bound and given and not any(is_person(s.terms.ring, one, bound) for one in given):
        raise Forbidden("The token belongs to another reviewer.", code="not_a_reviewer")


def sender_of(verdict: Verdict, s: Services) -> Person:
    """Without a name, it is the right by which the verdict came."""
    if bound := verdict.bound_to:
        return Person(bound, verdict.reviewer)
    if verdict.reviewer:
        return Person(pseudonym(s.terms.ring, verdict.reviewer), verdict.reviewer)
    return Person(verdict.caller.name if verdict.caller else "anyone")


def names_of(verdict: Verdict, s: Services) -> Iterator[str]:
    """Everything the sender may be called in the record, under earlier signing keys too."""
    yield sender_of(verdict, s).who
    for one in verdict.given:
        yield from pseudonyms(s.terms.ring, one)


def reviewer_of(opening: Opening, verdict: Verdict, s: Services) -> Person:
    """
    As whom the sender was asked: by any of their names, in any case.

    Raises:
        Forbidden: they were not.
    """
    if opening.stage == SPEND and verdict.claims:
        # The token goes to the caller whose money has run out.
        raise Forbidden("Only a caller with the role decide may.", code="not_a_reviewer")
    if not opening.reviewers:
        return sender_of(verdict, s)
    for one in opening.reviewers:
        if one == verdict.bound_to:
            return Person(one, verdict.reviewer)
        for given in () if verdict.bound_to else verdict.given:
            if is_person(s.terms.ring, given, one):
                return Person(one, given)
    raise Forbidden("Not a reviewer of this stage.", code="not_a_reviewer")
