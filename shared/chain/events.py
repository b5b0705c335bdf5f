"""What is sent for an event: CloudEvents 1.0 in binary mode with a Standard Webhooks signature."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from shared.chain.journal import Event, Journal
from shared.chain.resource import resource_of
from shared.chain.services import Services
from shared.domain import names
from shared.domain.content import Content
from shared.domain.event_views import OwnLinks
from shared.domain.parts import Opening
from shared.domain.request import Request
from shared.domain.transitions import REQUESTED
from shared.domain.values import INSTANT
from shared.domain.waiting import waited_for
from shared.security.signatures import sign, webhook_key

# What Event Grid takes, and so what receivers are built for.
MAX_EVENT_BYTES = 64 * 1024
# What tells people that they are asked has the links to decide by.
ASKING = frozenset({REQUESTED, "darkroom.approval.reminded", "darkroom.approval.escalated"})


@dataclass(frozen=True, slots=True)
class Post:
    """One attempt, ready to be sent."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def post_of(journal: Journal, event: Event, content: Content, s: Services) -> Post:
    """The signature's time is that of this attempt; everything else is the same every time."""
    assert content.callback_url is not None
    now = s.clock.now()
    body = _written(_data(journal, event, content, now, s))
    attributes = _attributes(journal, event, s)
    secret = content.callback_secret or webhook_key(s.terms.ring.first.key)
    timestamp = int(now.timestamp())
    headers = {
        "content-type": "application/json",
        **{f"ce-{name}": quote(text, safe=_PLAIN) for name, text in attributes.items()},
        "webhook-id": attributes["id"],
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign([secret], attributes["id"], timestamp, body),
    }
    return Post(content.callback_url, headers, body)


# CloudEvents HTTP binding 3.1.3.2: percent-encode space, quote, percent, and all but ASCII.
_PLAIN = "!#$&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~"


def _attributes(journal: Journal, event: Event, s: Services) -> dict[str, str]:
    terms = journal.request.terms
    optional = {"traceparent": terms.traceparent}
    return {
        "specversion": "1.0",
        "id": f"{journal.id}-{event.seq}",
        "source": f"/darkroom/{s.terms.app_name}",
        "type": event.type,
        "subject": names.stream_of(journal.id),
        "time": INSTANT.dump_python(event.at),
        "dataschema": f"{s.terms.public_url}/openapi.json#/components/schemas/EventData",
        "sequence": f"{event.seq:06d}",
        "correlationid": terms.client_tracking_id or journal.id,
        "journalhead": event.journal_head,
        **{name: text for name, text in optional.items() if text},
    }


def _data(
    journal: Journal, event: Event, content: Content, now: datetime, s: Services
) -> dict[str, Any]:
    """The resource as of the event; links alone are made now."""
    request = journal.as_of(event.seq)
    data = resource_of(request, content, s.links, now).wire()
    return _asking(data, request, content, s) if event.type in ASKING else data


def _asking(
    data: dict[str, Any], request: Request, content: Content, s: Services
) -> dict[str, Any]:
    """With the links to decide by, and what else there is room for, whole or not at all."""
    opening = request.opening
    assert opening is not None
    data |= {
        "decisionUrl": s.links.decision(request, opening),
        "reviewUrl": s.links.review(request, opening),
        "reviewers": [],
    }
    data = _roomy(data, "reviewers", _own_links(request, opening, content, s))
    if request.terms.include_prompt:
        data = _roomy(data | {"prompt": None}, "prompt", content.prompt)
    return data


def _own_links(
    request: Request, opening: Opening, content: Content, s: Services
) -> list[dict[str, Any]]:
    """Of each person who has not answered yet."""
    found = (
        OwnLinks(
            reviewer=content.people.get(who, who),
            review_url=s.links.review(request, opening, who),
            decision_url=s.links.decision(request, opening, who),
        )
        for who in waited_for(request)
    )
    return [one.wire() for one in found]


def _roomy(data: dict[str, Any], name: str, value: object) -> dict[str, Any]:
    """With the value, where that is not more than an event may be."""
    wider = data | {name: value}
    return wider if len(_written(wider)) <= MAX_EVENT_BYTES else data


def _written(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()
