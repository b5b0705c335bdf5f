"""Content Safety's text:analyze, with words that stand for what a real text would hold.

`violence-4` in a text is violence of severity 4; likewise `hate-`, `selfharm-` and `sexual-`, each
from 0 to 7. The highest of a category counts. Everything else is harmless.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from . import errors, safety_errors
from .answers import Answer, CutConnection, Request
from .faults import Fault
from .service import Service

SERVED_VERSIONS = frozenset({"2023-10-01", "2024-09-01"})
MOST_CHARS = 10_000
CATEGORIES = ("Hate", "SelfHarm", "Sexual", "Violence")
OUTPUT_TYPES = ("FourSeverityLevels", "EightSeverityLevels")
WORD = re.compile(r"\b(hate|selfharm|sexual|violence)-([0-7])\b", re.IGNORECASE)
NAME = re.compile(r"[0-9A-Za-z._~-]{1,64}")
DATA_ACTION = "Microsoft.CognitiveServices/accounts/ContentSafety/text:analyze/action"


def severities_in(text: str) -> dict[str, int]:
    """The highest level of each category, of eight."""
    found = dict.fromkeys(CATEGORIES, 0)
    named = {name.lower(): name for name in CATEGORIES}
    for word, level in WORD.findall(text):
        name = named[word.lower()]
        found[name] = max(found[name], int(level))
    return found


def analyze_text(service: Service, request: Request) -> Answer:
    """What the text holds; a fault order comes before the body is looked at."""
    if request.query.get("api-version", "") not in SERVED_VERSIONS:
        raise errors.resource_not_found()
    service.credentials.check_safety(request, DATA_ACTION)
    if (fault := service.faults.take_screening()) is not None:
        _play(service, fault)
    body = _parsed(request.body)
    text = _text(body)
    hits = _hits(service.shelf.lists(), body, text)
    severities = severities_in(text)
    service.shelf.note(len(text), severities)
    analysis, halts = _analysis(body, severities), _flag(body, "haltOnBlocklistHit")
    found = [] if halts and hits else analysis
    return Answer(200, {"blocklistsMatch": hits, "categoriesAnalysis": found})


def _play(service: Service, fault: Fault) -> None:
    if fault.kind == "screenCut":
        raise CutConnection
    if fault.kind == "screenSlow":
        service.pause(fault.seconds)
        return
    raise fault.screening_refusal()


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        body = json.loads(data)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise safety_errors.invalid_body("body", "A JSON object is expected.")
    return body


def _text(body: Mapping[str, Any]) -> str:
    text = body.get("text")
    if not isinstance(text, str) or not text:
        raise safety_errors.invalid_body("text", "The field text is required.")
    if len(text) > MOST_CHARS:
        raise safety_errors.invalid_body("text", f"Its length is at most {MOST_CHARS}.")
    return text


def _strings(body: Mapping[str, Any], field: str) -> list[str]:
    given = body.get(field) or []
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise safety_errors.invalid_body(field, "A list of strings is expected.")
    return given


def _flag(body: Mapping[str, Any], field: str) -> bool:
    given = body.get(field, False)
    if not isinstance(given, bool):
        raise safety_errors.invalid_body(field, "A boolean is expected.")
    return given


def _hits(
    lists: Mapping[str, Sequence[str]], body: Mapping[str, Any], text: str
) -> list[dict[str, str]]:
    hits = []
    for name in _strings(body, "blocklistNames"):
        if not NAME.fullmatch(name):
            raise safety_errors.invalid_body("blocklistNames", "A name has other characters.")
        if name not in lists:
            raise safety_errors.blocklist_not_found(name)
        found = (item for item in lists[name] if item.casefold() in text.casefold())
        hits += [_hit(name, item) for item in found]
    return hits


def _hit(name: str, item: str) -> dict[str, str]:
    item_id = str(uuid5(NAMESPACE_URL, f"{name}/{item}"))
    return {"blocklistName": name, "blocklistItemId": item_id, "blocklistItemText": item}


def _analysis(body: Mapping[str, Any], severities: Mapping[str, int]) -> list[dict[str, object]]:
    asked = _strings(body, "categories") or CATEGORIES
    if not set(asked) <= set(CATEGORIES):
        raise safety_errors.invalid_body("categories", f"Known are {', '.join(CATEGORIES)}.")
    output = body.get("outputType", OUTPUT_TYPES[0])
    if output not in OUTPUT_TYPES:
        raise safety_errors.invalid_body("outputType", f"Known are {', '.join(OUTPUT_TYPES)}.")
    step = 2 if output == OUTPUT_TYPES[0] else 1
    return [
        {"category": name, "severity": severities[name] // step * step}
        for name in CATEGORIES
        if name in asked
    ]


def parse_lists(parsed: object) -> dict[str, list[str]]:
    """Blocklists as the control route takes them: ``{"name": ["item", …]}``.

    Raises:
        ValueError: they are given otherwise.
    """
    if not isinstance(parsed, dict):
        raise ValueError("blocklists are a JSON object of lists")
    for name, items in parsed.items():
        if not NAME.fullmatch(name) or not isinstance(items, list):
            raise ValueError("a blocklist has a name and a list of items")
        if not all(isinstance(item, str) and 0 < len(item) <= 128 for item in items):
            raise ValueError("an item is a text of 1 to 128 characters")
    return parsed
