"""
`python3 dev verify FILE`: checks an evidence pack with nothing but the pack.
"""

import argparse
import json
from typing import Any

from dev.cli import Stop
from dev.places import from_caller


def run(options: argparse.Namespace) -> int:
    """
    0 when the pack holds together, 1 with each fault named.
    """
    pack = _read(options.file)
    faults = faults_of(pack)
    for fault in faults:
        print(f"fault: {fault}")
    if faults:
        print(f"evidence NOT verified: {len(faults)} fault{'s' if len(faults) > 1 else ''}")
        return 1
    counts = [f"{len(pack.get(name) or [])} {word}" for name, word in COUNTED]
    print(f"evidence verified: {', '.join(counts)}")
    print(NOT_COVERED)
    return 0


NOT_COVERED = (
    "not covered: names, comments and other erasable texts, links, the delivery log; "
    "the journal does not have them"
)
COUNTED = (
    ("journal", "facts"),
    ("decisions", "decisions"),
    ("images", "images"),
    ("deliveries", "deliveries"),
)


def faults_of(pack: dict[str, Any]) -> list[str]:
    """
    What the product's own check finds; empty is verified.
    """
    from shared.chain.audit import verify

    return list(verify(pack))


def _read(name: str) -> dict[str, Any]:
    file = from_caller(name)
    try:
        pack = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Stop(f"cannot read {file}: {error.strerror}") from error
    except ValueError as error:
        raise Stop(f"{file} is no JSON file: {error}") from error
    except RecursionError as error:
        raise Stop(f"{file} holds no evidence pack: it is nested too deeply") from error
    if not isinstance(pack, dict):
        raise Stop(f"{file} holds no evidence pack: it should be a JSON object")
    if "receipt" in pack:
        raise Stop(RECEIPT)
    return pack


RECEIPT = (
    "this is an erasure's receipt, signed with a key that only the app has: ask the app by "
    "GET /erasures/{id}?signature=..., or verify the evidence pack of a request that was erased"
)
