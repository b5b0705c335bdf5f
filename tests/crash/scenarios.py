"""What callers and people do, told in a few lines each; the world's faults come on top."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shared.chain.callbacks import unsubscribe
from shared.chain.dead_letters import bury
from shared.chain.decide import decide
from shared.chain.doors import cancel
from shared.chain.reconcile import reconcile
from shared.chain.redrive import Wanted, redrive
from shared.chain.request_keys import Origin
from shared.chain.verdict import Verdict
from shared.domain.names import REQUEST_QUEUE
from shared.domain.transitions import State
from shared.errors import ModelNotSent, ModelThrottled, ModelUnknown, ScreeningError, SinkError
from tests.crash.approvals import escalated, given_away, revised, staged
from tests.crash.world import CALLER, PROMPT, World
from tests.fakes import START, Plays, ScriptedModel, ScriptedWebhooks, small_png
from tests.fakes_of_inputs import ScriptedFetcher
from tests.fakes_of_screening import ScriptedScreener

A_DAY_S = 86_400.0
INPUT_URL = "https://pictures.example/canary-input.png"


def plain(world: World, **fields: Any) -> str:
    request_id = world.submit(**fields)
    decided(world, request_id, approved=True)
    return request_id


def rejected(world: World) -> str:
    request_id = world.submit()
    decided(world, request_id, approved=False)
    return request_id


def expired(world: World) -> str:
    request_id = world.submit()
    world.run_for(5 * A_DAY_S)
    return request_id


def cancelled_during_the_call(world: World) -> str:
    ids: list[str] = []

    def cancel_now() -> None:
        cancel(ids[0] if ids else _only_request(world), CALLER, world.s)

    world.during_call = cancel_now
    ids.append(world.submit())
    world.run_for(A_DAY_S)
    return ids[0]


def previewed(world: World) -> str:
    """The model shows what it is at."""
    shown = Plays(previews=(small_png(250), small_png(251)))
    world.model = ScriptedModel(otherwise=shown)
    return plain(world)


def edit(world: World) -> str:
    """One image lies at an address, whose host is slow to begin with; the mask comes along."""
    mask = base64.b64encode(small_png(1, alpha=True)).decode()
    world.fetcher = ScriptedFetcher({INPUT_URL: [SinkError(), small_png(7), small_png(8)]})
    request_id = world.submit(
        inputImages=[{"url": INPUT_URL}], mask={"base64": mask}, quality="low"
    )
    decided(world, request_id, approved=True)
    return request_id


def screened(world: World) -> str:
    """Content Safety is away, then busy; what it lets through goes on."""
    world.screen(ScriptedScreener(ScreeningError(), ScreeningError(retry_after_s=120)))
    return plain(world)


def described(world: World) -> str:
    """A model drafts what people see beside the image."""
    world.describe()
    return plain(world)


def screened_out(world: World) -> str:
    """It is away at first, and flags what is to be drawn once it is back."""
    world.screen(ScriptedScreener(ScreeningError()))
    request_id = world.submit(prompt=f"{PROMPT}, violence-4")
    world.run_for(A_DAY_S)
    return request_id


def failed_over(world: World) -> str:
    """The first deployment cannot be reached, so the second one is asked."""
    world.deploy("img", "spare")
    world.model = ScriptedModel(Plays(error=ModelNotSent()))
    return plain(world)


def throttled(world: World) -> str:
    """The only deployment wants to be left alone for ten minutes."""
    world.model = ScriptedModel(Plays(error=ModelThrottled(retry_after_s=600)))
    return plain(world)


def broken_off(world: World) -> str:
    """Nobody can say whether the call was billed, and nobody answers the question."""
    world.model = ScriptedModel(Plays(error=ModelUnknown(), billed=True))
    return plain(world)


def budgeted(world: World) -> str:
    """A caller with a budget; the first call is sent away, the second one works."""
    world.model = ScriptedModel(Plays(error=ModelThrottled(retry_after_s=20)))
    return plain(world)


def withdrawn(world: World) -> str:
    """A caller with a budget takes a request back as soon as its image is paid for."""
    request_id = world.submit()
    world.run_for(1)
    world.insist(lambda: cancel(request_id, CALLER, world.s))
    return request_id


def detached(world: World) -> str:
    """Nobody answers at the callback; its flow gives up, and people decide all the same."""
    world.webhooks = ScriptedWebhooks(*[SinkError() for _ in range(200)])
    request_id = world.submit()
    world.run_for(60)
    world.insist(lambda: unsubscribe(CALLER, Origin(key="k1"), False, world.s))
    decided(world, request_id, approved=True)
    return request_id


def rivals(world: World) -> list[str]:
    """Two requests for money that is enough for one; what was accepted is decided on."""
    accepted: list[str] = []

    def other() -> None:
        accepted.append(world.submit_once("k2"))

    world.rival = other
    first = world.insist(lambda: world.submit_once("k1"))
    if world.rival is not None:
        world.rival = None
        world.insist(other)
    accepted += [first] if isinstance(first, str) else []
    for request_id in accepted:
        decided(world, request_id, approved=True)
    return accepted


def put_back(world: World) -> str:
    """A message that failed too often, put back by an operator: once more where that was lost."""
    body = {**world.order(), "caller": CALLER.name}
    letter = (REQUEST_QUEUE, "m-1", START, json.dumps(body).encode(), "poisoned")
    world.insist(lambda: bury(*letter, [], world.s))
    world.insist(lambda: redrive(REQUEST_QUEUE, Wanted(), 10, None, world.s))
    world.run_for(3600)
    if not world.store.names("requests"):
        assert world.fault is not None and world.fault.kind == "lost_message"
        world.insist(lambda: redrive(REQUEST_QUEUE, Wanted(again=True), 10, None, world.s))
        world.run_for(3600)
    request_id = _only_request(world)
    decided(world, request_id, approved=True)
    return request_id


SCENARIOS: dict[str, tuple[Callable[[World], str], State]] = {
    "plain": (plain, State.APPROVED),
    "rejected": (rejected, State.REJECTED),
    "expired": (expired, State.EXPIRED),
    "edit": (edit, State.APPROVED),
    "previewed": (previewed, State.APPROVED),
    "cancelled": (cancelled_during_the_call, State.CANCELLED),
    "screened_out": (screened_out, State.FAILED),
    "failed_over": (failed_over, State.APPROVED),
    "throttled": (throttled, State.APPROVED),
    "broken_off": (broken_off, State.FAILED),
    "detached": (detached, State.APPROVED),
    "staged": (staged, State.APPROVED),
    "revised": (revised, State.APPROVED),
    "escalated": (escalated, State.APPROVED),
    "given_away": (given_away, State.APPROVED),
    "put_back": (put_back, State.APPROVED),
}


def decided(world: World, request_id: str, *, approved: bool) -> None:
    """People answer after an hour; where there is no question yet, they look again later."""
    for _ in range(24):
        world.run_for(3600)
        request = world.request(request_id)
        if request.state is State.REVIEWING:
            break
        if request.final:
            return
    verdict = Verdict(
        "approve" if approved else "reject",
        reviewer="ana@contoso.com",
        comment="fine",
        caller=CALLER,
    )
    world.insist(lambda: decide(request_id, verdict, world.s))
    world.run_for(3600)


def _only_request(world: World) -> str:
    return world.store.names("requests")[0]


def finish(world: World, seconds: float = timedelta(days=20).total_seconds()) -> None:
    """Past the deadline of an operator's attention."""
    world.run_for(seconds)


def put_right(world: World) -> None:
    """As the sweep does every ten minutes."""
    world.insist(lambda: reconcile(world.s))


def retire(world: World) -> None:
    world.run_for(timedelta(days=40).total_seconds())


Scenario = Callable[[World], Any]
