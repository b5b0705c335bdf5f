"""The shipped workflow files, and what their expressions name."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dev.engine.syntax import Access, Call, Joined, Literal, Node, parse
from dev.engine.tree import every, texts
from dev.places import ROOT

Json = dict[str, Any]
FOLDER = ROOT / "infra" / "integrations" / "logic_app"
NAMES = ("approval", "submit_and_wait", "http_webhook")


def shipped(name: str) -> Json:
    return dict(json.loads((FOLDER / name / "workflow.json").read_text(encoding="utf-8")))


def actions(name: str) -> dict[str, Mapping[str, Any]]:
    return dict(every(shipped(name)["actions"]))


def nodes(value: Any) -> Iterator[Node]:
    """Every tree below a value of a definition."""
    for text in texts(value):
        yield from _below(parse(text))


def paths(value: Any, root: str, of: str | None = None) -> set[tuple[Any, ...]]:
    """The keys by which `root()`, or `root('of')`, is looked into: `('error', 'code')`."""
    wanted = Call(root, () if of is None else (Literal(of),))
    return {keys for node in nodes(value) if (keys := _keys(node, wanted)) is not None}


def _keys(node: Node, wanted: Call) -> tuple[Any, ...] | None:
    keys: list[Any] = []
    while isinstance(node, Access):
        if not isinstance(node.key, Literal):
            return None
        keys.append(node.key.value)
        node = node.target
    return tuple(reversed(keys)) if node == wanted and keys else None


def _below(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Call(_, inner) | Joined(inner):
            for one in inner:
                yield from _below(one)
        case Access(target, key, _):
            yield from _below(target)
            yield from _below(key)
