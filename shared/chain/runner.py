"""
The guard around everything the host starts that is no HTTP request.

A failure goes back to the host, which tries again and in the end puts the message aside. The
host writes the text of what it gets into its log, so it gets a text of ours.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from shared import logs
from shared.errors import ServiceError


class InvocationFailed(Exception):
    """The type of the failure and its place; nothing of the message, nothing of a service."""


@contextmanager
def guarded(name: str, **fields: logs.Field) -> Iterator[None]:
    """
    A service that fails is tried again and no error of ours; what is ours is one to look at.

    Raises:
        InvocationFailed: whatever failed inside; it has been logged.
    """
    try:
        yield
    except Exception as exc:
        failure = logs.failure(exc)
        level = logging.WARNING if isinstance(exc, ServiceError) else logging.ERROR
        logs.event("invocation.failed", level=level, function=name, error=failure, **fields)
        raise InvocationFailed(failure) from None
