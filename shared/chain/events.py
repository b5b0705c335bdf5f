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
from shared.domain.request import Request
from shared.domain.transitions import REQUESTED
from shared.domain.values import INSTANT
from shared.security.signatures import sign, webhook_key

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
    body = json.dumps(_data(journal, event, content, now, s), separators=(",", ":")).encode()
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
        "dataschema": f"{s.terms.public_url}/openapi.json#/components/schemas/Resource",
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
    return data | _asked(request, s) if event.type in ASKING else data


def _asked(request: Request, s: Services) -> dict[str, str]:
    opening = request.opening
    assert opening is not None
    return {
        "decisionUrl": s.links.decision(request, opening),
        "reviewUrl": s.links.review(request, opening),
    }
