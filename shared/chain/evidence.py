"""Collects the audit pack of a request."""

from typing import Any

from shared.chain.journal import Journal
from shared.chain.provenance import provenance_of
from shared.chain.resource import resource_of
from shared.chain.services import Services
from shared.domain import deliveries, names
from shared.domain.evidence import chain_of
from shared.domain.notices import batch_stream
from shared.domain.request import Request


def evidence_of(journal: Journal, s: Services) -> dict[str, Any]:
    raw = s.journals.raw(journal.id)
    lines = _texts(raw)[: journal.seq]
    resource = resource_of(journal.request, s.contents.read(journal.id), s.links, s.clock.now())
    shown = resource.wire()
    log = s.appends.read(names.DELIVERIES, names.stream_of(journal.id)) or b""
    return {
        "request": shown,
        "journal": lines,
        "source": _source_of(journal.request, s),
        "chain": chain_of(lines),
        "decisions": shown["approval"]["decisions"] if shown["approval"] else [],
        "images": shown["images"],
        "deliveries": [line.wire() for line in deliveries.parse(log).lines],
        "costs": costs_of(journal.request),
        "screenings": screenings_of(journal.request),
        "policy": policy_of(journal.request),
        "provenance": provenance_of(journal.request),
        "batch": batch_of(journal.request, s),
    }


def _source_of(request: Request, s: Services) -> list[str]:
    """The lines of the journal whose approval was reused; none where people decided here."""
    if request.reused is None:
        return []
    name = names.source_journal_of(request.id, request.reused.source)
    return _texts(s.appends.read(names.REQUESTS, name) or b"")


def batch_of(request: Request, s: Services) -> dict[str, Any] | None:
    """Of a verdict that was taken over: the batch's stream, up to the line that settles it."""
    seqs = [one.data.batch.seq for one in request.decisions if one.data.batch]
    if not seqs or request.terms.batch is None:
        return None
    name = request.terms.batch.id
    raw = s.appends.read(names.REQUESTS, batch_stream(name)) or b""
    return {"id": name, "journal": _texts(raw)[: max(seqs)]}


def _texts(raw: bytes) -> list[str]:
    """The lines of a journal; split as bytes, since text may have separators of other kinds."""
    return [line.decode() for line in raw.splitlines()]


def policy_of(request: Request) -> dict[str, Any] | None:
    """Which policy let it in; None for what is older than policies."""
    mark = request.terms.policy
    return mark.wire() if mark else None


def costs_of(request: Request) -> list[dict[str, Any]]:
    completed = [attempt.completed for attempt in request.attempts if attempt.completed]
    costs = [one.cost.wire() | {"attempt": one.attempt} for one in completed]
    return costs + [
        draft.done.cost.wire() | {"altText": draft.number}
        for draft in request.drafts.each
        if draft.done
    ]


def screenings_of(request: Request) -> list[dict[str, Any]]:
    return [one.wire() for one in request.screenings]
