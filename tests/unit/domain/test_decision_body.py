"""A decision's body in our form and in the forms that flows send."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.decision import DecisionBody, in_our_form


def read(raw: object) -> DecisionBody:
    return read_all(raw)[0]


def read_all(raw: object) -> list[DecisionBody]:
    forms = in_our_form(raw)
    return [DecisionBody.model_validate(one, by_alias=True, by_name=False) for one in forms]


@pytest.mark.parametrize("word", ["approve", " Approve ", "APPROVE"])
def test_case_is_ignored(word: str) -> None:
    """A verdict may be written in any case."""
    assert read({"decision": word}).decision == "approve"


@pytest.mark.parametrize("word", ["Revise", "delegate", "WITHDRAW "])
def test_other_things_to_say(word: str) -> None:
    """Asking for another round, naming somebody else, taking back: in any case, too."""
    assert read({"decision": word}).word == word.strip().lower()


def test_a_wish_for_one_image() -> None:
    """It makes the whole verdict one for another round."""
    image = {"index": 1, "decision": "revise", "comment": "warmer"}

    assert read({"decision": "approve", "images": [image]}).word == "revise"


@pytest.mark.parametrize("word", ["maybe", 5, None])
def test_other_verdicts(word: object) -> None:
    """What nobody can say is refused."""
    with pytest.raises(ValidationError):
        read({"decision": word})


def test_our_form() -> None:
    """Images with their own verdicts; digests in any case; comments become one text."""
    image = {"index": 1, "decision": "Reject", "sha256": "AB" * 32, "comment": "six fingers"}
    body = read({"decision": "approve", "comment": "fine", "images": [image]})

    assert body.images[0].sha256 == "ab" * 32
    assert body.words == "fine\nImage 2: six fingers"
    assert read({"decision": "approve"}).words is None


@pytest.mark.parametrize(
    "image",
    [
        {"index": -1, "decision": "approve"},
        {"index": "0", "decision": "approve"},
        {"index": 0, "decision": "approve", "sha256": "ab"},
        {"index": 0, "decision": "approve", "sha256": 5},
        {"index": 0},
    ],
)
def test_malformed_images(image: dict[str, Any]) -> None:
    """An image needs a number, a verdict and, if any, a whole digest."""
    with pytest.raises(ValidationError):
        read({"decision": "approve", "images": [image]})


def test_approvals() -> None:
    """The answer of an approval card: outcome, and who answered what."""
    response = {"responder": {"email": "ana@contoso.com"}, "comments": "warm", "x": 1}
    body = read({"outcome": "Reject", "responses": [response], "round": 2, "requestDate": "…"})

    assert (body.decision, body.reviewer, body.comment) == ("reject", "ana@contoso.com", "warm")
    assert body.round == 2


def test_approvals_by_user_principal_name() -> None:
    """Without a mail address the principal name says who it was; empty comments are none."""
    responder = {"email": "", "userPrincipalName": "bo@contoso.com"}
    body = read({"outcome": "Approve", "responses": [{"responder": responder, "comments": ""}]})

    assert (body.reviewer, body.comment) == ("bo@contoso.com", None)


def test_approvals_with_several_responses() -> None:
    """Each is a verdict with all names of its responder; those of the outcome come first."""
    given = [
        {"responder": {"email": "ana@contoso.com"}, "approverResponse": "Approve"},
        {
            "responder": {"email": "b@alias.com", "userPrincipalName": "bo@contoso.com", "id": "7"},
            "approverResponse": "Reject",
            "comments": "six fingers",
        },
    ]
    body, other = read_all({"outcome": "Reject", "responses": given})

    assert (other.decision, other.reviewer) == ("approve", "ana@contoso.com")
    assert (body.reviewer, body.comment) == ("b@alias.com", "six fingers")
    assert body.also_known_as == ("bo@contoso.com", "7")
    assert len(in_our_form({"outcome": "Custom", "responses": given})) == 1


@pytest.mark.parametrize("responses", [None, [], "x", ["x"], [{}], [{"responder": "x"}]])
def test_approvals_without_responders(responses: object) -> None:
    """An outcome counts also where its responses are missing or odd."""
    body = read({"outcome": "Approve", "responses": responses})

    assert (body.decision, body.reviewer) == ("approve", None)


def test_outlook() -> None:
    """The answer of a mail with options."""
    body = read({"SelectedOption": "Approve", "UserEmailAddress": "a@b.c", "stage": "brand"})

    assert (body.decision, body.reviewer, body.stage) == ("approve", "a@b.c", "brand")


@pytest.mark.parametrize("raw", [None, 1, [], {}])
def test_no_decision(raw: object) -> None:
    """What holds no verdict is left as it is, for the validator to refuse."""
    assert in_our_form(raw) == [raw]
