"""
Makes `docs/settings.md` from the table: `python -m dev.settings_page --write`.

Without `--write` it says whether the page is up to date.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from annotated_types import Ge, Gt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from dev.time_limits import paragraph
from shared.setting_alt_text import ChatEntry
from shared.setting_entries import CallerEntry, DeploymentEntry, KeyEntry
from shared.setting_table import SETTINGS, Setting
from shared.setting_values import Whole

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"

HEAD = """\
# Settings

Made from `shared/setting_table.py` by `python -m dev.settings_page --write`; do not edit.

Read once, when the app starts. Wrong settings stop it there, and the message names every
fault. A name that begins with `DARKROOM_` and is not below is a fault too. Empty text counts
as not set. `local.settings.sample.json` has a safe local value for each that is not Azure's
own.
"""
ENTRIES: tuple[tuple[str, type[BaseModel]], ...] = (
    ("DARKROOM_DEPLOYMENTS", DeploymentEntry),
    ("DARKROOM_CALLERS", CallerEntry),
    ("DARKROOM_SIGNING_KEYS", KeyEntry),
)

CHAT = "DARKROOM_ALT_TEXT_DEPLOYMENT"


def page() -> str:
    parts = [HEAD, _table(("name", "default", "unit", "meaning"), map(_row, SETTINGS))]
    for name, model in ENTRIES:
        parts.append(f"## Entries of `{name}`\n\nA JSON list of objects with these fields.\n")
        parts.append(_table(("field", "default", "meaning"), _fields(model)))
    parts.append(f"## Fields of `{CHAT}`\n\nA JSON object with these fields.\n")
    parts.append(_table(("field", "default", "meaning"), _fields(ChatEntry)))
    return "\n".join([*parts, paragraph()])


def main(arguments: Sequence[str]) -> int:
    if "--write" in arguments:
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
        return 0
    current = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    print("docs/settings.md is", "up to date" if current == page() else "out of date")
    return 0 if current == page() else 1


def _row(setting: Setting) -> tuple[str, ...]:
    default = "(required)" if setting.required else _code(setting.default)
    return (f"`{setting.name}`", default, _unit(setting), setting.help)


def _unit(setting: Setting) -> str:
    span = setting.parse
    if not isinstance(span, Whole):
        return setting.unit
    return f"{setting.unit}, {span.least:,} to {span.most:,}"


def _fields(model: type[BaseModel]) -> Iterable[tuple[str, ...]]:
    for field in model.model_fields.values():
        default = "(required)" if field.is_required() else _code(_shown(field.default))
        yield f"`{field.alias}`", default, f"{field.description}{_limit(field)}"


def _limit(field: FieldInfo) -> str:
    for limit in field.metadata:
        if isinstance(limit, Gt):
            return f"; more than {limit.gt}"
        if isinstance(limit, Ge):
            return f"; at least {limit.ge}"
    return ""


def _shown(value: object) -> str | None:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or None
    return None if value is None else str(value).lower() if value in (True, False) else str(value)


def _code(text: str | None) -> str:
    return "" if text is None else f"`{text}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(map(_cell, line)) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
