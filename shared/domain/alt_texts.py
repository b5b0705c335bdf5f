"""
Drafts of alt texts: when one is asked for, what its facts are, and which answers are usable.

A draft is a help for whoever reviews, never a condition: each image is asked about once at most,
and whatever goes wrong, the request goes on without.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.fact_data import FactData
from shared.domain.values import Cost, Instant, Usage
from shared.errors import IllegalMove

# One call, and how long after the first of a round's calls another may be asked for.
DRAFT_S, DRAFTING_S = 30.0, 60.0
# The call, and whatever is read before it.
DRAFT_LEASE_S = 60
# What readers of screens are said to bear in one go; longer ones are cut at a word.
MOST_CHARS = 250
# These are about the one image; after any other failure the next call would fail as well, or wait
# as long, so that the round's other images are left without.
OF_ONE_IMAGE = frozenset(
    {"content_filtered", "model_rejected_request", "no_text", "unusable_text", "digest_mismatch"}
)
# An image can hold text that asks for these; a description needs none of them.
_SUSPECT = re.compile(r"[<>{}\[\]`]|://|\bwww\.|\bmailto:|\S@\S", re.IGNORECASE)
_QUOTES = "\"'\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
_LABEL = re.compile(r"^alt(?:ernative)?[ -]?text\s*:\s*", re.IGNORECASE)


class AltTextIntended(FactData):
    """
    One call may now be made about one image, by the worker whose `by` stands on this line.

    `sha256` is of the image; `model` as in the price book, `deployment` is Azure's name.
    """

    TYPE = "altText.intended"
    draft: int
    attempt: int
    index: int
    sha256: str
    model: str
    deployment: str
    lease_until: Instant


class AltTextOutcome(FactData):
    OUTCOME = True
    draft: int


class AltTextDrafted(AltTextOutcome):
    """`text_sha256` is over the content's salt and the text, which only the content has."""

    TYPE = "altText.drafted"
    text_sha256: str
    usage: Usage | None = None
    cost: Cost
    upstream_request_id: str | None = None


class AltTextFailed(AltTextOutcome):
    """
    There is no draft. Nothing may have been billed without `maybe_billed`.

    `inferred`: another worker only saw the lease run out; then anything else replaces it.
    """

    TYPE = "altText.failed"
    code: str
    inferred: bool = False
    maybe_billed: Cost | None = None
    upstream_request_id: str | None = None


class AltTextSkipped(FactData):
    """No call was made, and none will be for the images of this attempt."""

    TYPE = "altText.skipped"
    attempt: int
    code: str


ALT_TEXT_FACTS = (AltTextIntended, AltTextDrafted, AltTextFailed, AltTextSkipped)


@dataclass(frozen=True, slots=True)
class AltTextDraft:
    """One intent and what became of it; `outcome` None means the call may be under way."""

    number: int
    asked: AltTextIntended
    by: str
    at: datetime
    outcome: AltTextOutcome | None = None

    @property
    def done(self) -> AltTextDrafted | None:
        return self.outcome if isinstance(self.outcome, AltTextDrafted) else None

    @property
    def ends_drafting(self) -> bool:
        failed = self.outcome
        return isinstance(failed, AltTextFailed) and failed.code not in OF_ONE_IMAGE

    def may_be_followed(self, outcome: AltTextOutcome) -> bool:
        """Whether the outcome says something that is not known yet."""
        known = self.outcome
        if known is None:
            return True
        weak = isinstance(known, AltTextFailed) and known.inferred
        return weak and not (isinstance(outcome, AltTextFailed) and outcome.inferred)


@dataclass(frozen=True, slots=True)
class Drafts:
    """All of a request, by number from 1 on; images of an attempt in `skipped` go without."""

    each: tuple[AltTextDraft, ...] = ()
    skipped: frozenset[int] = frozenset()

    @property
    def open(self) -> AltTextDraft | None:
        """The call that may be under way now; there is never more than one."""
        return next((one for one in self.each if one.outcome is None), None)

    def number(self, number: int) -> AltTextDraft:
        """
        Raises:
            IllegalMove: there was no such intent.
        """
        if not 1 <= number <= len(self.each):
            raise IllegalMove(f"There is no draft {number}.")
        return self.each[number - 1]

    def of(self, attempt: int, index: int) -> AltTextDraft | None:
        asked = ((one.asked.attempt, one.asked.index) for one in self.each)
        return dict(zip(asked, self.each, strict=True)).get((attempt, index))

    @property
    def costs(self) -> tuple[Cost, ...]:
        return tuple(one.done.cost for one in self.each if one.done)

    @property
    def maybe_billed(self) -> tuple[Cost, ...]:
        failed = (one.outcome for one in self.each if isinstance(one.outcome, AltTextFailed))
        return tuple(one.maybe_billed for one in failed if one.maybe_billed)

    def about(self, sha256: str) -> AltTextDraft | None:
        """The draft that there is of an image with these bytes."""
        done = (one for one in self.each if one.done and one.asked.sha256 == sha256)
        return next(done, None)

    def next_image(self, attempt: int, indices: Iterable[int], now: datetime) -> int | None:
        """The image of that attempt to be asked about now; None when it is over with."""
        of_attempt = [one for one in self.each if one.asked.attempt == attempt]
        if attempt in self.skipped or any(one.ends_drafting for one in of_attempt):
            return None
        if of_attempt and now > of_attempt[0].at + timedelta(seconds=DRAFTING_S):
            return None
        return next((index for index in indices if self.of(attempt, index) is None), None)

    def intended(self, draft: AltTextDraft) -> "Drafts":
        return replace(self, each=(*self.each, draft))

    def ended(self, outcome: AltTextOutcome) -> "Drafts":
        """
        Raises:
            IllegalMove: there was no such intent, or it is known better by now.
        """
        draft = self.number(outcome.draft)
        if not draft.may_be_followed(outcome):
            raise IllegalMove("The draft already has an outcome that this one may not replace.")
        before, after = self.each[: draft.number - 1], self.each[draft.number :]
        return replace(self, each=(*before, replace(draft, outcome=outcome), *after))


NO_DRAFTS = Drafts()


def cleaned(text: str) -> str | None:
    """
    What a model wrote as one line of plain text; None when nothing of it is to be shown.

    Whoever drew the image may have had words put into it that ask the model for something else,
    and pages, mails and flows show what comes of it.
    """
    plain = " ".join(unicodedata.normalize("NFC", _visible(text)).split())
    plain = _LABEL.sub("", plain).strip(_QUOTES).strip()
    if not any(char.isalnum() for char in plain) or _SUSPECT.search(plain):
        return None
    return plain if len(plain) <= MOST_CHARS else _cut(plain)


def _visible(text: str) -> str:
    """Control characters become spaces; what is not seen, or turns the order round, goes."""
    kinds = ((char, unicodedata.category(char)) for char in text)
    return "".join(
        " " if kind in ("Cc", "Zl", "Zp") else char
        for char, kind in kinds
        if kind not in ("Cf", "Co", "Cn", "Cs")
    )


def _cut(plain: str) -> str:
    most = plain[: MOST_CHARS - 1]
    words, space, _ = most.rpartition(" ")
    return f"{(words if space else most).rstrip(' ,;:-')}\N{HORIZONTAL ELLIPSIS}"
