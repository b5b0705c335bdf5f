"""The storage SDK's exceptions as ours."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DeserializationError,
    HttpResponseError,
    SerializationError,
    ServiceRequestError,
    ServiceResponseError,
)

from shared.errors import AlreadyThere, Changed, Missing, StorageError

# Only these four say something the code above decides on. A missing container or queue, a
# lease, a retention policy are failures like any other: `ContainerNotFound` as `Missing`
# would make a wrong setting look like an empty store.
_BY_CODE: dict[str, type[StorageError]] = {
    "BlobNotFound": Missing,
    "BlobAlreadyExists": AlreadyThere,
    "ConditionNotMet": Changed,
    "AppendPositionConditionNotMet": Changed,
}

# The first that fits. OSError: what the SDK's transport lets through.
SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (ClientAuthenticationError, "Storage refused our credential."),
    (ServiceRequestError, "Storage could not be reached."),
    (ServiceResponseError, "Storage's answer was lost."),
    (HttpResponseError, "Storage answered with an error."),
    (AzureError, "The storage call failed."),
    (SerializationError, "The storage call could not be written."),
    (DeserializationError, "Storage's answer could not be read."),
    (OSError, "Storage could not be reached."),
)

_CODE = re.compile(r"[A-Za-z]{1,60}")


@contextmanager
def translated() -> Iterator[None]:
    """Raise our error for the SDK's. Its text stays behind: it may hold URLs with a SAS."""
    try:
        yield
    except tuple(foreign for foreign, _ in SENTENCES) as exc:
        raise _ours(exc) from exc


def _ours(exc: Exception) -> StorageError:
    code = _service_code(exc)
    if code in _BY_CODE:
        return _BY_CODE[code]()
    sentence = next(text for foreign, text in SENTENCES if isinstance(exc, foreign))
    return StorageError(f"{sentence} ({code})" if code else sentence)


def _service_code(exc: Exception) -> str:
    """Storage's own name of the error, which the SDK takes from header or body."""
    code = getattr(exc, "error_code", None)
    text = str(getattr(code, "value", code))
    return text if code is not None and _CODE.fullmatch(text) else ""
