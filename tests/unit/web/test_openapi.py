"""The OpenAPI document: whole, consistent, and about these routes."""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from shared.domain.transitions import EVENTS
from shared.web.access import Access
from shared.web.table import ROUTES
from tests.unit.web.world import PUBLIC_URL, World

DOCUMENT = World().http("openapi", key=None).json


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


def operations() -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    }


def test_references_resolve() -> None:
    """Every reference leads to something in the document."""
    found = set(references(DOCUMENT))
    schemas = DOCUMENT["components"]["schemas"]

    assert found
    for reference in found:
        assert reference.startswith("#/components/schemas/")
        assert reference.rpartition("/")[2] in schemas
    assert "EventData" in schemas  # every event's `dataschema` names it


def test_every_route_is_described() -> None:
    """Each row of the table is an operation with its path, method and success."""
    described = operations()

    assert set(described) == set(ROUTES)
    for name, route in ROUTES.items():
        method, path, operation = described[name]
        assert (method, path) == (route.method, f"/{route.path}")
        assert str(route.status) in operation["responses"]
        in_path = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
        assert in_path == list(route.path_names)


def test_security() -> None:
    """Every scheme that is named exists; open routes name none."""
    schemes = set(DOCUMENT["components"]["securitySchemes"])

    for name, (_, _, operation) in operations().items():
        named = {scheme for one in operation["security"] for scheme in one}
        assert named <= schemes
        assert bool(named) == (ROUTES[name].access is not Access.OPEN)


def test_events_are_described() -> None:
    """The callbacks of a submit name every type of event."""
    (callback,) = operations()["submit"][2]["callbacks"]["event"].values()

    assert all(event in callback["post"]["summary"] for event in EVENTS)
    data = DOCUMENT["components"]["schemas"]["EventData"]["properties"]
    resource = DOCUMENT["components"]["schemas"]["Resource"]["properties"]
    assert set(data) - set(resource) == {"decisionUrl", "reviewUrl", "reviewers", "prompt"}


def test_frame() -> None:
    """It is OpenAPI 3.1 for this deployment."""
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["servers"] == [{"url": PUBLIC_URL}]


def test_parameters_say_what_they_take() -> None:
    """Numbers, patterns and choices, so that a tool can check before it sends."""
    limit, month = (parameter_of(*name) for name in (("list_images", "limit"), ("usage", "month")))
    format_ = parameter_of("usage", "format")
    images = DOCUMENT["components"]["schemas"]["SubmitBody"]["properties"]["n"]

    assert limit == {"type": "integer", "minimum": 1, "maximum": 100}
    assert (images["type"], images["minimum"], images["maximum"]) == ("integer", 1, 10)
    assert re.match(month["pattern"], "2026-11") and not re.match(month["pattern"], "2026-111")
    assert format_ == {"type": "string", "enum": ["json", "csv"]}


def parameter_of(operation: str, name: str) -> dict[str, Any]:
    [found] = [p for p in operations()[operation][2]["parameters"] if p["name"] == name]
    schema: dict[str, Any] = found["schema"]
    return schema


def test_no_default_is_refused() -> None:
    """A tool may send every default that it is shown: none is shorter than it may be."""
    lists = [
        field
        for schema in DOCUMENT["components"]["schemas"].values()
        for field in schema.get("properties", {}).values()
        if "minItems" in field
    ]

    assert lists
    assert all(len(field["default"]) >= field["minItems"] for field in lists if "default" in field)


def test_no_two_routes_clash() -> None:
    """The host tries routes by function name, so no path may fit two of them."""

    def overlap(one: str, other: str) -> bool:
        left, right = one.split("/"), other.split("/")
        pairs = zip(left, right, strict=False)
        fits = all(a == b or a.startswith("{") or b.startswith("{") for a, b in pairs)
        return len(left) == len(right) and fits

    clashes = [
        (one.name, other.name)
        for one, other in combinations(ROUTES.values(), 2)
        if one.method == other.method and overlap(one.path, other.path)
    ]

    assert clashes == []
