"""Application settings: the environment, completed from local.settings.json."""

import json
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from .errors import ConfigurationError, FunctionRefused

_PERCENT = re.compile(r"%([^%]+)%")


def fill_environment(root: Path, environ: MutableMapping[str, str]) -> None:
    """Complete `environ` from local.settings.json; a variable already set wins.

    Core Tools does the same and also says it runs in Development, which the queue listener
    reads for its default polling interval.
    """
    for name, value in _local_values(root / "local.settings.json").items():
        environ.setdefault(name, value)
    environ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development"


def _local_values(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8-sig")).get("Values", {})
    except (ValueError, AttributeError) as exc:
        raise ConfigurationError(f"{path.name} is not a JSON object") from exc
    return {str(name): _as_text(value) for name, value in values.items()}


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class AppSettings:
    """Case-insensitive reading of settings, with `:` and `__` as the same separator."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._values = {_canonical(name): value for name, value in environ.items()}

    def get(self, name: str) -> str | None:
        """The value, or None when it is absent or empty."""
        return self._values.get(_canonical(name)) or None

    def section(self, prefix: str) -> dict[str, str]:
        """Settings below `prefix__`, keyed by the rest of their name in lower case."""
        start = _canonical(prefix) + ":"
        return {k[len(start) :]: v for k, v in self._values.items() if k.startswith(start) and v}

    def is_true(self, name: str) -> bool:
        """True for `true` and `1`, the two spellings the platform takes."""
        return (self.get(name) or "").lower() in {"true", "1"}

    def expand(self, text: str) -> str:
        """Replace every `%NAME%`; the host does this, the worker passes it through."""
        return _PERCENT.sub(lambda found: self._needed(found.group(1)), text)

    def _needed(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise FunctionRefused(f"setting %{name}% is not defined")
        return value


def _canonical(name: str) -> str:
    return name.replace("__", ":").lower()
