"""Histories told in a line: facts, journals of them, and requests brought to a state."""

import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import PIL.Image

from shared.chain.accept import accept
from shared.chain.advance import advance
from shared.chain.decide import decide
from shared.chain.journal import Journal
from shared.chain.order import Order, order_of
from shared.chain.request_keys import Origin
from shared.chain.services import Services
from shared.chain.verdict import Verdict
from shared.domain import facts
from shared.domain.approval_facts import Decided, ReleaseStarted, StageOpened
from shared.domain.facts import Draft, FactData
from shared.domain.inputs import InputImage, InputRef
from shared.domain.lines import write_line
from shared.domain.messages import Nudge
from shared.domain.request import Request
from shared.domain.reuse_facts import ImagesReused, ReusedVerdict, ReuseMissed
from shared.domain.submission import QueueBody
from shared.domain.values import Cost, Image, ImageVerdict, Options, Stage
from tests.crash.world import CALLER, World
from tests.fakes import START


def jpeg() -> bytes:
    out = io.BytesIO()
    exif = b"Exif\x00\x00" + b"x" * 3000
    PIL.Image.new("RGB", (640, 480), (10, 200, 30)).save(out, "JPEG", exif=exif)
    return out.getvalue()


ID = "01JD3Q5B3A0000000000000000"
URL = "https://flow.logic.azure.com/callback"
MAIL = "Ana@contoso.com"
# 640 by 480, with metadata before its frame header.
JPEG = jpeg()
OPTIONS = Options(model="gpt-image-2", n=2, size="1024x1024", quality="medium", output_format="png")
COST = Cost(amount=0.05, price_book="2026-11")
ACCEPTED = facts.Accepted(
    request_id=ID,
    caller="marketing",
    options=OPTIONS,
    prompt_sha256="0" * 64,
    stages=(Stage(name="brand", deadline_s=3600),),
    attention_deadline_s=86_400,
)
BARE = ACCEPTED.model_copy(update={"stages": ()})
GATED = ACCEPTED.model_copy(
    update={"stages": (Stage(name="idea", phase="before", deadline_s=3600), *ACCEPTED.stages)}
)
TWICE = ACCEPTED.model_copy(update={"on_unknown": "retry_once"})

LINKED = InputRef(index=0, role="image", source="url")
INPUT = InputImage(index=0, sha256="a" * 64, bytes=68, width=1, height=1, content_type="image/png")
EDIT = ACCEPTED.model_copy(update={"inputs": (LINKED,)})
FETCHED = facts.InputsFetched(images=(INPUT,))


def seconds(count: float) -> datetime:
    return START + timedelta(seconds=count)


def intended(number: int = 1, lease_s: float = 720) -> facts.Intended:
    lease = seconds(lease_s)
    return facts.Intended(attempt=number, round=1, deployment="img", lease_until=lease)


def image(index: int, attempt: int = 1) -> Image:
    return Image(
        index=index,
        blob=f"{ID}/r1a{attempt}/{index}.png",
        sha256=f"{index}{attempt}" * 32,
        bytes=68,
        width=1,
        height=1,
        content_type="image/png",
    )


def completed(number: int = 1) -> facts.Completed:
    images = (image(0, number), image(1, number))
    return facts.Completed(attempt=number, images=images, cost=COST, manifest_sha256="d" * 64)


def refused(number: int = 1) -> facts.Refused:
    return facts.Refused(attempt=number, code="content_filtered", categories=("violence",))


def not_sent(
    number: int = 1, code: str = "model_unavailable", not_before_s: float = 0
) -> facts.NotSent:
    return facts.NotSent(attempt=number, code=code, not_before=seconds(not_before_s))


def unknown(number: int = 1, inferred: bool = False) -> facts.Unknown:
    return facts.Unknown(
        attempt=number, code="outcome_unknown", inferred=inferred, maybe_billed=COST
    )


def opened(deadline_s: float = 3600) -> StageOpened:
    return StageOpened(
        stage="brand",
        round=1,
        manifest_sha256="d" * 64,
        images=(0, 1),
        deadline=seconds(deadline_s),
    )


def opened_before(deadline_s: float = 3600) -> StageOpened:
    return StageOpened(
        stage="idea",
        phase="before",
        round=1,
        manifest_sha256="0" * 64,
        deadline=seconds(deadline_s),
    )


def decided(*approved: bool) -> Decided:
    verdicts = tuple(
        ImageVerdict(index=index, approved=yes, sha256=image(index).sha256)
        for index, yes in enumerate(approved)
    )
    return Decided(
        stage="brand",
        round=1,
        reviewer="ana",
        via="caller",
        decision="approve" if any(approved) else "reject",
        images=verdicts,
    )


