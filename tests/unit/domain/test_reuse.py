"""Reuse as rules: which request gives its images, which takes them, what no journal can tell."""

from typing import Any

import pytest

from shared.domain import facts
from shared.domain.approval_facts import Decided, ReleaseStarted, Withdrawn
from shared.domain.content import Content
from shared.domain.erasure_facts import ErasureRequested
from shared.domain.evidence import chain_of
from shared.domain.facts import Fact, FactData
from shared.domain.inputs import InputRef
from shared.domain.lines import read_line
from shared.domain.next_step import next_step
from shared.domain.policy_mark import PolicyMark
from shared.domain.request import Request, fold
from shared.domain.reuse import Wanted, is_source, reused_from, wanted_by
from shared.domain.reuse_evidence import reuse_faults
from shared.domain.screening import ScreeningRules
from shared.domain.step import FetchInputs, Intend, OpenStage, Release, Reuse, Screen
from shared.domain.transitions import State
from shared.domain.values import Options, Provenance, Stage, TemplateVersion
from shared.errors import IllegalMove
from tests.unit.histories import (
    ACCEPTED,
    APPROVED,
    BARE,
    EDIT,
    FETCHED,
    GATED,
    ID,
    MISSED,
    RELEASING,
    REUSING,
    REVIEWED,
    SOURCE,
    completed,
    decided,
    image,
    intended,
    lines,
    not_sent,
    opened,
    raised,
    request_of,
    resolved,
    reused,
    seconds,
)

ALLOWED: dict[str, Any] = {"reuse": "allow"}
WHOLE = (*REVIEWED, decided(True, True), RELEASING, APPROVED)
CONTENT = Content(salt="00" * 16, prompt="a lighthouse", variables={"what": "x"}, purpose="p")


def after(*history: FactData) -> object:
    return next_step(request_of(*history), seconds(60))


def test_it_is_looked_for_before_anything_is_asked_or_bought() -> None:
    """After inputs and screening, before people and money; once."""
    gated = GATED.model_copy(update=ALLOWED)
    edit = EDIT.model_copy(update=ALLOWED)
    screened = REUSING.model_copy(update={"screening": ScreeningRules()})

    assert after(REUSING) == after(gated) == after(edit, FETCHED) == Reuse()
    assert after(edit) == FetchInputs()
    assert after(screened) == Screen()
    assert after(ACCEPTED) == after(REUSING, MISSED) == Intend(1)
    assert after(gated, MISSED) == OpenStage(GATED.stages[0])


def test_what_was_reused_is_released_at_once() -> None:
    """All images, and nobody is asked."""
    request = request_of(REUSING, reused())

    assert (request.state, request.release) == (State.RELEASING, (0, 1))
    assert request.images == reused().images
    assert after(REUSING, reused()) == Release()
    assert request_of(REUSING, reused(), APPROVED).state is State.APPROVED


@pytest.mark.parametrize(
    ("terms", "fact"),
    [
        (ACCEPTED, reused()),
        (ACCEPTED, MISSED),
        (REUSING, reused(image(0))),
        (REUSING, reused(image(1), image(0))),
        (REUSING, reused(image(0), image(0))),
        (REUSING, reused(verdicts=())),
        (REUSING, reused(source=ID)),
        (BARE.model_copy(update=ALLOWED), reused()),
        (REUSING.model_copy(update={"require_provenance": True}), reused()),
        (REUSING.model_copy(update={"screening": ScreeningRules()}), reused()),
        (REUSING.model_copy(update={"screening": ScreeningRules()}), MISSED),
        (EDIT.model_copy(update=ALLOWED), reused()),
    ],
)
def test_no_journal_tells_of_such_a_reuse(terms: facts.Accepted, fact: FactData) -> None:
    """What was not allowed, not whole, not seen by people, or came too early, does not fold."""
    with pytest.raises(IllegalMove):
        request_of(terms, fact)


@pytest.mark.parametrize("fact", [reused(), MISSED])
@pytest.mark.parametrize("before", [(MISSED,), (intended(), not_sent())])
def test_it_is_looked_once(before: tuple[FactData, ...], fact: FactData) -> None:
    """Not again, and not after a call."""
    with pytest.raises(IllegalMove):
        request_of(REUSING, *before, fact)


def test_a_required_manifest_is_there() -> None:
    """Where provenance is a term, images that carry it may be reused."""
    terms = REUSING.model_copy(update={"require_provenance": True})
    there = (image(n).model_copy(update={"provenance": Provenance(c2pa="valid")}) for n in (0, 1))

    assert request_of(terms, reused(*there)).state is State.RELEASING


