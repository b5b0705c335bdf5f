"""The request as callers see it, in every state."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.chain.resource import resource_of, ticket_of
from shared.chain.sinks import NO_SINK
from shared.domain.content import Content
from shared.domain.facts import FactData
from shared.domain.resource import Resource
from shared.domain.transitions import FINAL, State
from shared.domain.values import ImageVerdict
from shared.security.tokens import read_review_token
from tests.crash.world import World
from tests.unit.histories import (
    ACCEPTED,
    ID,
    REVIEWED,
    completed,
    decided,
    intended,
    opened,
    refused,
    request_of,
    seconds,
    unknown,
)
from tests.unit.states import HISTORIES

S = World().s
NOW = seconds(100)
CONTENT = Content(
    salt="00",
    prompt="secret prompt",
    requested_by="li@contoso.com",
    purpose="hero",
    alt_text="tower",
    cost_center="MKT",
    idempotency_key="k1",
    metadata={"campaign": "autumn", "n": 1.5, "b": True, "none": None},
    callback_url="https://secret.example/",
    callback_secret="whsec_secret",
    people={"ana": "ana@contoso.com"},
    comments={"n1": "warmer"},
    alt_texts={"n1/1": "own", "n2/0": "of a verdict that was refused"},
)
HISTORY_OF = {state: history for state, history in HISTORIES.items() if history}


def shown(*history: FactData, content: Content | None = CONTENT) -> Resource:
    return resource_of(request_of(*history), content, S.links, NOW)


@pytest.mark.parametrize("state", HISTORY_OF)
@pytest.mark.parametrize("content", [CONTENT, None])
def test_every_state(state: State, content: Content | None) -> None:
    """The shape validates in each state, with the content and without, and holds no secret."""
    resource = shown(*HISTORY_OF[state], content=content)
    text = resource.model_dump_json(by_alias=True)

    assert Resource.model_validate_json(text).wire() == resource.wire()
    assert not any(word in text for word in ("secret", "whsec_", "salt"))
    assert resource.links.self == f"https://darkroom.example/api/images/{ID}"
    assert resource.links.result.startswith(resource.links.self + "/result?sig=")
    assert resource.links.cancel == resource.links.self + "/cancel"
    assert resource.links.evidence == resource.links.self + "/evidence"
    assert resource.links.review == f"https://darkroom.example/api/review#request={ID}"
    assert (resource.progress.percent == 100) == (state in FINAL)
    assert (resource.error is not None) == (state is State.FAILED)
    assert (resource.attention is not None) == (state is State.ATTENTION)


@pytest.mark.parametrize("partials", [None, 0, 2])
def test_preview_url(partials: int | None) -> None:
    """While a call may send partial images there is a link to the latest, good for an hour."""
    options = ACCEPTED.options.model_copy(update={"partial_images": partials})
    accepted = ACCEPTED.model_copy(update={"options": options})
    before, during, after = (
        shown(accepted, *rest).progress.preview_url
        for rest in ((), (intended(),), (intended(), completed()))
    )

    assert (before, after, during is None) == (None, None, partials == 0)
    if during is not None:
        place, _, token = during.partition("&token=")
        assert place == f"https://darkroom.example/api/images/{ID}/content/0?preview=1"
        claims = read_review_token(S.terms.ring, token, NOW)
        assert (claims.phase, claims.manifest) == ("view", "")
        assert claims.expires_at == NOW + timedelta(hours=1)


def test_progress_never_goes_back() -> None:
    """Asked before generation, a request is not further than when it waits for the model."""
    states = (State.ACCEPTED, State.ASKING, State.QUEUED, State.GENERATING, State.REVIEWING)
    percents = [shown(*HISTORY_OF[state]).progress.percent for state in states]

    assert percents == sorted(percents)


def test_content() -> None:
    """What people wrote is shown while it is kept, and null afterwards."""
    with_, without = shown(ACCEPTED), shown(ACCEPTED, content=None)

    names = ("requested_by", "purpose", "alt_text", "cost_center", "metadata", "idempotency_key")
    assert [getattr(with_, name) for name in names] == [getattr(CONTENT, name) for name in names]
    assert [getattr(without, name) for name in names] == [None] * 6
    assert with_.prompt_sha256 == ACCEPTED.prompt_sha256


def test_words_about_an_image() -> None:
    """What a reviewer wrote is shown with the very bytes that the verdict was about."""
    data = decided(False, True).model_copy(update={"note": "n1"})
    other = ImageVerdict(index=1, approved=True, sha256="12" * 32)
    of_others = data.model_copy(update={"images": (data.images[0], other)})

    assert [one.alt_text for one in shown(*REVIEWED, data).images] == ["tower", "own"]
    request = request_of(*REVIEWED, data)
    swapped = replace(request, decisions=(replace(request.decisions[0], data=of_others),))
    found = resource_of(swapped, CONTENT, S.links, NOW).images
    assert [one.alt_text for one in found] == ["tower", "tower"]


@pytest.mark.parametrize(
    ("state", "images"),
    [
        (State.GENERATED, ["review", "review"]),
        (State.REVIEWING, ["review", "review"]),
        (State.APPROVED, ["approved", "approved"]),
        (State.REJECTED, ["rejected", "rejected"]),
        (State.EXPIRED, ["superseded", "superseded"]),
        (State.ATTENTION, []),
    ],
)
def test_images(state: State, images: list[str]) -> None:
    """Each image has its state, its alternative text, and a link while it may be looked at."""
    found = shown(*HISTORY_OF[state]).images

    assert [image.state for image in found] == images
    assert [image.alt_text for image in found] == ["tower", "tower"][: len(found)]
    for image in found:
        assert (image.url is not None) == (image.state in ("review", "approved"))
        assert (image.blob is not None) == (image.state == "approved")
        if image.url:
            token = image.url.partition("?token=")[2]
            claims = read_review_token(S.terms.ring, token, NOW)
            assert (claims.request_id, claims.phase, claims.manifest) == (ID, "view", "d" * 64)
            assert claims.expires_at == image.url_expires_at == NOW + timedelta(hours=1)


def test_images_of_another_attempt() -> None:
    """Images that came late beside the chosen ones are superseded."""
    history = (ACCEPTED, intended(), unknown(inferred=True), intended(2), completed(2))
    found = shown(*history, completed()).images

    assert [image.state for image in found] == ["superseded"] * 2 + ["review"] * 2


def test_decisions() -> None:
    """A decision names the reviewer while that is kept, and its comment."""
    data = decided(False, True).model_copy(update={"note": "n1"})
    with_ = shown(*REVIEWED, data).approval
    without = shown(*REVIEWED, data, content=None).approval
    assert with_ is not None and without is not None

    [first], [second] = with_.decisions, without.decisions
    assert (first.reviewer, first.comment, first.decision) == (
        *("ana@contoso.com", "warmer", "approve"),
    )
    assert (second.reviewer, second.comment) == ("ana", None)
    assert shown(ACCEPTED).approval is None


def test_a_rejection_is_shown_as_one() -> None:
    """A verdict that lets no image through is a rejection."""
    approval = shown(*REVIEWED, decided(False, False)).approval

    assert approval is not None and approval.decisions[0].decision == "reject"


def test_money() -> None:
    """Costs of completed calls add up; what unknown ones may have cost is told apart."""
    history = (ACCEPTED, intended(), unknown(), intended(2), completed(2))
    resource = shown(*history)

    assert (resource.cost.amount, resource.cost.maybe_billed_amount) == (0.05, 0.05)
    assert (resource.cost.price_book, resource.usage) == ("2026-11", None)
    assert shown(ACCEPTED).cost.price_book is None


def test_a_refusal() -> None:
    """The error names what was found, in our words."""
    error = shown(ACCEPTED, intended(), refused()).error

    assert error is not None
    assert (error.code, error.categories) == ("content_filtered", ("violence",))
    assert "safety system" in error.detail


def test_the_ticket() -> None:
    """A submit answers the short form, with what it is warned of."""
    heard = ticket_of(request_of(ACCEPTED), S.links, (NO_SINK,))

    assert heard.warnings == (NO_SINK,)
    assert (heard.id, heard.status) == (ID, "accepted")
    assert heard.cancel_url == heard.status_url + "/cancel"
    assert len(heard.result_url) < 1500


def test_the_stage_that_is_open() -> None:
    """Deadline and reviewers of the open stage are shown."""
    named = ACCEPTED.model_copy(
        update={"stages": (ACCEPTED.stages[0].model_copy(update={"reviewers": ("ana", "x")}),)}
    )
    approval = shown(named, intended(), completed(), opened(500)).approval

    assert approval is not None
    assert (approval.stage, approval.deadline) == ("brand", seconds(500))
    assert approval.reviewers == ("ana@contoso.com", "x")
