"""
Makes what `infra/` shares with the code, from the code: `python -m dev.infra_tables --write`.

Containers, queues, days and threads come from the tables that the app uses; alerts and the
workbook from the queries in `infra/queries`, whose first lines say what they are for.
"""

import json
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.domain import names
from shared.domain.lifecycle import policy
from shared.setting_table import SETTINGS

INFRA = Path(__file__).parent.parent / "infra"
QUERIES = INFRA / "queries"
RETENTION = {
    "maxWaitDays": "MAX_WAIT_DAYS",
    "approvedDays": "APPROVED_RETENTION_DAYS",
    "journalDays": "JOURNAL_RETENTION_DAYS",
}
# The newest that both the platform and our pinned packages have as stable.
PYTHON_VERSION = "3.13"
# One queue function or HTTP scales alone on Flex Consumption; docs/host.md adds it up.
THREADS = 32


def made() -> Mapping[str, Any]:
    """Each file's name and what is in it."""
    days = retention()
    return {
        "tables.json": _tables(days),
        "lifecycle.json": policy(*days.values()),
        "alerts.json": [_alert(file) for file in _queries("alerts")],
        "workbook.json": _workbook(),
    }


def retention() -> dict[str, int]:
    """With the settings' defaults; the deployed settings are taken from the same file."""
    defaults = {setting.name: setting.default for setting in SETTINGS}
    return {name: int(defaults[setting] or 0) for name, setting in RETENTION.items()}


def described(file: Path) -> dict[str, str]:
    """The lines `// name: text` at the start of a query, and the query itself."""
    lines = file.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("// ")]
    said = dict(line.removeprefix("// ").split(": ", 1) for line in head)
    return said | {"query": "\n".join(lines[len(head) :])}


def _tables(days: Mapping[str, int]) -> dict[str, Any]:
    return {
        "containers": list(names.CONTAINERS),
        "queues": list(names.QUEUES),
        "journals": names.REQUESTS,
        "retention": days,
        "pythonVersion": PYTHON_VERSION,
        "threads": THREADS,
    }


def _queries(folder: str) -> Iterator[Path]:
    yield from sorted((QUERIES / folder).glob("*.kql"))


def _alert(file: Path) -> dict[str, Any]:
    said = described(file)
    return {
        "name": file.stem,
        "title": said["title"],
        "severity": int(said["severity"]),
        "every": said["every"],
        "over": said["over"],
        "resolves": said.get("resolves") != "no",
        "about": f"{said['means']} Runbook: docs/operations.md#{file.stem}",
        "query": said["query"],
    }


def _workbook() -> dict[str, Any]:
    views = [described(file) for file in _queries("views")]
    return {
        "version": "Notebook/1.0",
        "items": [
            _text("## Darkroom\nAlerts and what to do: docs/operations.md"),
            *map(_view, views),
        ],
        "isLocked": False,
        "$schema": "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
    }


def _text(markdown: str) -> dict[str, Any]:
    return {"type": 1, "content": {"json": markdown}, "name": "about"}


def _view(said: Mapping[str, str]) -> dict[str, Any]:
    """One query over the last thirty days, as the workbook format has it."""
    return {
        "type": 3,
        "content": {
            "version": "KqlItem/1.0",
            "query": said["query"],
            "size": 0,
            "title": said["title"],
            "timeContext": {"durationMs": 2_592_000_000},
            "queryType": 0,
            "resourceType": "microsoft.insights/components",
            "visualization": said["shown"],
        },
        "name": str(uuid.uuid5(uuid.NAMESPACE_URL, said["title"])),
    }


def text_of(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def stale() -> list[str]:
    return [
        name
        for name, content in made().items()
        if not (INFRA / name).exists()
        or (INFRA / name).read_text(encoding="utf-8") != text_of(content)
    ]


def main(arguments: Sequence[str]) -> int:
    if "--write" in arguments:
        for name, content in made().items():
            (INFRA / name).write_text(text_of(content), encoding="utf-8", newline="\n")
        return 0
    found = stale()
    print("out of date:" if found else "infra/ is up to date", *found)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