def test_an_operators_answer_after_a_swap() -> None:
    """Copies that are not what they were are never released: it goes the usual way."""
    stuck = (REUSING, reused(), raised("digest_mismatch"))
    again = request_of(*stuck, resolved(3, "generation"))

    assert (again.state, again.reused, again.release) == (State.QUEUED, None, ())
    assert after(*stuck, resolved(3, "generation")) == Intend(1)
    assert after(*stuck, resolved(3, "release")) == Release()
    assert request_of(*stuck, resolved(3, "abandon", "abandon")).state is State.FAILED
    with pytest.raises(IllegalMove):
        request_of(*stuck, resolved(3, "review"))


def test_a_source() -> None:
    """People have let all of its images through."""
    request = request_of(*WHOLE)
    found = reused_from(request, "e" * 64)

    assert is_source(request)
    assert [one.blob for one in found.images] == [f"{ID}/0.png", f"{ID}/1.png"]
    assert [one.sha256 for one in found.images] == [one.sha256 for one in request.images]
    assert (found.source, found.approved_at) == (ID, request.final_at)
    assert found.manifest_sha256 == completed().manifest_sha256
    assert [(one.stage, one.reviewer, one.decision) for one in found.verdicts] == [
        ("brand", "ana", "approve")
    ]
    assert is_source(request_of(*WHOLE, facts.Retired(phase="previews")))


def test_verdicts_that_count() -> None:
    """Not those that were taken back, nor a leave to spend money."""
    place: dict[str, Any] = {"stage": "brand", "round": 1, "reviewer": "ana", "via": "caller"}
    leave = opened().model_copy(
        update={
            "stage": "spend",
            "phase": "before",
            "images": (),
            "manifest_sha256": "0" * 64,
        }
    )
    spent = Decided(**place | {"stage": "spend"}, decision="approve")
    made = (facts.Queued(), intended(), completed(), opened())
    verdicts = (decided(True, False), Withdrawn(**place), decided(True, True))
    request = request_of(ACCEPTED, leave, spent, *made, *verdicts, RELEASING, APPROVED)

    assert is_source(request)
    assert len(reused_from(request, "e" * 64).verdicts) == 1


def lines_of(*history: FactData) -> list[str]:
    return [raw.decode() for raw in lines(*history)]


def reusing(source: list[str], called: dict[str, str] | None = None, **terms: Any) -> Request:
    """A request that has reused what these lines of another journal say, as far as they do."""
    reused_facts = [read_line(one.encode()) for one in source]
    found = reused_from(fold(ID, reused_facts), chain_of(source)["head"])
    found = found.model_copy(update={"called": called or {}})
    first = REUSING.model_copy(update={"request_id": SOURCE, **terms})
    request = Request(SOURCE)
    for data in (first, found, APPROVED):
        place: dict[str, Any] = {"at": seconds(9), "type": data.TYPE, "actor": "x"}
        seq = request.seq + 1
        fact = Fact(**place, seq=seq, data=data, by="b", prev="0" * 64)
        request = request.apply(fact)
    return request


def test_lines_that_prove_it() -> None:
    """Those of the original, whole, for the same, and approved as the other journal says."""
    whole = lines_of(*WHOLE)
    request = reusing(whole)
    longer = ACCEPTED.model_copy(update={"attention_deadline_s": 99})
    others = lines_of(longer, *WHOLE[1:])
    beyond = (*REVIEWED, decided(True, False), ReleaseStarted(images=(0,)), APPROVED)

    assert reuse_faults(request, whole) == []
    assert reuse_faults(reusing(others), others) == []
    assert reuse_faults(request, others) != []
    assert reuse_faults(reusing(whole, include_prompt=True), whole) != []
    assert reuse_faults(request, whole[:-1]) != []
    assert reuse_faults(reusing(lines_of(*beyond)), lines_of(*beyond)) != []
    assert not is_source(request_of(*beyond))


@pytest.mark.parametrize(
    ("called", "holds"),
    [
        ({"p:b": "p:a", "c:b": "c:a"}, True),
        ({"p:b": "p:a"}, False),
        ({}, False),
        ({"p:b": "p:a", "c:b": "c:a", "p:c": "p:a"}, False),
        ({"p:b": "c:a", "c:b": "p:a"}, False),
    ],
)
def test_lines_with_other_names(called: dict[str, str], holds: bool) -> None:
    """Under another key people and texts are called otherwise, but each is one and the same."""

    def asking(name: str) -> Stage:
        known = {"escalate_to": (f"p:{name}",), "checklist": (f"c:{name}",)}
        return ACCEPTED.stages[0].model_copy(update=known)

    ticked = decided(True, True).model_copy(update={"checklist": ("c:a",)})
    there = ACCEPTED.model_copy(update={"stages": (asking("a"),)})
    source = lines_of(there, *REVIEWED[1:], ticked, RELEASING, APPROVED)
    request = reusing(source, called, stages=(asking("b"),))

    assert (reuse_faults(request, source) == []) is holds


