"""Deployments of other accounts: an entry that the app refuses would keep it from starting."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NEEDED = ("name", "endpoint", "deployment", "model", "requestsPerMinute")
Entry = Mapping[str, Any]


def faults(own: Sequence[Entry], others: Sequence[Entry]) -> Iterator[str]:
    for entry in others:
        name = entry.get("name", "an entry without a name")
        if missing := [field for field in NEEDED if not entry.get(field)]:
            yield f"moreDeployments: {name} has no {', '.join(missing)}."
        if "apiKey" in entry:
            yield (
                f"moreDeployments: {name} has an apiKey, which all who may read the app's settings "
                "see; give the app's identity the role (docs/operations.md#second-account)."
            )
    names = Counter(entry.get("name") for entry in [*own, *others])
    for name in (name for name, times in names.items() if times > 1):
        yield f"two deployments are named {name}."
