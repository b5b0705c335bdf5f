"""The answers of generations and edits, which differ in the names of a stream's events alone."""

from __future__ import annotations

from . import errors, tokens
from .answers import Answer
from .families import ImageModel
from .faults import Fault
from .order import ImageOrder
from .serving import BLOCKED_IMAGE, BLOCKED_PROMPT, Turn, cut_if_ordered, end_if_too_long, work
from .streaming import Drawing


def make(turn: Turn, model: ImageModel, order: ImageOrder) -> Answer:
    """Draw what a checked order asks for, unless a filter or a limit is in the way."""
    if BLOCKED_PROMPT in order.prompt:
        turn.entry.close("filtered")
        raise errors.prompt_filtered()
    end_if_too_long(turn, order)
    if order.stream:
        return _stream(turn, model, order)
    return _deliver(turn, model, order, work(turn, order))


def _stream(turn: Turn, model: ImageModel, order: ImageOrder) -> Answer:
    """Billed as it begins; the time a call takes is spread over its events."""
    filtered = BLOCKED_IMAGE in order.prompt
    turn.entry.bill(order.n)
    turn.entry.close("filtered" if filtered else turn.outcome)
    events = order.n * (order.partial_images + 1)
    drawing = Drawing(
        turn.service,
        model,
        order,
        operation="image_edit" if order.inputs else "image_generation",
        call_number=turn.service.next_call_number(),
        created_epoch_s=int(turn.service.now_s()),
    )
    return Answer(
        200,
        None,
        turn.headers,
        drip_s=turn.fault.seconds / events if turn.fault.kind == "drip" else None,
        on_lost=turn.entry.lost,
        frames=drawing.frames(turn.fault, filtered),
        pause_s=turn.took_s / events,
    )


def _deliver(turn: Turn, model: ImageModel, order: ImageOrder, pictures: list[str]) -> Answer:
    """The pictures exist and are billed; what the caller gets to see of them is another matter."""
    created_epoch_s = int(turn.service.now_s())
    if BLOCKED_IMAGE in order.prompt:
        turn.entry.close("filtered")
        raise errors.image_filtered(created_epoch_s)
    cut_if_ordered(turn)
    body = _body(model, order, created_epoch_s, pictures)
    return turn.answer(body | _spoiled(turn.fault))


def _body(
    model: ImageModel, order: ImageOrder, created_epoch_s: int, pictures: list[str]
) -> dict[str, object]:
    """The gpt-image answer; it echoes what was chosen wherever the caller said ``auto``."""
    return {
        "created": created_epoch_s,
        "background": order.background,
        "output_format": order.output_format,
        "quality": order.quality,
        "size": str(order.size),
        "data": [{"b64_json": picture} for picture in pictures],
        "usage": tokens.usage(model, order),
    }


def _spoiled(fault: Fault) -> dict[str, object]:
    """Fields a fault order replaces in an otherwise good answer."""
    if fault.kind == "emptyData":
        return {"data": []}
    if fault.kind == "malformedUsage":
        return {"usage": tokens.malformed_usage()}
    return {}