def test_no_source() -> None:
    """Not whole, not approved, by nobody, erased, or itself reused."""
    half = ReleaseStarted(images=(1,)), facts.Approved(blobs={1: f"{ID}/1.png"})
    unasked = (BARE, intended(), completed(), RELEASING, APPROVED)
    idea = ACCEPTED.model_copy(
        update={"stages": (Stage(name="idea", phase="before", deadline_s=3600),)}
    )
    of_idea = decided().model_copy(update={"stage": "idea", "decision": "approve"})
    assert isinstance(of_idea, Decided)
    before = opened().model_copy(
        update={
            "stage": "idea",
            "phase": "before",
            "images": (),
            "manifest_sha256": "0" * 64,
        }
    )
    of_prompt = (idea, before, of_idea, facts.Queued(), intended(), completed())

    assert not is_source(request_of(*REVIEWED, decided(False, True), *half))
    assert not is_source(request_of(*WHOLE[:-1]))
    assert not is_source(request_of(*WHOLE[:-1], facts.Approved(blobs={0: f"{ID}/0.png"})))
    assert not is_source(request_of(*unasked))
    assert not is_source(request_of(*of_prompt, RELEASING, APPROVED))
    assert not is_source(request_of(*WHOLE, ErasureRequested(erasure=ID)))
    assert not is_source(request_of(REUSING, reused(), APPROVED))


def wanted(**fields: Any) -> Wanted:
    given = ACCEPTED.model_copy(update=fields)
    return wanted_by(request_of(given))


# An option of each kind, as ACCEPTED does not have it.
OTHERWISE: dict[str, Any] = {
    "model": "gpt-image-1.5",
    "n": 1,
    "size": "auto",
    "quality": "low",
    "output_format": "jpeg",
    "background": "opaque",
    "output_compression": 50,
    "moderation": "low",
    "partial_images": 1,
    "style": "vivid",
    "input_fidelity": "high",
    "input_images": 1,
    "mask": True,
}
MASK = InputRef(index=0, role="mask", source="blob", sha256="b" * 64)


@pytest.mark.parametrize(
    "fields",
    [
        {"caller": "other"},
        {"stages": ()},
        {"stages": (*ACCEPTED.stages, Stage(name="legal", deadline_s=60))},
        {"stages": (ACCEPTED.stages[0].model_copy(update={"checklist": ("logo",)}),)},
        {"template": TemplateVersion(name="hero", version=1, sha256="0" * 64)},
        {"include_prompt": True},
        {"inputs": (MASK,)},
        {"inputs": (MASK.model_copy(update={"role": "image"}),)},
        *(
            {"options": ACCEPTED.options.model_copy(update={name: value})}
            for name, value in OTHERWISE.items()
        ),
    ],
)
def test_what_has_to_be_the_same(fields: dict[str, Any]) -> None:
    """Whatever the model was told, and whoever was asked about it, makes another request."""
    one, other = wanted(), wanted(**fields)

    assert one != other
    assert one.text(CONTENT) != other.text(CONTENT)


def test_every_option_has_to_be_the_same() -> None:
    """The options that the test before changes are all that there are."""
    assert set(OTHERWISE) == set(Options.model_fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "a lighthouse."},
        {"variables": {"what": "y"}},
        {"purpose": None},
        {"alt_text": "x"},
    ],
)
def test_words_have_to_be_the_same(fields: dict[str, Any]) -> None:
    """The prompt, what it was filled in with, and what reviewers read beside it."""
    assert wanted().text(CONTENT) != wanted().text(CONTENT.model_copy(update=fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"lane": "bulk"},
        {"callback_events": ("darkroom.request.approved",)},
        {"rerun_of": ID},
        {"reuse": "allow"},
        {"require_provenance": True},
        {"policy": PolicyMark(version="2", sha256="0" * 64)},
        {"on_unknown": "retry_once"},
    ],
)
def test_what_may_differ(fields: dict[str, Any]) -> None:
    """How it is sent, and what holds for each request by itself anyway."""
    assert wanted() == wanted(**fields)
    assert wanted().text(CONTENT) == wanted(**fields).text(CONTENT)


def test_labels_may_differ() -> None:
    """Who asks, and what is only carried along."""
    other = {"salt": "11" * 16, "requested_by": "li", "cost_center": "x", "metadata": {"a": 1}}

    assert wanted().text(CONTENT) == wanted().text(CONTENT.model_copy(update=other))


def test_inputs_yet_to_be_fetched() -> None:
    """Nothing can be said of what nobody has seen; once it is here, by its digest."""
    assert not wanted_by(request_of(EDIT)).known
    assert wanted_by(request_of(EDIT, FETCHED)).known
    assert wanted_by(request_of(EDIT, FETCHED)).inputs == (("image", "a" * 64),)
