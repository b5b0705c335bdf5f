"""
The audit pack, and how anybody checks it offline.

`verify` needs nothing but the pack: it follows the chain of hashes, folds the facts by the
same table as the app, and compares what was released with what was reviewed and decided.
"""

from typing import Any

from shared.domain.facts import Approved, Completed, Decided, Fact
from shared.domain.lines import NO_PREVIOUS, digest_of, read_line
from shared.domain.request import Request
from shared.errors import DarkroomError


def chain_of(lines: list[str]) -> dict[str, Any]:
    """`{"ok", "length", "head"}`; the head is what every event has as `journalhead`."""
    previous, ok = NO_PREVIOUS, True
    for number, text in enumerate(lines, start=1):
        try:
            fact = read_line(text.encode())
        except DarkroomError:
            ok = False
            break
        ok = ok and fact.prev == previous and fact.seq == number
        previous = digest_of(text.encode())
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
    request = Request(str(pack.get("request", {}).get("id")))
    try:
        for fact in facts:
            request = request.apply(fact)
    except DarkroomError:
        return [*faults, "The journal holds a fact that its state does not allow."]
    return faults + _about(request, pack) + _release_faults(request, facts)


def _about(request: Request, pack: dict[str, Any]) -> list[str]:
    shown = pack.get("request", {})
    faults = []
    if shown.get("status") != request.status:
        faults.append("The pack's status is not the journal's.")
    stated = {(i.get("index"), i.get("sha256")) for i in shown.get("images", [])}
    known = {
        (image.index, image.sha256)
        for attempt in request.attempts
        if attempt.completed
        for image in attempt.completed.images
    }
    if stated != known:
        faults.append("The pack's images are not the journal's.")
    return faults


def _release_faults(request: Request, facts: list[Fact]) -> list[str]:
    """Each released image was stored with that digest, and approved if anybody was asked."""
    if not any(isinstance(fact.data, Approved) for fact in facts):
        return []
    stored = {
        (image.index, image.sha256)
        for fact in facts
        if isinstance(fact.data, Completed)
        for image in fact.data.images
    }
    approved = {
        (verdict.index, verdict.sha256)
        for decision in request.decisions
        for verdict in _verdicts(decision.data)
    }
    faults = []
    for image in request.images:
        if image.index in dict(request.released):
            seen = (image.index, image.sha256)
            if seen not in stored:
                faults.append(f"Released image {image.index} was never stored.")
            if request.terms.stages and seen not in approved:
                faults.append(f"Released image {image.index} was never approved.")
    return faults


def _verdicts(decided: Decided) -> list[Any]:
    return [verdict for verdict in decided.images if verdict.approved]
