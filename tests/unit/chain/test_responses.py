"""Requests that go through an orchestrator: where they may go, and what they cost."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shared.chain.costs import most_of, orchestrator_of
from shared.chain.doors import resume
from shared.chain.resource import resource_of
from shared.domain import facts
from shared.domain.money import PriceBook
from shared.domain.transitions import State
from shared.domain.values import Options, Usage
from shared.errors import InvalidRequest, ModelError, ModelRefused, ModelUnknown
from shared.services import PRICES
from tests.crash.world import CALLER, World
from tests.fakes import Plays, ScriptedModel, small_png
from tests.unit.histories import brought_to, look, submitted

BOOK = PriceBook.model_validate_json(PRICES.read_bytes())
MODEL, CHAT = "gpt-image-1.5", "gpt-4.1"
IMAGE: Mapping[str, object] = {"input_tokens": 40, "output_tokens": 1000}
ASKING: Mapping[str, object] = {"input_tokens": 2500, "output_tokens": 250}
# 40 text tokens at 5, 1,000 image tokens at 32; 2,500 tokens at 2, 250 at 8.
IMAGE_COST, ASKING_COST = 0.0322, 0.007


def world_with(*script: Plays, apis: tuple[str, ...] = ("responses",)) -> World:
    """Deployments of these forms, in the order in which they are asked."""
    world = World(model=ScriptedModel(*script))
    plain = replace(world.s.terms.deployments[0], model=MODEL)
    through = {"orchestrator": "chat", "orchestrator_model": CHAT}
    deployments = tuple(
        replace(plain, name=api, priority=k, api=api, **(through if api == "responses" else {}))  # type: ignore[arg-type]
        for k, api in enumerate(apis)
    )
    terms = replace(world.s.terms, deployments=deployments, prices=BOOK)
    world.s = replace(world.s, terms=terms)
    return world


def completed(plays: Plays) -> facts.Completed:
    world = world_with(plays)
    request_id = brought_to(world, "reviewing", quality="low")
    found = world.request(request_id).attempts[0].completed
    assert found is not None
    return found


def test_both_counts() -> None:
    """The image's tokens and the orchestrator's are kept apart and paid together."""
    found = completed(Plays(usage=IMAGE, orchestrator_usage=ASKING))

    assert found.usage == Usage(
        input_tokens=40,
        output_tokens=1000,
        input_text_tokens=40,
        output_image_tokens=1000,
        orchestrator_input_tokens=2500,
        orchestrator_output_tokens=250,
    )
    assert found.cost.amount == pytest.approx(IMAGE_COST + ASKING_COST)
    assert not found.cost.estimated


def test_the_image_is_not_counted() -> None:
    """Where Azure leaves the tool's usage out, the image is estimated beside what was counted."""
    found = completed(Plays(usage=None, orchestrator_usage=ASKING))
    image = BOOK.estimate(world_options(), len("a lighthouse")).amount

    assert found.usage == Usage(orchestrator_input_tokens=2500, orchestrator_output_tokens=250)
    assert found.cost.amount == pytest.approx(image + ASKING_COST)
    assert found.cost.estimated


def world_options() -> Options:
    world = world_with()
    return world.request(submitted(world, quality="low")).terms.options


def test_the_orchestrator_is_not_counted() -> None:
    """An image whose stream broke behind it has at least its own count."""
    found = completed(Plays(usage=IMAGE, orchestrator_usage=None))

    assert found.usage is not None and found.usage.orchestrator_input_tokens == 0
    assert found.cost.amount > IMAGE_COST + ASKING_COST / 2 and found.cost.estimated


def test_nothing_is_counted() -> None:
    """Then there is no usage, and the estimate has both parts."""
    found = completed(Plays(usage=None))

    assert (found.usage, found.cost.estimated) == (None, True)
    assert found.cost == BOOK.estimate(world_options(), len("a lighthouse"), CHAT)


def test_an_orchestrators_count_means_nothing_to_other_deployments() -> None:
    """A deployment without an orchestrator is never billed for one."""
    world = world_with(Plays(usage=IMAGE, orchestrator_usage=ASKING), apis=("v1",))
    request_id = brought_to(world, "reviewing")
    found = world.request(request_id).attempts[0].completed

    assert found is not None and found.usage is not None
    assert found.usage.orchestrator_input_tokens == 0
    assert found.cost.amount == pytest.approx(IMAGE_COST)


