"""
What a definition may hold: the fields of each type of action, and the words of each field.

From the type reference of the workflow definition language. Microsoft's JSON schema of it could
not be had as a file, so this is stricter where we know more: an unknown field is a fault.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

SCHEMA = (
    "https://schema.management.azure.com/providers/Microsoft.Logic/schemas/2016-06-01/"
    "workflowdefinition.json#"
)
VERSION = r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+"
TOP = frozenset(
    {"$schema", "contentVersion", "parameters", "triggers", "actions", "outputs"}
    | {"description", "metadata", "staticResults"}
)
PARAMETER = frozenset({"type", "defaultValue", "allowedValues", "metadata", "description"})
PARAMETER_TYPES = frozenset(
    {"Array", "Bool", "Float", "Int", "Object", "SecureObject", "SecureString", "String"}
)
VARIABLE_TYPES = frozenset({"Array", "Boolean", "Float", "Integer", "Object", "String"})
TRIGGER = frozenset(
    {"type", "kind", "inputs", "operationOptions", "correlation", "conditions"}
    | {"runtimeConfiguration", "description", "metadata"}
)
TRIGGER_INPUTS = frozenset({"method", "schema", "relativePath"})
ANY_ACTION = frozenset(
    {"type", "kind", "description", "runAfter", "metadata", "operationOptions"}
    | {"runtimeConfiguration", "trackedProperties"}
)
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"})
RUN_STATUSES = frozenset({"Succeeded", "Failed", "Cancelled"})
RETRY_TYPES = frozenset({"default", "none", "fixed", "exponential"})
RETRY = frozenset({"type", "count", "interval", "minimumInterval", "maximumInterval"})

# Limits of the multi-tenant service.
MAX_ACTIONS, MAX_DEPTH, MAX_CASES, MAX_NAME_CHARS = 500, 8, 25, 80
MAX_RETRIES, MIN_RETRY_S, MAX_RETRY_S = 90, 5, 86_400

CALL = frozenset({"method", "uri"})
CALL_MAY = frozenset({"headers", "queries", "body", "authentication", "retryPolicy", "cookie"})


@dataclass(frozen=True)
class Shape:
    """
    `own` fields stand in the action itself, `needs` and `may` in its `inputs`; None: anything.
    """

    own: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    may: frozenset[str] | None = frozenset()
    inputs: bool = True
    waits: bool = False
    only_at_top: bool = False
    in_loops: bool = True


_BRANCHES = frozenset({"actions"})
SHAPES: Mapping[str, Shape] = {
    "ApiConnection": Shape(
        needs=frozenset({"host", "method", "path"}),
        may=frozenset({"body", "headers", "queries", "authentication", "retryPolicy"}),
        waits=True,
    ),
    "ApiConnectionWebhook": Shape(
        needs=frozenset({"host", "path"}),
        may=frozenset({"body", "headers", "queries", "authentication", "retryPolicy"}),
        waits=True,
    ),
    "Compose": Shape(may=None),
    "Foreach": Shape(own=_BRANCHES | {"foreach"}, inputs=False),
    "Http": Shape(needs=CALL, may=CALL_MAY, waits=True),
    "HttpWebhook": Shape(
        needs=frozenset({"subscribe"}), may=frozenset({"unsubscribe", "schema"}), waits=True
    ),
    "If": Shape(own=_BRANCHES | {"expression", "else"}, inputs=False),
    "InitializeVariable": Shape(needs=frozenset({"variables"}), only_at_top=True),
    "Query": Shape(needs=frozenset({"from", "where"})),
    "Response": Shape(
        needs=frozenset({"statusCode"}), may=frozenset({"headers", "body", "schema"}),
        in_loops=False,
    ),
    "Scope": Shape(own=_BRANCHES, inputs=False),
    "Select": Shape(needs=frozenset({"from", "select"})),
    "SetVariable": Shape(needs=frozenset({"name", "value"})),
    "Switch": Shape(own=frozenset({"expression", "cases", "default"}), inputs=False),
    "Terminate": Shape(
        needs=frozenset({"runStatus"}), may=frozenset({"runError"}), in_loops=False
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """
    Where in a definition something stands.
    """

    path: str
    depth: int = 1
    in_loop: bool = False
    siblings: frozenset[str] = field(default_factory=frozenset)
