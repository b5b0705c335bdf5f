"""
The audit pack's journal, and how anybody checks it offline.

Nothing but the pack is needed: the chain of hashes is followed, the facts are folded by the
same table as in the app, and what was released is compared with what was reviewed and decided.
What else a pack shows is compared in `chain/audit.py`.
"""

from typing import Any

from shared.domain.facts import Decided
from shared.domain.lines import NO_PREVIOUS, digest_of, read_line
from shared.domain.request import Request, fold
from shared.errors import DarkroomError


def chain_of(lines: list[str]) -> dict[str, Any]:
    """`{"ok", "length", "head"}`; the head is what every event has as `journalhead`."""
    previous, ok = NO_PREVIOUS, True
    for number, text in enumerate(lines, start=1):
        line = text.encode("utf-8", "surrogatepass")
        try:
            fact = read_line(line)
        except DarkroomError:
            ok = False
            break
        ok = ok and fact.prev == previous and fact.seq == number
        previous = digest_of(line)
    return {"ok": ok, "length": len(lines), "head": previous}


def request_of(pack: dict[str, Any]) -> tuple[Request | None, list[str]]:
    """The request that the pack's journal tells, if it tells one, and what does not hold of it."""
    lines = pack.get("journal")
    if not isinstance(lines, list) or not lines or not all(isinstance(one, str) for one in lines):
        return None, ["The pack holds no journal."]
    chain = chain_of(lines)
    if not chain["ok"]:
        return None, ["The journal's chain of hashes is broken."]
    shown = pack.get("request")
    if not isinstance(shown, dict):
        return None, ["The pack shows no request."]
    facts = [read_line(text.encode()) for text in lines]
    if getattr(facts[0].data, "request_id", None) != shown.get("id"):
        return None, ["The journal is not of the request that the pack shows."]
    try:
        request = fold(str(shown["id"]), facts)
    except DarkroomError:
        return None, ["The journal holds a fact that its state does not allow."]
    agreed = {stage.name for stage in request.terms.stages}
    if request.opening and request.opening.stage not in agreed:
        return None, ["People were asked at a stage that was never agreed."]
    return request, _release_faults(request)


def word_of(decided: Decided) -> str:
    """A verdict that lets any image through is an approval."""
    return "approve" if any(image.approved for image in decided.images) else "reject"


def _release_faults(request: Request) -> list[str]:
    """Each released image is one of the chosen, and was approved if anybody was asked."""
    images = {image.index: image.sha256 for image in request.images}
    approved = {
        (verdict.index, verdict.sha256)
        for decision in request.verdicts()
        for verdict in decision.data.images
        if verdict.approved
    }
    faults = []
    for index, _ in request.released:
        if index not in images:
            faults.append(f"Released image {index} was never stored.")
        elif request.terms.stages and (index, images[index]) not in approved:
            faults.append(f"Released image {index} was never approved.")
    return faults
