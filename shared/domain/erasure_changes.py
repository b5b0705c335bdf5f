"""What the facts of an erasure change about a request."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.domain.facts import Fact
from shared.domain.parts import Erasure
from shared.domain.retention import PHASES
from shared.domain.step import LAST_LOOK_AFTER
from shared.errors import IllegalMove

if TYPE_CHECKING:
    from shared.domain.request import Request

Details = dict[str, Any]


def requested(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    if request.erasure is not None:
        raise IllegalMove("An erasure was asked for already.")
    return {"erasure": Erasure(data.erasure, fact.at)}


def removed(request: "Request", fact: Fact) -> Details:
    data: Any = fact.data
    known = _known(request)
    return {"erasure": replace(known, blobs=known.blobs + data.blobs, done_at=None)}


def done(request: "Request", fact: Fact) -> Details:
    """No retention phase has anything left to do."""
    known = _known(request)
    if not request.may_be_erased:
        raise IllegalMove("A call is under way that may store something.")
    found = replace(
        known,
        done_at=known.done_at or fact.at,
        confirmed=fact.at > known.at + LAST_LOOK_AFTER,
    )
    return {"erasure": found, "retired": frozenset(phase for phase, _, _ in PHASES)}


def reopened(request: "Request") -> Details:
    """An outcome that comes late may have brought images."""
    if request.erasure is None:
        return {}
    return {"erasure": replace(request.erasure, done_at=None, confirmed=False)}


def _known(request: "Request") -> Erasure:
    if request.erasure is None:
        raise IllegalMove("Nobody asked for an erasure.")
    return request.erasure
