"""
What is sent for an event: CloudEvents 1.0 in either mode, with a Standard Webhooks signature.

Two things differ from one attempt to the next: links, and the signature's time.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from shared.chain.batch_events import asking_data
from shared.chain.journal import Event, Journal
from shared.chain.resource import resource_of
from shared.chain.services import Services
from shared.chain.sinks import Address
from shared.chain.sources import Source
from shared.domain.batch_notices import BatchAsking
from shared.domain.batch_review_views import BatchAskingData
from shared.domain.content import Content
from shared.domain.event_views import OwnLinks, forms
from shared.domain.parts import Opening
from shared.domain.request import Request
from shared.domain.transitions import REQUESTED
from shared.domain.values import INSTANT
from shared.domain.waiting import waited_for
from shared.security.signatures import sign

# What tells people that they are asked has the links to decide by.
ASKING = frozenset({REQUESTED, "darkroom.approval.reminded", "darkroom.approval.escalated"})
# CloudEvents 1.0, "Size limits": so much gets through everywhere; 4 KiB of it are for attributes.
MAX_EVENT_BYTES = 64 * 1024
MAX_DATA_BYTES = MAX_EVENT_BYTES - 4 * 1024

BINARY = "application/json"
STRUCTURED = "application/cloudevents+json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Post:
    """One attempt, ready to be sent."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def post_of(
    source: Source, event: Event, content: Content | None, address: Address, s: Services
) -> Post:
    data = data_of(source, event, content, s, with_prompt=address.include_prompt)
    attributes = attributes_of(source, event, data, s)
    if address.mode == "structured":
        headers = {"content-type": STRUCTURED}
        body = _written(_structured(attributes, data))
    else:
        named = {f"ce-{name}": quote(text, safe=_PLAIN) for name, text in attributes.items()}
        headers, body = {"content-type": BINARY, **named}, _written(data)
    timestamp = int(s.clock.now().timestamp())
    signed = {
        "webhook-id": attributes["id"],
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(address.secrets, attributes["id"], timestamp, body),
    }
    return Post(address.url, headers | signed, body)


def batch_of(source: Source, event: Event, content: Content | None, s: Services) -> bytes:
    """The event as Event Grid takes it: the only one of a batch. Never with a prompt."""
    data = data_of(source, event, content, s, with_prompt=False)
    return _written([_structured(attributes_of(source, event, data, s), data)])


# CloudEvents HTTP binding 3.1.3.2: percent-encode space, quote, percent, and all but ASCII.
_PLAIN = "!#$&'()*+,-./0123456789:;<=>?@[\\]^_`{|}~"


def attributes_of(
    source: Source, event: Event, data: Mapping[str, Any], s: Services
) -> dict[str, str]:
    first = source.journal.request.terms if source.journal else source.facts[0].data
    tracked = getattr(first, "client_tracking_id", None)
    optional = {"traceparent": getattr(first, "traceparent", None)}
    schema = _schema_of(source, event, data)
    return {
        "specversion": "1.0",
        "id": source.event_id(event.seq),
        "source": f"/darkroom/{s.terms.app_name}",
        "type": event.type,
        "subject": source.stream,
        "time": INSTANT.dump_python(event.at),
        "dataschema": f"{s.terms.public_url}/openapi.json#/components/schemas/{schema}",
        "sequence": f"{event.seq:06d}",
        "correlationid": tracked or source.named,
        "journalhead": event.journal_head,
        **{name: text for name, text in optional.items() if text},
    }


def _schema_of(source: Source, event: Event, data: Mapping[str, Any]) -> str:
    if source.journal is None:
        notice = source.facts[event.seq - 1].data
        asks = isinstance(notice, BatchAsking)
        return BatchAskingData.__name__ if asks else type(notice).__name__
    return "SlimEventData" if "truncated" in data else "EventData"


def data_of(
    source: Source, event: Event, content: Content | None, s: Services, *, with_prompt: bool
) -> dict[str, Any]:
    """The resource as of the event, or the notice; links alone are made now."""
    if source.journal is None:
        _, _, name = source.stream.partition("/")
        if isinstance(source.facts[event.seq - 1].data, BatchAsking):
            return asking_data(name, source.facts[: event.seq], content, _roomy, s)
        return {"name": name, **source.facts[event.seq - 1].data.wire()}
    return _of_request(source.journal, event, content, with_prompt, s)


def _of_request(
    journal: Journal, event: Event, content: Content | None, with_prompt: bool, s: Services
) -> dict[str, Any]:
    request = journal.as_of(event.seq)
    # A card or a mail shows the images for as long as people may answer.
    asks = request.opening if event.type in ASKING else None
    until = asks.deadline if asks else None
    resource = resource_of(request, content, s.links, s.clock.now(), until).wire()
    if asks is None:
        return _most_of(resource, {})
    data = _most_of(resource, _asking(request, asks, content, s))
    if with_prompt and request.terms.include_prompt:
        prompt = content.prompt if content else None
        data = _roomy(data | {"prompt": None}, "prompt", prompt)
    return data


def _most_of(resource: Mapping[str, Any], asking: Mapping[str, Any]) -> dict[str, Any]:
    """
    As much of the resource as gets through beside what people are asked by; of their own links
    there are all, or none where even the least of it leaves no room for them.
    """
    data: dict[str, Any] = {}
    for form in forms(resource):
        data = {**form, **asking}
        if len(_written(data)) <= MAX_DATA_BYTES:
            return data
    return data | ({"reviewers": []} if asking else {})


def _asking(
    request: Request, opening: Opening, content: Content | None, s: Services
) -> dict[str, Any]:
    """The links to decide by."""
    return {
        "decisionUrl": s.links.decision(request, opening),
        "reviewUrl": s.links.review(request, opening),
        "reviewers": _own_links(request, opening, content, s),
    }


def _own_links(
    request: Request, opening: Opening, content: Content | None, s: Services
) -> list[dict[str, Any]]:
    """Of each person who has not answered yet."""
    people = content.people if content else {}
    found = (
        OwnLinks(
            reviewer=people.get(who, who),
            review_url=s.links.review(request, opening, who),
            decision_url=s.links.decision(request, opening, who),
        )
        for who in waited_for(request)
    )
    return [one.wire() for one in found]


def _roomy(data: dict[str, Any], name: str, value: object) -> dict[str, Any]:
    """With the value, where that is not more than an event may be."""
    wider = data | {name: value}
    return wider if len(_written(wider)) <= MAX_DATA_BYTES else data


def _structured(attributes: Mapping[str, str], data: Mapping[str, Any]) -> dict[str, Any]:
    return {**attributes, "datacontenttype": BINARY, "data": data}


def _written(value: Any) -> bytes:
    """As UTF-8; half of a surrogate pair has no form there, and stays an escape."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace")
