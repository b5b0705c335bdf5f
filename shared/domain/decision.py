"""The body of a decision, in our own form and in the two forms that flows send."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import BeforeValidator, Field, StrictInt, StrictStr, StringConstraints

from shared.domain.stage_body import Long, Person, Short
from shared.domain.values import WHOLE, Value

# Of a review with ten images; far below what the content blob can hold.
MAX_IMAGES = 100
# Fields of ours that may stand beside a flow's own.
_BESIDE = ("stage", "round", "images", "comment", "checklist", "root", "items")


def _word(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


# An empty one says that there shall be none, whatever a model has drafted.
AltText = Annotated[StrictStr, StringConstraints(max_length=2000)]
ImageWord = Annotated[Literal["approve", "reject", "revise"], BeforeValidator(_word)]
Word = Annotated[
    Literal["approve", "reject", "revise", "delegate", "withdraw"], BeforeValidator(_word)
]
Digest = Annotated[StrictStr, BeforeValidator(_lower), StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ImageDecision(Value):
    """One image's own verdict; `sha256` is of the bytes that were looked at."""

    index: Annotated[StrictInt, Field(ge=0), WHOLE]
    decision: ImageWord
    alt_text: AltText | None = Field(
        default=None, repr=False, description="In place of a draft; an empty one takes it away."
    )
    sha256: Digest | None = None
    comment: Long | None = Field(default=None, repr=False)


class DecisionBody(Value):
    """
    A verdict on the round; where one image is listed, all have to be.

    `revise` asks for another round: of the image so named, with the comment as what to change.
    """

    decision: Word
    reviewer: Short | None = Field(default=None, repr=False)
    also_known_as: tuple[Short, ...] = Field(
        default=(), max_length=10, repr=False, description="Other addresses or ids of the reviewer."
    )
    comment: Long | None = Field(default=None, repr=False)
    to: Person | None = Field(default=None, repr=False, description="Who decides instead.")
    checklist: tuple[Short, ...] = Field(default=(), max_length=20, description="What is ticked.")
    stage: Short | None = None
    round: Annotated[StrictInt, WHOLE] | None = None
    images: tuple[ImageDecision, ...] = Field(default=(), max_length=MAX_IMAGES)

    @property
    def word(self) -> Word:
        """A wish for one image is one for another round."""
        wished = any(one.decision == "revise" for one in self.images)
        return "revise" if wished else self.decision

    @property
    def words(self) -> str | None:
        """All comments as one text: the record keeps one for each decision. People count from 1."""
        own = [self.comment] if self.comment else []
        of_images = [f"Image {one.index + 1}: {one.comment}" for one in self.images if one.comment]
        return "\n".join(own + of_images) or None


def in_our_form(raw: object) -> list[object]:
    """
    Approvals' `outcome` + `responses[]` and Outlook's `SelectedOption` as decisions of ours.

    Their other fields say nothing we need. Each response is a verdict of its own; those that led
    to the outcome come first, so that a stage that ends by one answer ends by one of these.
    """
    if not isinstance(raw, Mapping):
        return [raw]
    if "outcome" in raw:
        return [_beside(raw) | one for one in _approvals(raw)]
    if "SelectedOption" in raw:
        given = {"decision": raw["SelectedOption"], "reviewer": raw.get("UserEmailAddress")}
        return [_beside(raw) | _known(given)]
    return [raw]


def _approvals(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    outcome, given = raw["outcome"], raw.get("responses")
    responses = [one for one in given if isinstance(one, Mapping)] if _is_list(given) else []
    decisive = [one for one in responses if _answer(one, outcome) == outcome]
    if not decisive:
        return [_response(outcome, one) for one in responses[:1] or [{}]]
    others = [one for one in responses if _answer(one, outcome) != outcome]
    return [_response(_answer(one, outcome), one) for one in (*decisive, *others)]


def _answer(response: Mapping[str, Any], outcome: object) -> object:
    return response.get("approverResponse", outcome)


def _response(answer: object, response: Mapping[str, Any]) -> dict[str, Any]:
    responder = response.get("responder")
    responder = responder if isinstance(responder, Mapping) else {}
    names = [responder.get(name) for name in ("email", "userPrincipalName", "id")]
    first, *others = [name for name in names if name] or [None]
    given = {"decision": answer, "reviewer": first, "alsoKnownAs": others}
    return _known(given | {"comment": response.get("comments")})


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _beside(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: raw[name] for name in _BESIDE if name in raw}


def _known(given: Mapping[str, Any]) -> dict[str, Any]:
    """Flows send empty text where nobody wrote anything."""
    return {name: value for name, value in given.items() if value or name == "decision"}
