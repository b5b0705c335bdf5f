"""Plain settings: text to value; each parser raises `ValueError` with what it expected."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.domain.storage_target import StorageTarget

_BASE_URL = re.compile(
    r"(?:https://[A-Za-z0-9.-]+|http://127\.0\.0\.1|http://\[::1\])(?::[0-9]{1,5})?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?"
)


def plain(text: str) -> str:
    return text


def base_url(text: str) -> str:
    """An address that paths are added to; without its last slash."""
    if not _BASE_URL.fullmatch(text):
        raise ValueError("expected https://host[:port][/path], or http to 127.0.0.1 or [::1]")
    return text.removesuffix("/")


def host_name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?", text):
        raise ValueError("expected a host name")
    return text


def account_name(text: str) -> str:
    """https://learn.microsoft.com/azure/storage/common/storage-account-overview"""
    if not re.fullmatch(r"[a-z0-9]{3,24}", text):
        raise ValueError("expected 3 to 24 lower-case letters and digits")
    return text


def switch(text: str) -> bool:
    known = {"1": True, "true": True, "0": False, "false": False}
    if text.lower() not in known:
        raise ValueError(f"is {text[:40]!r}; expected 1, true, 0 or false")
    return known[text.lower()]


@dataclass(frozen=True, slots=True)
class Whole:
    """A parser of whole numbers from `least` to `most`, which the settings page tells."""

    least: int
    most: int

    def __call__(self, text: str) -> int:
        number = int(text) if re.fullmatch(r"[0-9]{1,12}", text) else -1
        if not self.least <= number <= self.most:
            span = f"{self.least} to {self.most}"
            raise ValueError(f"is {text[:40]!r}; expected a whole number from {span}")
        return number


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"is {text[:40]!r}; expected {' or '.join(choices)}")
        return text

    return parse


def storage_target(prefix: str, values: Mapping[str, str | None]) -> StorageTarget:
    """
    The account that the settings under `prefix` name; a connection string wins, as in the host.

    Raises:
        ValueError: they name none, or only one of the two endpoints.
    """
    if values.get(prefix):
        return StorageTarget(connection_string=values[prefix])
    blob, queue = (_endpoint(prefix, service, values) for service in ("blob", "queue"))
    if not (blob and queue):
        raise ValueError(
            f"expected a connection string, or {prefix}__accountName, or both "
            f"{prefix}__blobServiceUri and {prefix}__queueServiceUri"
        )
    return StorageTarget(
        blob_uri=blob, queue_uri=queue, client_id=values.get(f"{prefix}__clientId")
    )


def _endpoint(prefix: str, service: str, values: Mapping[str, str | None]) -> str | None:
    account = values.get(f"{prefix}__accountName")
    return values.get(f"{prefix}__{service}ServiceUri") or (
        f"https://{account}.{service}.core.windows.net" if account else None
    )
