"""JSON Schema of 2020 as OpenAPI 2.0 has it: one type, no alternatives, no nulls."""

from collections.abc import Mapping
from typing import Any

from dev.connector.words import CHOICES, about, title_of

Json = dict[str, Any]
Schema = Mapping[str, Any]

_KEPT = ("type", "enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
# What the published schema of connector files allows, of the formats that occur here.
_FORMATS = frozenset({"date-time", "uri", "byte", "binary"})
# What is defined once: bodies of answers and of events.
SHOWN = (
    "Resource",
    "EventData",
    "Ticket",
    "RequestList",
    "ModelList",
    "DryRun",
    "Problem",
    "TemplateList",
    "TemplateVersionView",
    "BatchView",
    "BatchList",
    "BatchCompleted",
)
_NOTHING: tuple[object, ...] = (None, [], {})


def lowered(schema: Schema, models: Mapping[str, Schema]) -> Json | None:
    """
    None for what can only be null. Models are written out where they are used: beside a `$ref`
    no title would be read, and none of them contains itself.
    """
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return _first(alternatives, schema, models)
    if "$ref" in schema:
        return lowered(models[schema["$ref"].rpartition("/")[2]], models)
    if schema.get("type") == "null":
        return None
    found = {name: schema[name] for name in _KEPT if name in schema}
    if "const" in schema:
        found["enum"] = [schema["const"]]
    if schema.get("format") in _FORMATS:
        found["format"] = schema["format"]
    return _with_parts(_with_default(found, schema), schema, models)


def properties(fields: Mapping[str, Schema], models: Mapping[str, Schema]) -> Json:
    found = {}
    for name, field in fields.items():
        if (one := lowered(field, models)) is not None:
            found[name] = named(name, one, field.get("description"))
    return found


def named(name: str, schema: Json, said: str | None = None) -> Json:
    if name in CHOICES and schema.get("type") == "string":
        schema = {**schema, "enum": list(CHOICES[name])}
    return {**schema, "x-ms-summary": title_of(name), "description": about(name, said)}


def _item(schema: Schema, models: Mapping[str, Schema]) -> Json:
    """An item needs no title, so a definition will do where there is one."""
    name = schema.get("$ref", "").rpartition("/")[2]
    return {"$ref": f"#/definitions/{name}"} if name in SHOWN else lowered(schema, models) or {}


def _first(alternatives: list[Schema], schema: Schema, models: Mapping[str, Schema]) -> Json | None:
    """
    The first stands for all: where our models have several, it is the one that says most.
    Simple types that differ are no type at all.
    """
    real = [one for one in alternatives if one.get("type") != "null"]
    if not real:
        return None
    if len({one.get("type") for one in real}) > 1 and all("type" in one for one in real):
        return {}
    found = lowered(real[0], models)
    return None if found is None else _with_default(found, schema)


def _with_default(found: Json, schema: Schema) -> Json:
    default = schema.get("default")
    if default in _NOTHING or found.get("type") in ("object", "array"):
        return found
    return found | {"default": default}


def _with_parts(found: Json, schema: Schema, models: Mapping[str, Schema]) -> Json:
    if "items" in schema:
        found["items"] = _item(schema["items"], models)
    if "properties" in schema:
        found["properties"] = properties(schema["properties"], models)
        required = [name for name in schema.get("required", []) if name in found["properties"]]
        found |= {"required": required} if required else {}
    elif schema.get("type") == "object":
        found["additionalProperties"] = True
    return found
