"""The body of a decision, in our own form and in the two forms that flows send."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt, StrictStr, StringConstraints

from shared.domain.submission import Long, Short
from shared.domain.values import Value

# Of a review with ten images; far below what the content blob can hold.
MAX_IMAGES = 100
LATER = ("revise", "delegate", "withdraw")
# Fields of ours that may stand beside a flow's own.
_BESIDE = ("stage", "round", "images", "comment")


def _word(value: object) -> object:
    if not isinstance(value, str):
        return value
    word = value.strip().lower()
    if word in LATER:
        raise ValueError("Not available in this version")
    return word


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


Word = Annotated[Literal["approve", "reject"], BeforeValidator(_word)]
Digest = Annotated[StrictStr, BeforeValidator(_lower), StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ImageDecision(Value):
    """One image's own verdict; `sha256` is of the bytes that were looked at."""

    index: Annotated[StrictInt, Field(ge=0)]
    decision: Word
    alt_text: Long | None = None
    sha256: Digest | None = None
    comment: Long | None = Field(default=None, repr=False)


class DecisionBody(Value):
    """A verdict on the round; where one image is listed, all have to be."""

    decision: Word
    reviewer: Short | None = Field(default=None, repr=False)
    comment: Long | None = Field(default=None, repr=False)
    stage: Short | None = None
    round: StrictInt | None = None
    images: tuple[ImageDecision, ...] = Field(default=(), max_length=MAX_IMAGES)

    @property
    def words(self) -> str | None:
        """All comments as one text: the record keeps one for each decision."""
        own = [self.comment] if self.comment else []
        of_images = [f"Image {one.index}: {one.comment}" for one in self.images if one.comment]
        return "\n".join(own + of_images) or None


def in_our_form(raw: object) -> object:
    """
    Approvals' `outcome` + `responses[]` and Outlook's `SelectedOption` as a decision of ours.

    Their other fields say nothing we need. Of several responses the first one counts: this
    version has no rule that asks for more than one.
    """
    if not isinstance(raw, Mapping):
        return raw
    if "outcome" in raw:
        return _beside(raw) | _approvals(raw)
    if "SelectedOption" in raw:
        given = {"decision": raw["SelectedOption"], "reviewer": raw.get("UserEmailAddress")}
        return _beside(raw) | _known(given)
    return raw


def _approvals(raw: Mapping[str, Any]) -> dict[str, Any]:
    responses = raw.get("responses")
    first = responses[0] if isinstance(responses, list) and responses else {}
    first = first if isinstance(first, Mapping) else {}
    responder = first.get("responder")
    responder = responder if isinstance(responder, Mapping) else {}
    reviewer = responder.get("email") or responder.get("userPrincipalName")
    given = {"decision": raw["outcome"], "reviewer": reviewer, "comment": first.get("comments")}
    return _known(given)


def _beside(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: raw[name] for name in _BESIDE if name in raw}


def _known(given: Mapping[str, Any]) -> dict[str, Any]:
    """Flows send empty text where nobody wrote anything."""
    return {name: value for name, value in given.items() if value or name == "decision"}