def perhaps_billed() -> ModelError:
    error = ModelRefused()
    error.maybe_billed = True
    return error


@pytest.mark.parametrize("error", [perhaps_billed(), ModelUnknown()])
def test_what_may_have_been_billed(error: ModelError) -> None:
    """The orchestrator's tokens are part of it, those of the prompt twice."""
    world = world_with(Plays(error=error))
    request_id = submitted(world, quality="low", prompt="x" * 20_000)
    look(world.s, request_id)
    outcome = world.request(request_id).attempts[0].outcome

    assert isinstance(outcome, facts.Refused | facts.Unknown)
    assert outcome.maybe_billed == BOOK.estimate(world_options(), 20_000, CHAT)


def test_salvaged_images() -> None:
    """Images that are taken without their manifest cost the orchestrator too."""
    world = world_with(Plays(images=[small_png(1)], error=ModelUnknown(), billed=True))
    request_id = brought_to(world, "attention", quality="low")
    attention = world.request(request_id).attention
    assert attention is not None
    resume(request_id, "useStored", attention.seq, CALLER, world.s)
    world.run_for(30)

    found = world.request(request_id).attempts[0].completed
    assert found is not None and found.salvaged
    assert found.cost == BOOK.estimate(world_options(), len("a lighthouse"), CHAT)


def test_a_deployment_that_was_removed_meanwhile() -> None:
    """Its orchestrator is not known any more."""
    world = world_with(Plays(error=ModelUnknown()))
    request_id = submitted(world)
    look(world.s, request_id)
    attempt = world.request(request_id).attempts[0]

    assert orchestrator_of(attempt, world.s.terms) == CHAT
    assert orchestrator_of(attempt, world_with(apis=("v1",)).s.terms) is None


def test_several_images_go_elsewhere() -> None:
    """What the tool cannot draw at once is asked of the next deployment by priority."""
    world = world_with(apis=("responses", "v1"))
    one, two = brought_to(world, "reviewing"), brought_to(world, "reviewing", n=2)

    assert world.request(one).attempts[0].deployment == "responses"
    assert world.request(two).attempts[0].deployment == "v1"


def test_several_images_at_a_door() -> None:
    """With no other deployment of the model the body has a fault, and the place says so."""
    with pytest.raises(InvalidRequest) as caught:
        submitted(world_with(), n=2)

    [fault] = caught.value.faults
    assert (fault.pointer, "one image a request" in fault.detail) == ("#/n", True)


def test_several_images_after_a_change_of_settings() -> None:
    """When only the tool is left, an operator is asked and nothing is called."""
    world = world_with(apis=("v1",))
    request_id = submitted(world, n=2)
    world.s = replace(world.s, terms=world_with().s.terms)
    look(world.s, request_id)

    request = world.request(request_id)
    assert request.state is State.ATTENTION
    assert request.attention is not None and request.attention.code == "model_unavailable"
    assert world.model.calls == []


def test_the_resource_shows_both() -> None:
    """What the orchestrator read and wrote is shown beside the image's tokens."""
    world = world_with(Plays(usage=IMAGE, orchestrator_usage=ASKING))
    request = world.request(brought_to(world, "reviewing"))
    usage = resource_of(request, None, world.s.links, world.clock.now()).usage

    assert usage is not None
    assert usage.wire() == {
        "inputTokens": 40,
        "outputTokens": 1000,
        "orchestratorInputTokens": 2500,
        "orchestratorOutputTokens": 250,
        "altTextInputTokens": 0,
        "altTextOutputTokens": 0,
    }


def test_money_is_held_for_the_dearest_way() -> None:
    """Before it is known who is asked, the estimate has the orchestrator that may be."""
    terms = world_with(apis=("v1", "responses")).s.terms
    one = Options(model=MODEL, n=1, size="1024x1024", quality="low", output_format="png")
    several = one.model_copy(update={"n": 2})
    nowhere = one.model_copy(update={"model": "gpt-image-2"})

    assert most_of(one, 100, terms) == BOOK.estimate(one, 100, CHAT)
    assert most_of(one, 100, terms).amount > BOOK.estimate(one, 100).amount
    assert most_of(several, 100, terms) == BOOK.estimate(several, 100)
    assert most_of(nowhere, 100, terms) == BOOK.estimate(nowhere, 100)
