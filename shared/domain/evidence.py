"""
The audit pack, and how anybody checks it offline.

`verify` needs nothing but the pack: it follows the chain of hashes, folds the facts by the
same table as the app, and compares what was released with what was reviewed and decided.
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


def verify(pack: dict[str, Any]) -> list[str]:
    """Everything in the pack that does not hold; empty when it is verified."""
    lines = pack.get("journal")
    if not isinstance(lines, list) or not lines or not all(isinstance(one, str) for one in lines):
        return ["The pack holds no journal."]
    chain = chain_of(lines)
    if not chain["ok"]:
        return ["The journal's chain of hashes is broken."]
    faults = [] if pack.get("chain") == chain else ["The chain summary is not the journal's."]
    facts = [read_line(text.encode()) for text in lines]
    shown = pack.get("request")
    if not isinstance(shown, dict):
        return [*faults, "The pack shows no request."]
    try:
        request = fold(str(shown.get("id")), facts)
    except DarkroomError:
        return [*faults, "The journal holds a fact that its state does not allow."]
    return faults + _shown_faults(request, shown, pack) + _release_faults(request)


def _shown_faults(request: Request, shown: dict[str, Any], pack: dict[str, Any]) -> list[str]:
    """What the pack says for people to read has to be what the journal says."""
    faults = []
    if shown.get("status") != request.status:
        faults.append("The pack's status is not the journal's.")
    images = [
        [image.index, image.sha256]
        for attempt in request.attempts
        if attempt.completed
        for image in attempt.completed.images
    ]
    for listed in (shown.get("images"), pack.get("images")):
        if _columns(listed, "index", "sha256") != images:
            faults.append("The pack's images are not the journal's.")
    decisions = [[one.data.stage, word_of(one.data), one.data.via] for one in request.decisions]
    if _columns(pack.get("decisions"), "stage", "decision", "via") != decisions:
        faults.append("The pack's decisions are not the journal's.")
    return faults


def _columns(rows: object, *names: str) -> list[list[Any]] | None:
    """None for what is no list of objects."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    return [[row.get(name) for name in names] for row in rows]


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
