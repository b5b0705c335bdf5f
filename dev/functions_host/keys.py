"""Function keys: who may call what."""

import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path

from .errors import ConfigurationError


@dataclass(frozen=True, repr=False)
class KeyRing:
    """The master key, the host keys (good for every function) and each function's own."""

    master: str
    host: tuple[str, ...] = ()
    function: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def allows(self, level: str, function: str, key: str | None) -> bool:
        """`function` level takes own, host or master key; `admin` the master key alone."""
        if level == "anonymous":
            return True
        if not key:
            return False
        own = self.function.get(function.lower(), ()) + self.host if level == "function" else ()
        # Every candidate is compared, so the time taken tells nothing about which one fits.
        return any([hmac.compare_digest(key.encode(), k.encode()) for k in (self.master, *own)])

    def is_master(self, key: str | None) -> bool:
        """True for the key that opens the admin endpoints."""
        return self.allows("admin", "", key)


def presented_key(headers: dict[str, str], query: dict[str, str]) -> str | None:
    """Header first; the query counts only when the header is absent, even when it is empty."""
    if "x-functions-key" in headers:
        return headers["x-functions-key"]
    return next((value for name, value in query.items() if name.lower() == "code"), None)


def read_keys(path: Path) -> KeyRing:
    """Read the key file; no part of it is ever quoted in an error."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return KeyRing(
            master=_key(content["master"]),
            host=tuple(map(_key, content.get("host", {}).values())),
            function={
                name.lower(): tuple(map(_key, keys.values()))
                for name, keys in content.get("function", {}).items()
            },
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        raise ConfigurationError(f"{path.name} is not a usable key file") from None


def _key(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError
    return value
