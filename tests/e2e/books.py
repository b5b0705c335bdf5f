"""The app's own ledger, read as it lies in storage, past the app."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tests.e2e.store import Store

Line = dict[str, Any]


def lines(store: Store) -> dict[str, Line]:
    """The line that holds for each call, by `<request id>.<attempt>`."""
    held: dict[str, Line] = {}
    for name in store.names("usage"):
        if name.endswith(".jsonl"):
            for raw in store.read("usage", name).splitlines():
                line = json.loads(raw)
                if line["seq"] >= held.get(line["key"], line)["seq"]:
                    held[line["key"]] = line
    return held


def lines_of(store: Store, request_id: str) -> list[Line]:
    """Of one request, in the order of its attempts."""
    found = lines(store)
    return [found[key] for key in sorted(found) if key.startswith(f"{request_id}.")]


def summed(rows: Iterable[dict[str, Any]], name: str) -> Decimal:
    """Exact, as all amounts have six decimals at most."""
    return sum((Decimal(str(row[name])) for row in rows), Decimal(0))
