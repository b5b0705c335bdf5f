"""What an action sends: the fields of its body, in the order in which makers see them."""

from collections.abc import Mapping

from dev.connector.lowering import Json, properties
from dev.connector.operations import Action
from dev.connector.words import FIRST, LEFT_OUT
from shared.domain.templates import TemplateOptions
from shared.web.route import Route

_MODELS = {
    "operationId": "ListModels",
    "value-collection": "items",
    "value-path": "name",
    "value-title": "title",
}
_MODELS_LIST = {
    "operationId": "ListModels",
    "itemsPath": "items",
    "itemValuePath": "name",
    "itemTitlePath": "title",
}
# What an action does not show that fills in a template, and what one that does not.
_OF_ONE_ROW = frozenset({"prompt", "items"})
_OF_TEMPLATES = frozenset({"template", "csv"})
_TEMPLATES = {**_MODELS, "operationId": "ListTemplates"}
_TEMPLATES_LIST = {**_MODELS_LIST, "operationId": "ListTemplates"}


def body_of(route: Route, action: Action, models: Mapping[str, Json]) -> Json:
    assert route.request is not None
    fields = properties(models[route.request.__name__]["properties"], models)
    by_template = "template" in action.required
    left_out = LEFT_OUT | (_OF_ONE_ROW if by_template else _OF_TEMPLATES)
    first = [name for name in FIRST if name in fields]
    shown = {name: fields[name] for name in (*first, *fields) if name not in left_out}
    _order_of_sight(shown)
    if "model" in shown:
        shown["model"] |= {"x-ms-dynamic-values": _MODELS, "x-ms-dynamic-list": _MODELS_LIST}
    if by_template:
        _by_template(shown)
    if "items" in shown:
        shown["items"]["x-ms-summary"] = "Rows"
        _rows(shown["items"]["items"])
    return in_body({"type": "object", "required": list(action.required), "properties": shown})


def _order_of_sight(fields: Json) -> None:
    for name, field in fields.items():
        field["x-ms-visibility"] = "important" if name in FIRST else "advanced"


def _rows(row: Json) -> None:
    """A row asks by a prompt or by a template; all of them are in the lane `bulk`."""
    fields = row["properties"]
    row["properties"] = {
        name: one
        for name, one in sorted(fields.items(), key=lambda item: item[0] not in FIRST)
        if name not in LEFT_OUT | {"lane"}
    }
    _order_of_sight(row["properties"])
    _leave_to_templates(row["properties"])


def _by_template(shown: Json) -> None:
    name = shown["template"]["properties"]["name"]
    name |= {"x-ms-dynamic-values": _TEMPLATES, "x-ms-dynamic-list": _TEMPLATES_LIST}
    _leave_to_templates(shown)


def _leave_to_templates(fields: Json) -> None:
    """What a template sets must not be sent, so nothing that it may set is filled in beforehand."""
    for name in properties(TemplateOptions.model_json_schema()["properties"], {}):
        fields.get(name, {}).pop("default", None)


def in_body(schema: Json) -> Json:
    return {"name": "body", "in": "body", "required": True, "schema": schema}
