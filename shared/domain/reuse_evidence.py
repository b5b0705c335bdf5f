"""Whether a pack's own lines give the approval that its request reused."""

from collections.abc import Mapping
from typing import Any

from shared.domain.evidence import chain_of, request_of
from shared.domain.request import Request
from shared.domain.reuse import is_source, reused_from, wanted_by
from shared.domain.reuse_facts import ImagesReused


def reuse_faults(request: Request, lines: Any) -> list[str]:
    """
    `lines` are the other journal's, up to the release. The request's own chain has the hash of the
    last of them, so no other journal will do.
    """
    reused = request.reused
    if reused is None:
        return [] if lines == [] else ["source is not what the journal says."]
    source, faults = request_of({"journal": lines, "request": {"id": reused.source}})
    if source is None or faults:
        return [f"source: {fault}" for fault in faults]
    if not _one_to_one(reused.called):
        return ["source: Two people, or two texts to tick, cannot have been the same one."]
    if not is_source(source) or wanted_by(source) != wanted_by(request).renamed(reused.called):
        return ["source: What was asked for there is something else, or was not approved whole."]
    found = reused_from(source, chain_of(lines)["head"])
    if _without_places(found) != _without_places(reused):
        return ["source: It is not the journal, or not what was approved there, that was reused."]
    return []


def _one_to_one(called: Mapping[str, str]) -> bool:
    """Who asks one person now asked one person then, and a text is no person."""
    alike = all(here[:2] == there[:2] for here, there in called.items())
    return alike and len(set(called.values())) == len(called)


def _without_places(reused: ImagesReused) -> ImagesReused:
    """The same bytes lie elsewhere by now, and people may be called otherwise."""
    images = (one.model_copy(update={"blob": ""}) for one in reused.images)
    return reused.model_copy(update={"images": tuple(images), "called": {}})