def raised(code: str = "outcome_unknown", deadline_s: float = 86_400) -> facts.AttentionRaised:
    return facts.AttentionRaised(code=code, deadline=seconds(deadline_s))


def resolved(attention: int, to: str, action: str = "retry") -> facts.AttentionResolved:
    return facts.AttentionResolved.model_validate(
        {"attention": attention, "action": action, "to": to}
    )


REUSING = ACCEPTED.model_copy(update={"reuse": "allow"})
MISSED = ReuseMissed(code="none_alike")
SOURCE = "01JD3Q5B3A0000000000000001"


def reused(*images: Image, **fields: Any) -> ImagesReused:
    """Both images of the other request, unless told otherwise."""
    verdict = ReusedVerdict(stage="brand", reviewer="ana", decision="approve", at=START)
    given: dict[str, Any] = {
        "source": SOURCE,
        "approved_at": START,
        "journal_head": "e" * 64,
        "manifest_sha256": "d" * 64,
        "images": images or (image(0), image(1)),
        "verdicts": (verdict,),
    }
    return ImagesReused(**given | fields)


RELEASING = ReleaseStarted(images=(0, 1))
APPROVED = facts.Approved(blobs={0: f"{ID}/0.png", 1: f"{ID}/1.png"})
REVIEWED = (ACCEPTED, intended(), completed(), opened())


def lines(*history: FactData) -> list[bytes]:
    """Their journal's lines, a second apart; line n is by `by<n>`."""
    journal, written = Journal.empty(ID), []
    for data in history:
        journal, raw = added(journal, data)
        written.append(raw)
    return written


def added(journal: Journal, data: FactData) -> tuple[Journal, bytes]:
    seq = journal.seq + 1
    place: dict[str, Any] = {"seq": seq, "at": seconds(seq), "by": f"by{seq}"}
    raw = write_line(Draft(actor="test", data=data), **place, prev=journal.head)
    return journal.with_line(raw), raw


def journal_of(*history: FactData) -> Journal:
    journal = Journal.empty(ID)
    for data in history:
        journal, _ = added(journal, data)
    return journal


def request_of(*history: FactData) -> Request:
    return journal_of(*history).request


def order(world: World, origin: Origin | None = None, **fields: Any) -> Order:
    body = {"prompt": "a lighthouse", "callbackUrl": URL, **fields}
    given = {name: value for name, value in body.items() if value is not ...}
    return order_of(given, QueueBody, CALLER, origin or Origin(), world.s)


def submitted(world: World, **fields: Any) -> str:
    return accept(order(world, **fields), world.s).id


def brought_to(world: World, state: str, **fields: Any) -> str:
    """A new request, after a while, in the state that it should have by then."""
    request_id = submitted(world, **fields)
    world.run_for(30)
    assert world.request(request_id).state == state, world.request(request_id).state
    return request_id


def by_caller(approved: bool, **fields: Any) -> Verdict:
    return Verdict("approve" if approved else "reject", caller=CALLER, **fields)


def approved(world: World, **fields: Any) -> str:
    request_id = brought_to(world, "reviewing", **fields)
    decide(request_id, by_caller(True), world.s)
    world.run_for(30)
    assert world.request(request_id).state == "approved"
    return request_id


def look(s: Services, request_id: str, since: int = 0, due: str | None = None) -> None:
    advance(Nudge(request_id=request_id, since=since, due=due), s)


class Failing:
    """A port of which one method fails, so many times; with `done` its effect is there."""

    def __init__(
        self, port: Any, method: str, error: Exception, times: int, name: str, done: bool
    ) -> None:
        self._port, self._method, self._error = port, method, error
        self._times, self._name, self._done = times, name, done

    def __getattr__(self, method: str) -> Any:
        call = getattr(self._port, method)

        def tried(*args: Any, **kwargs: Any) -> Any:
            hit = method == self._method and any(self._name in str(one) for one in args)
            if not hit or not self._times:
                return call(*args, **kwargs)
            self._times -= 1
            if self._done:
                call(*args, **kwargs)
            raise self._error

        return tried


def failing(
    s: Services,
    where: str,
    error: Exception,
    *,
    times: int = -1,
    name: str = "",
    done: bool = False,
) -> Services:
    """The services with one call of one port failing: `where` is `port.method`."""
    port, _, method = where.partition(".")
    broken: Any = Failing(getattr(s, port), method, error, times, name, done)
    return replace(s, **{port: broken})
