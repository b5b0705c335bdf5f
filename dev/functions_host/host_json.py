"""host.json, with the defaults of host version 4 and overrides from settings."""

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import ConfigurationError

_TIMESPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?$")
_OVERRIDE_PREFIX = "azurefunctionsjobhost__"
# The listener refuses to poll faster than this.
MIN_POLL_S = 0.1
# Flex Consumption's default when host.json is silent.
_DEFAULT_TIMEOUT_S = 30 * 60.0
# In Development the polling ceiling is 2 s unless host.json names one (it is 60 s in Azure).
_DEVELOPMENT_POLL_MAX_S = 2.0


@dataclass(frozen=True)
class QueueRules:
    """The one options object that serves every queue function of the app."""

    poll_max_s: float = _DEVELOPMENT_POLL_MAX_S
    retry_visible_in_s: int = 0
    batch_size: int = 16
    new_batch_threshold: int = 8
    max_dequeue_count: int = 5
    base64: bool = True

    def __post_init__(self) -> None:
        """The platform fails the whole start on a value outside its range."""
        _require(self.poll_max_s >= MIN_POLL_S, "maxPollingInterval must be at least 100 ms")
        _require(1 <= self.batch_size <= 32, "batchSize must be 1 to 32")
        _require(self.new_batch_threshold >= 0, "newBatchThreshold must not be negative")
        _require(self.max_dequeue_count >= 1, "maxDequeueCount must be at least 1")


@dataclass(frozen=True)
class HostOptions:
    """What this host reads from host.json; unknown keys are no error."""

    route_prefix: str
    function_timeout_s: float
    only_functions: frozenset[str] | None
    queues: QueueRules


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ConfigurationError(f"host.json: {message}")


def timespan_s(text: str) -> float:
    """Seconds of a .NET time span such as `00:30:00` or `1.00:00:00`."""
    found = _TIMESPAN.match(text.strip())
    if not found:
        raise ConfigurationError(f"host.json: {text!r} is not a time span")
    days, hours, minutes, seconds = found.groups()
    return int(days or 0) * 86400 + int(hours) * 3600 + int(minutes) * 60 + float(seconds or 0)


def read_host_json(
    path: Path, environ: Mapping[str, str], poll_max_s: float | None = None
) -> HostOptions:
    """Parse the file; `poll_max_s` is the command line's override of the polling ceiling."""
    values = dict(_flatten("", _parse(path)))
    _require(values.get("version") == "2.0", 'version must be "2.0"')
    values.update(_overrides(environ))
    names = [v for k, v in values.items() if k.startswith("functions:")]
    return HostOptions(
        route_prefix=values.get("extensions:http:routeprefix", "api").strip("/"),
        function_timeout_s=_timeout_s(values.get("functiontimeout")),
        only_functions=frozenset(names) or None,
        queues=_queue_rules(values, environ, poll_max_s),
    )


def _parse(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as exc:
        raise ConfigurationError(f"cannot read {path.name}: {exc}") from exc


def _flatten(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    """Configuration keys are paths joined by `:` and compare ignoring case, as in .NET."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten(f"{prefix}:{key}".lstrip(":").lower(), inner)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _flatten(f"{prefix}:{position}", inner)
    elif value is not None:
        yield prefix, str(value)


def _overrides(environ: Mapping[str, str]) -> dict[str, str]:
    """A setting `AzureFunctionsJobHost__a__b` replaces host.json's a.b."""
    lowered = {name.lower(): value for name, value in environ.items()}
    return {
        name.removeprefix(_OVERRIDE_PREFIX).replace("__", ":"): value
        for name, value in lowered.items()
        if name.startswith(_OVERRIDE_PREFIX)
    }


def _timeout_s(text: str | None) -> float:
    if text is None:
        return _DEFAULT_TIMEOUT_S
    return math.inf if text == "-1" else timespan_s(text)


def _queue_rules(
    values: Mapping[str, str], environ: Mapping[str, str], poll_max_s: float | None
) -> QueueRules:
    def read(name: str, default: str) -> str:
        return values.get(f"extensions:queues:{name.lower()}", default)

    batch_size = _whole(read("batchSize", "16"))
    threshold = read("newBatchThreshold", str(default_threshold(batch_size, environ)))
    encoding = read("messageEncoding", "base64").lower()
    _require(encoding in {"base64", "none"}, "messageEncoding must be base64 or none")
    return QueueRules(
        poll_max_s=poll_max_s or timespan_s(read("maxPollingInterval", "00:00:02")),
        retry_visible_in_s=int(timespan_s(read("visibilityTimeout", "00:00:00"))),
        batch_size=batch_size,
        new_batch_threshold=_whole(threshold),
        max_dequeue_count=_whole(read("maxDequeueCount", "5")),
        base64=encoding == "base64",
    )


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as exc:
        raise ConfigurationError(f"host.json: {text!r} is not a whole number") from exc


def default_threshold(batch_size: int, environ: Mapping[str, str]) -> int:
    """Half a batch per processor; a Dynamic plan counts as one processor."""
    processors = 1 if environ.get("WEBSITE_SKU") == "Dynamic" else os.cpu_count() or 1
    return (batch_size // 2) * processors
