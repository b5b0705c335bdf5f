"""The words that a C2PA manifest has for its maker, made fit to be kept and shown."""

from collections.abc import Mapping
from typing import Any

# Names of generators are a few words; what is longer is no name.
MAX_GENERATOR_CHARS = 120


def generator_of(manifest: Mapping[str, Any]) -> str | None:
    """
    The maker's name and version by the claim of a manifest, as c2pa's reader tells it.

    Anybody can write anything there: only what can be seen in a line of text is kept.
    """
    told = manifest.get("claim_generator_info")
    first = told[0] if isinstance(told, list) and told else None
    named = first if isinstance(first, Mapping) else {}
    parts = (named.get("name") or manifest.get("claim_generator"), named.get("version"))
    return _line(" ".join(part for part in parts if isinstance(part, str)))


def _line(text: str) -> str | None:
    seen = "".join(one if one.isprintable() else " " for one in text)
    return " ".join(seen.split())[:MAX_GENERATOR_CHARS].strip() or None
