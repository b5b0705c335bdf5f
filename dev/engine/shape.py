"""
The part of JSON Schema that our triggers use.
"""

from typing import Any

_KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}
KNOWN = frozenset({"type", "required", "properties", "items"})


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """
    Whether a body is as the schema says; `KNOWN` has the words it may use.
    """
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return False
    if isinstance(value, dict):
        inside = schema.get("properties", {}).items()
        return all(name in value for name in schema.get("required", ())) and all(
            fits(value[name], below) for name, below in inside if name in value
        )
    below = schema.get("items", {})
    return not isinstance(value, list) or all(fits(one, below) for one in value)


def unknown_words(schema: Any) -> set[str]:
    """
    Words of the schema that `fits` would not look at.
    """
    if not isinstance(schema, dict):
        return {"(no object)"}
    below = [
        *schema.get("properties", {}).values(),
        *([schema["items"]] if "items" in schema else []),
    ]
    return set(schema) - KNOWN | {word for one in below for word in unknown_words(one)}


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _KINDS[kind])
