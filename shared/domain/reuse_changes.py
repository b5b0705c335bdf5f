"""What the facts of a reuse change about a request."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.domain.facts import Fact
from shared.errors import IllegalMove

if TYPE_CHECKING:
    from shared.domain.request import Request

Details = dict[str, Any]


def may_reuse(request: "Request") -> bool:
    """It was allowed, and nobody has looked yet whether there is something to reuse."""
    return request.terms.reuse == "allow" and not request.reuse_over and not request.attempts


def reused(request: "Request", fact: Fact) -> Details:
    """All images at once, each of which people have let through; then they are released."""
    data: Any = fact.data
    _open(request)
    indices = tuple(image.index for image in data.images)
    if indices != tuple(range(request.terms.options.n)) or not data.verdicts or not request.after:
        raise IllegalMove("Reused are all images of a request, which people have approved.")
    if data.source == request.id or replace(request, reused=data).lacks_provenance:
        raise IllegalMove("These are not images that this request may have.")
    return {"reused": data, "reuse_over": True, "release": indices}


def missed(request: "Request", fact: Fact) -> Details:
    _open(request)
    return {"reuse_over": True}


def resumed(request: "Request", to: str) -> Details:
    """
    After an attention: what can be released is released; where our own copies are not what they
    were, images are made and people asked, since these nobody has looked at here.
    """
    if request.reused is None or to == "release":
        return {}
    if to != "generation":
        raise IllegalMove("Nobody has been asked about what was reused.")
    return {"reused": None, "release": ()}


def _open(request: "Request") -> None:
    here = all(one.here for one in request.inputs)
    if not may_reuse(request) or not request.cleared or not here:
        raise IllegalMove("It is looked once for images to reuse, before anything is bought.")
