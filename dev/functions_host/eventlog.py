"""The host's own log: one JSON object per line on stderr.

Bodies, keys and query strings are never passed here; a handler's traceback is, because the
platform logs it too and a developer cannot work without it.
"""

import contextvars
import json
import logging
import sys
import time
import traceback

# Threads of the host carry this prefix: in Azure the host is another process, so what its
# storage clients log must not show up among the app's log records.
HOST_THREAD_PREFIX = "host-"

current_function: contextvars.ContextVar[str] = contextvars.ContextVar("function", default="-")


def utc_stamp(at_s: float | None = None) -> str:
    """ISO time with milliseconds, for people who read two logs side by side."""
    at_s = time.time() if at_s is None else at_s
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s))
    return f"{whole}.{int(at_s * 1000) % 1000:03d}Z"


def log_event(event: str, **fields: object) -> None:
    """Write one dotted event; the whole line goes out in one write so threads do not mix."""
    line = json.dumps({"time": utc_stamp(), "event": event, **fields}, default=str)
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def traceback_text(exc: BaseException) -> str:
    """The traceback as the platform's failure record carries it."""
    return "".join(traceback.format_exception(exc))


class _AppFormatter(logging.Formatter):
    """Puts the function's name before the app's own message, as the log category does."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        stamp = utc_stamp(record.created)
        return f"{stamp} {record.levelname} {current_function.get()} {record.name}: {text}"


def _from_the_app(record: logging.LogRecord) -> bool:
    return not (record.threadName or "").startswith(HOST_THREAD_PREFIX)


class _LiveStderr(logging.StreamHandler):  # type: ignore[type-arg]
    """Looks stderr up at each record, so that a replaced stream is honoured."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def route_app_logging() -> None:
    """Set the root logger to INFO with one handler, as the real worker does before import."""
    handler = _LiveStderr()
    handler.setFormatter(_AppFormatter())
    handler.addFilter(_from_the_app)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
