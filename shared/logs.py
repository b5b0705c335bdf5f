"""
Log lines as data: a dotted name and plain fields, through the standard library.

Nothing long and no address with its path gets into a line, whatever a caller hands over.
"""

import json
import logging
import re
from pathlib import Path
from traceback import extract_tb

from shared.security.outbound import masked

Field = str | int | float | bool | None

LOGGER = logging.getLogger("darkroom")
MAX_FIELD_CHARS = 200  # long enough for ids and reasons, too short for a prompt

# The worker's root logger is at INFO, where these write up to 20 lines for each call, URLs and
# headers included.
CHATTY = (
    "azure.core.pipeline.policies.http_logging_policy",
    "azure.identity",
    "httpx",
    "httpcore",
)

_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_PLAIN = re.compile(r"[\w.,:;/@#*+…-]+")


def event(name: str, *, level: int = logging.INFO, **fields: Field) -> None:
    """
    Write one line: `name key=value …`.

    The record carries `event` and `fields` too, for handlers that keep structure.
    """
    clean = {key: _clean(value) for key, value in fields.items()}
    line = " ".join([name, *(f"{key}={_shown(value)}" for key, value in clean.items())])
    LOGGER.log(level, "%s", line, extra={"event": name, "fields": clean})


def failure(error: BaseException) -> str:
    """The type of an exception and where it arose; never its text, which may hold content."""
    frames = reversed(extract_tb(error.__traceback__))
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    return " ".join([type(error).__name__, *places[:6]])


def configure() -> None:
    LOGGER.setLevel(logging.INFO)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _clean(value: object) -> Field:
    if value is None or isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return f"<{type(value).__name__}>"
    short = _URL.sub(lambda found: masked(found[0]), value)
    return short if len(short) <= MAX_FIELD_CHARS else short[: MAX_FIELD_CHARS - 1] + "…"


def _shown(value: Field) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return json.dumps(value)
