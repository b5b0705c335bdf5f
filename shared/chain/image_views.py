"""Builds what callers see of a request's images: how each stands, and where it may be looked at."""

from datetime import datetime

from shared.chain.links import Links
from shared.domain import names
from shared.domain.content import Content, note_on
from shared.domain.image_views import ImageView
from shared.domain.request import Request
from shared.domain.transitions import State
from shared.domain.values import Image


def images_of(
    request: Request, text: Content, links: Links, expires_at: datetime
) -> list[ImageView]:
    shown = [
        image_view(request, image, attempt.round, attempt.number == request.chosen, text)
        for attempt in request.attempts
        if attempt.completed
        for image in attempt.completed.images
    ]
    if request.reused is not None:
        reused = request.reused.images
        shown += [image_view(request, image, request.round, True, text) for image in reused]
    opened = {"url_expires_at": expires_at}
    return [
        image.model_copy(update={"url": links.content(request, image.index, expires_at), **opened})
        if _viewable(request, image)
        else image
        for image in shown
    ]


def _viewable(request: Request, image: ImageView) -> bool:
    """What may still be looked at: under review, or released."""
    if request.erasure is not None:
        return False
    return image.state in ("review", "approved")


def image_view(
    request: Request, image: Image, round_: int, chosen: bool, text: Content
) -> ImageView:
    released = dict(request.released) if chosen and request.erasure is None else {}
    return ImageView(
        index=image.index,
        round=round_,
        state=_image_state(request, image.index) if chosen else "superseded",
        sha256=image.sha256,
        width=image.width,
        height=image.height,
        bytes=image.bytes,
        content_type=image.content_type,
        url=None,
        url_expires_at=None,
        blob=f"{names.APPROVED}/{released[image.index]}" if image.index in released else None,
        **_alt_text(request, image, text),
        provenance=image.provenance,
    )


def _alt_text(request: Request, image: Image, text: Content) -> dict[str, str | None]:
    """The latest reviewer's, else the caller's, else a model's; whose it is goes with it."""
    draft = request.drafts.about(image.sha256)
    ways = (
        ("reviewer", _written(request, image, text)),
        ("caller", text.alt_text),
        ("model", text.drafts.get(draft.number) if draft else None),
    )
    by, words = next(((by, words) for by, words in ways if words is not None), (None, None))
    return {"alt_text": words or None, "alt_text_by": by}


def _written(request: Request, image: Image, text: Content) -> str | None:
    """By the last one who wrote any, while the verdict that it came with stands on these bytes."""
    for one in reversed(request.decisions):
        about = any((i.index, i.sha256) == (image.index, image.sha256) for i in one.data.images)
        if about and one.data.note and not one.withdrawn:
            words = text.alt_texts.get(note_on(one.data.note, image.index))
            if words is not None:
                return words
    return None


def _image_state(request: Request, index: int) -> str:
    if request.state == State.APPROVED:
        return "approved" if index in dict(request.released) else "rejected"
    if request.state == State.REJECTED:
        return "rejected"
    if request.final:
        return "superseded"
    return "rejected" if _dropped(request, index) else "review"


def _dropped(request: Request, index: int) -> bool:
    """An earlier stage has not let it through."""
    opening = request.opening
    asked = opening is not None and opening.phase == "after" and bool(request.stages_opened)
    return asked and opening is not None and index not in opening.images
