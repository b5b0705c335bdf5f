"""Content Safety in memory; `tests/integration/screening` holds it against the real adapter."""

from collections.abc import Mapping, Sequence

from dev.simulator.safety import severities_in
from shared.domain.screening import MISCONFIGURED, Finding, ScreeningRules, Severities
from shared.errors import ScreeningError, ScreeningMisconfigured


class ScriptedScreener:
    """Implements `Screener`: errors by script, then what the words stand for; keeps the texts."""

    def __init__(
        self, *script: ScreeningError, lists: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.script = list(script)
        self.lists = lists or {}
        self.texts: list[str] = []
        self.passed: list[str] = []  # by the rules that hold where nothing else is agreed

    def screen(self, text: str, blocklists: Sequence[str], timeout_s: float) -> Finding:
        if self.script:
            raise self.script.pop(0)
        self.texts.append(text)
        if not set(blocklists) <= set(self.lists):
            raise ScreeningMisconfigured(MISCONFIGURED["not_found"], code="not_found")
        hits = (name for name in blocklists if _any_in(self.lists[name], text))
        found = Finding(severities=_four_levels(text), blocklists=tuple(hits))
        self.passed += [] if ScreeningRules().flagged(found) else [text]
        return found


def _any_in(items: Sequence[str], text: str) -> bool:
    return any(item.casefold() in text.casefold() for item in items)


def _four_levels(text: str) -> Severities:
    found = {name: level // 2 * 2 for name, level in severities_in(text).items()}
    return Severities(
        hate=found["Hate"],
        self_harm=found["SelfHarm"],
        sexual=found["Sexual"],
        violence=found["Violence"],
    )
