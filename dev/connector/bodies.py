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
_TEMPLATES = {**_MODELS, "operationId": "ListTemplates"}
_TEMPLATES_LIST = {**_MODELS_LIST, "operationId": "ListTemplates"}


def body_of(route: Route, action: Action, models: Mapping[str, Json]) -> Json:
    assert route.request is not None
    fields = properties(models[route.request.__name__]["properties"], models)
    by_template = "template" in action.required
    left_out = LEFT_OUT | ({"prompt"} if by_template else {"template"})
    first = [name for name in FIRST if name in fields]
    shown = {name: fields[name] for name in (*first, *fields) if name not in left_out}
    for name, field in shown.items():
        field["x-ms-visibility"] = "important" if name in first else "advanced"
    if "model" in shown:
        shown["model"] |= {"x-ms-dynamic-values": _MODELS, "x-ms-dynamic-list": _MODELS_LIST}
    if by_template:
        _by_template(shown)
    return in_body({"type": "object", "required": list(action.required), "properties": shown})


def _by_template(shown: Json) -> None:
    """What a template sets must not be sent, so nothing that it may set is filled in beforehand."""
    name = shown["template"]["properties"]["name"]
    name |= {"x-ms-dynamic-values": _TEMPLATES, "x-ms-dynamic-list": _TEMPLATES_LIST}
    for field in properties(TemplateOptions.model_json_schema()["properties"], {}):
        shown[field].pop("default", None)


def in_body(schema: Json) -> Json:
    return {"name": "body", "in": "body", "required": True, "schema": schema}
