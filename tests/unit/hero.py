"""A template, and how it is put."""

from typing import Any

from shared.chain.services import Services
from shared.chain.templating import checked
from shared.domain.templates import Template

HERO: dict[str, Any] = {
    "title": "Campaign hero",
    "prompt": "{product} on a {place}",
    "variables": {
        "product": {"type": "text", "maxLength": 40, "required": True},
        "place": {"type": "choice", "choices": ["beach", "table"], "default": "table"},
    },
    "options": {"size": "1536x1024"},
    "owner": "brand@contoso.com",
    "tags": ["campaign"],
}


def put(s: Services, name: str = "hero", **changed: Any) -> Template:
    """With an example of its own, which fills in whatever the variables are."""
    body = HERO | changed
    if "example" not in body:
        needed = [name for name, one in body["variables"].items() if "choices" not in one]
        body["example"] = dict.fromkeys(needed, "x")
    return s.templates.put(name, checked(body, name, s), "operator").template
