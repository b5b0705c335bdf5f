"""
Checks an audit pack with nothing but the pack: everything that the chain can prove.

The journal's hashes and moves come first (`domain/evidence.py`). Then the request is shown anew
from its journal, and what the pack shows has to be the same, field by field. Not compared is
what does not come from the journal: the erasable content (names, comments, purpose, texts of
checklists and the like), what is made at every reading (links, notes, warnings), and the delivery
log.
"""

from typing import Any

from shared.chain.evidence import costs_of, policy_of, screenings_of
from shared.chain.links import Links
from shared.chain.provenance import provenance_of
from shared.chain.resource import resource_of
from shared.domain import evidence
from shared.domain.batch_evidence import batch_faults
from shared.domain.evidence import chain_of
from shared.domain.lines import read_line
from shared.domain.request import Request
from shared.domain.reuse_evidence import reuse_faults
from shared.security.keys import MIN_KEY_BYTES, KeyRing, SigningKey

# Paths of a pack, the numbers of lists left out.
UNPROVEN = frozenset(
    {f"request.{name}" for name in ("requestedBy", "purpose", "altText", "costCenter", "metadata")}
    | {f"request.{name}" for name in ("idempotencyKey", "progress", "warnings", "links")}
    | {f"request.approval.{name}" for name in ("reviewers", "waitingFor", "delegations")}
    | {f"{rows}.{name}" for rows in ("request.approval.decisions", "decisions")
       for name in ("reviewer", "comment", "images.comment")}
    | {"request.reusedFrom.decisions.reviewer"}
    | {f"{rows}.{name}" for rows in ("request.images", "images")
       for name in ("url", "urlExpiresAt", "altText", "altTextBy")}
)  # fmt: skip
# Lists of texts that are not proven, but how many they are.
COUNTED = frozenset(
    f"{rows}.checklist" for rows in ("request.approval", "request.approval.decisions", "decisions")
)
# Signs links that nobody looks at.
NO_LINKS = Links("", KeyRing((SigningKey("none", bytes(MIN_KEY_BYTES)),)))


def verify(pack: dict[str, Any]) -> list[str]:
    """Everything in the pack that does not hold; empty when it is verified."""
    request, faults = evidence.request_of(pack)
    if request is None:
        return faults
    faults += reuse_faults(request, pack.get("source", []))
    facts = [read_line(text.encode()) for text in pack["journal"]]
    faults = [*faults, *batch_faults(request, facts, pack.get("batch"))]
    parts = _parts(request, pack["journal"])
    paths = [path for name in parts for path in differences(parts[name], pack.get(name), name)]
    return faults + [f"{path} is not what the journal says." for path in paths]


def _parts(request: Request, lines: list[str]) -> dict[str, Any]:
    """The pack as its own journal gives it, without the delivery log."""
    assert request.updated_at is not None
    shown = resource_of(request, None, NO_LINKS, request.updated_at).wire()
    approval = shown["approval"] or {"decisions": []}
    return {
        "chain": chain_of(lines),
        "request": shown,
        "decisions": approval["decisions"],
        "images": shown["images"],
        "costs": costs_of(request),
        "screenings": screenings_of(request),
        "policy": policy_of(request),
        "provenance": provenance_of(request),
    }


def differences(right: Any, shown: Any, path: str) -> list[str]:
    """The paths below `path` where something else is shown, or nothing, or more."""
    if _plain(path) in UNPROVEN:
        return []
    if _plain(path) in COUNTED and isinstance(shown, list):
        return [] if len(right) == len(shown) else [path]
    if isinstance(right, dict) and isinstance(shown, dict) and right.keys() == shown.keys():
        named = [(right[name], shown[name], f"{path}.{name}") for name in right]
    elif isinstance(right, list) and isinstance(shown, list) and len(right) == len(shown):
        pairs = enumerate(zip(right, shown, strict=True))
        named = [(*pair, f"{path}[{index}]") for index, pair in pairs]
    else:
        return [] if _same(right, shown) else [path]
    return [fault for one in named for fault in differences(*one)]


def _plain(path: str) -> str:
    return ".".join(part.partition("[")[0] for part in path.split("."))


def _same(right: Any, shown: Any) -> bool:
    """In JSON `true` is no number, though Python takes it for 1."""
    return isinstance(right, bool) == isinstance(shown, bool) and bool(right == shown)
