"""
The audit pack's journal, and how anybody checks it offline.

Nothing but the pack is needed: the chain of hashes is followed, the facts are folded by the
same table as in the app, and what was released is compared with what was reviewed and decided.
What else a pack shows is compared in `chain/audit.py`.
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.facts import FACTS, FactData
from shared.domain.lines import NO_PREVIOUS, digest_of, read_line
from shared.domain.request import Request, fold
from shared.errors import DarkroomError


def chain_of(lines: list[str], types: Mapping[str, type[FactData]] = FACTS) -> dict[str, Any]:
    """
    `{"ok", "length", "head"}`; the head is what every event has as `journalhead`. `types` are the
    facts that there may be.
    """
    previous, ok = NO_PREVIOUS, True
    for number, text in enumerate(lines, start=1):
        line = text.encode("utf-8", "surrogatepass")
        try:
            fact = read_line(line, types)
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
    return request, _release_faults(request)


def _release_faults(request: Request) -> list[str]:
    """Which images may be released the fold has checked; here, that those were."""
    images = {image.index for image in request.images}
    faults = []
    for index, _ in request.released:
        if index not in images:
            faults.append(f"Released image {index} was never stored.")
        elif index not in request.release:
            faults.append(f"Released image {index} was never approved.")
    return faults
