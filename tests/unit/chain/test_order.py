"""From a body to an order: defaults, every rule, every fault together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.order import Order, order_of
from shared.chain.request_keys import Origin
from shared.chain.services import Services
from shared.domain.submission import SubmitBody
from shared.domain.transitions import EVENTS, FINAL_EVENTS
from shared.errors import InvalidRequest
from shared.security.callers import Caller
from shared.security.people import pseudonym
from tests.crash.world import CALLER, World
from tests.unit.histories import MAIL, URL, order

OWN = {"after": [{"name": "legal", "reviewers": [MAIL], "deadline": "PT2H"}]}
SECRET = "whsec_" + "c2VjcmV0" * 4


def ordered(body: object, caller: Caller = CALLER, **terms: Any) -> Order:
    s: Services = World().s
    changed = replace(s, terms=replace(s.terms, **terms))
    return order_of(body, SubmitBody, caller, Origin(), changed)


def faults(body: object, caller: Caller = CALLER, **terms: Any) -> list[str]:
    with pytest.raises(InvalidRequest) as caught:
        ordered(body, caller, **terms)
    return [fault.pointer for fault in caught.value.faults]


def test_defaults() -> None:
    """A prompt is enough: the rest comes from the settings."""
    found = ordered({"prompt": "x"})

    assert (found.options.model, found.options.n) == ("gpt-image-2", 1)
    assert (found.stages[0].name, found.stages[0].deadline_s) == ("brand", 72 * 3600)
    assert found.callback_events == ()


def test_faults_come_together() -> None:
    """Shape, model, approval and callback: every fault of the body is in one answer."""
    found = faults(
        {
            "n": 99,
            "model": "gpt-image-1",
            "approval": "none",
            "callbackUrl": "https://evil.example/",
            "callbackSecret": "short",
            "callbackEvents": ["x"],
        }
    )

    assert found == [
        *("#/n", "#/prompt", "#/model", "#/approval"),
        *("#/callbackEvents/0", "#/callbackUrl", "#/callbackSecret"),
    ]


def test_a_secret_that_is_none() -> None:
    """What is said of it is a sentence, and does not repeat it."""
    with pytest.raises(InvalidRequest) as refused:
        ordered({"prompt": "x", "callbackSecret": "short"})

    [fault] = refused.value.faults
    assert fault.detail == "expected whsec_ and the base64 of 24 to 64 bytes."


def test_a_caller_of_templates_only() -> None:
    """Who may only use templates sends no prompt of its own."""
    caller = replace(CALLER, templates_only=True)
    with pytest.raises(InvalidRequest) as refused:
        order_of({"prompt": "x"}, SubmitBody, caller, Origin(), World().s)

    assert [fault.pointer for fault in refused.value.faults] == ["#/prompt"]


def test_a_field_with_a_fault_is_not_judged_twice() -> None:
    """What could not be read causes no further fault of the same field."""
    assert faults({"prompt": "x", "approval": 5, "size": 1, "callbackEvents": 1}) == [
        *("#/size", "#/approval", "#/callbackEvents")
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ["#/prompt"]),
        ({"prompt": None}, ["#/prompt"]),
        ({"prompt": 5}, ["#/prompt"]),
        ({"template": {"name": "hero"}}, ["#/template/name"]),
        ({"template": {"name": "../hero"}}, ["#/template/name"]),
        ({"prompt": "x", "template": {"name": "hero"}}, ["#/prompt"]),
        ({"prompt": "x", "template": {}}, ["#/template/name", "#/prompt"]),
        ({"template": {}}, ["#/template/name"]),
    ],
)
def test_prompt_or_template(body: dict[str, Any], expected: list[str]) -> None:
    """Exactly one of them; here no template was put."""
    assert faults(body) == expected


def test_models_of_a_caller() -> None:
    """A caller may be limited to some of the deployed models."""
    limited = replace(CALLER, models=("gpt-image-1.5",))

    assert faults({"prompt": "x", "model": "gpt-image-1.5"}) == ["#/model"]
    assert faults({"prompt": "x"}, limited) == ["#/model"]


def test_the_callers_own_stage() -> None:
    """A stage of the body's own; its reviewers are pseudonyms in the record, names in content."""
    world = World()
    found = order(world, approval=OWN)

    person = pseudonym(world.s.terms.ring, MAIL.lower())
    assert found.stages[0].reviewers == (person,)
    assert found.content.people == {person: MAIL}
    assert found.stages[0].deadline_s == 7200


@pytest.mark.parametrize(
    ("standard", "asked", "stages"),
    [
        (None, "default", ["brand"]),
        ("default", "default", ["brand"]),
        ("none", "default", []),
        ("none", "none", []),
        ("none", OWN, ["legal"]),
        (OWN, "default", ["legal"]),
    ],
)
def test_whose_approval(
    standard: Mapping[str, object] | str | None, asked: object, stages: list[str]
) -> None:
    """The body's own, else the caller's, else that of the settings."""
    found = ordered({"prompt": "x", "approval": asked}, replace(CALLER, approval=standard))

    assert [stage.name for stage in found.stages] == stages


def test_none_needs_leave() -> None:
    """Only a caller whose own rule is `none` may go without an approval."""
    assert faults({"prompt": "x", "approval": "none"}) == ["#/approval"]
    assert faults({"prompt": "x", "approval": "none"}, replace(CALLER, approval=OWN)) == [
        "#/approval"
    ]
    assert ordered({"prompt": "x", "approval": "none"}, default_approval="none").stages == ()


@pytest.mark.parametrize(
    ("deadline", "good"),
    [("PT59S", False), ("PT1M", True), ("P180D", True), ("P181D", False)],
)
def test_deadlines(deadline: str, good: bool) -> None:
    """A stage waits a minute at least and MAX_WAIT_DAYS at most."""
    body = {"prompt": "x", "approval": {"after": [{"deadline": deadline}]}}
    if good:
        assert ordered(body).stages
    else:
        assert faults(body) == ["#/approval/after/0/deadline"]


def test_a_default_approval_that_is_broken() -> None:
    """A fault in the settings is said to be there, without showing them."""
    with pytest.raises(InvalidRequest) as caught:
        ordered({"prompt": "x"}, default_approval={"after": [{"mood": "good"}]})

    assert "settings" in caught.value.faults[0].detail


def test_callback() -> None:
    """Events are told only where there is somebody to tell; secrets are checked."""
    body = {"prompt": "x", "callbackUrl": URL, "callbackSecret": SECRET}

    assert set(ordered(body).callback_events) == set(FINAL_EVENTS)
    assert ordered(body | {"callbackEvents": ["*"]}).callback_events == EVENTS
    assert ordered(body | {"callbackEvents": []}).callback_events == ()


def test_a_body_that_is_no_object() -> None:
    """The root is named."""
    assert faults(["x"]) == ["#"]


def test_what_people_wrote_is_content() -> None:
    """Nothing that names a person or was written by one is outside the erasable half."""
    body = {
        "prompt": "secret prompt",
        "callbackUrl": URL,
        "requestedBy": MAIL,
        "purpose": "p",
        "altText": "a",
        "costCenter": "c",
        "metadata": {"k": 1.5, "b": True, "n": None},
        "callbackSecret": SECRET,
    }
    found = ordered(body)

    assert "secret prompt" not in repr(found)
    assert found.content.metadata == body["metadata"]
    assert (found.content.requested_by, found.content.cost_center) == (MAIL, "c")
    assert len(bytes.fromhex(found.content.salt)) == 16
