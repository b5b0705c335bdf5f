"""
Makes `infra/lifecycle.json` from the table the code uses: `python -m dev.lifecycle_policy --write`.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from shared.domain.lifecycle import policy
from shared.setting_table import SETTINGS

FILE = Path(__file__).parent.parent / "infra" / "lifecycle.json"
DAYS = ("MAX_WAIT_DAYS", "APPROVED_RETENTION_DAYS", "JOURNAL_RETENTION_DAYS")


def text() -> str:
    """With the settings' defaults; other days, other file: the settings say the same figures."""
    defaults = {setting.name: setting.default for setting in SETTINGS}
    return json.dumps(policy(*(int(defaults[name] or 0) for name in DAYS)), indent=2) + "\n"


def main(arguments: Sequence[str]) -> int:
    if "--write" in arguments:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(text(), encoding="utf-8", newline="\n")
        return 0
    fresh = FILE.exists() and FILE.read_text(encoding="utf-8") == text()
    print("infra/lifecycle.json is", "up to date" if fresh else "out of date")
    return 0 if fresh else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
