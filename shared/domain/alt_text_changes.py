"""What the facts about drafts of alt texts change about a request."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.domain.alt_texts import AltTextDraft
from shared.domain.facts import Fact
from shared.errors import IllegalMove

if TYPE_CHECKING:
    from shared.domain.request import Request

Details = dict[str, Any]


def intended(request: "Request", fact: Fact) -> Details:
    """Only where it was agreed, about an image that people would see, and once for each."""
    data: Any = fact.data
    drafts = request.drafts
    _held_against(request, data.attempt)
    if drafts.open or data.draft != len(drafts.each) + 1:
        raise IllegalMove("A draft needs every earlier one to have an outcome.")
    known = {(image.index, image.sha256) for image in request.images}
    if (data.index, data.sha256) not in known or drafts.of(data.attempt, data.index):
        raise IllegalMove("An image gets one draft at most.")
    return {"drafts": drafts.intended(AltTextDraft(data.draft, data, fact.by, fact.at))}


def outcome(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    return {"drafts": request.drafts.ended(data)}


def skipped(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    _held_against(request, data.attempt)
    without = request.drafts.skipped | {data.attempt}
    return {"drafts": replace(request.drafts, skipped=without)}


def _held_against(request: "Request", attempt: int) -> None:
    if not request.terms.draft_alt_texts or attempt != request.chosen:
        raise IllegalMove("No alt text is to be drafted for these images.")
    if attempt in request.drafts.skipped:
        raise IllegalMove("These images go without.")
