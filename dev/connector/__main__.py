"""
Makes the connector's files from the app's routes and models: `python -m dev.connector --write`.

Without `--write` it says whether they are up to date.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from dev.connector import icon
from dev.connector.lowering import Json
from dev.connector.properties import properties
from dev.connector.swagger import VARIANTS, definition

PLACE = Path(__file__).parents[2] / "infra" / "integrations" / "power_automate" / "connector"
ICON = PLACE / "icon.png"


def files() -> dict[Path, str]:
    """Every text file, by its place."""
    found = {}
    for variant in VARIANTS:
        found[PLACE / variant / "apiDefinition.swagger.json"] = _text(definition(variant))
        found[PLACE / variant / "apiProperties.json"] = _text(properties(variant))
    return found


def main(arguments: Sequence[str]) -> int:
    wanted = files()
    if "--write" in arguments:
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        ICON.write_bytes(icon.png())
        return 0
    stale = [
        path.relative_to(PLACE).as_posix()
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    print("The connector is", f"out of date: {', '.join(stale)}" if stale else "up to date")
    return 1 if stale else 0


def _text(value: Json) -> str:
    """Four spaces, as the connectors' own repository has it."""
    return json.dumps(value, indent=4) + "\n"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
