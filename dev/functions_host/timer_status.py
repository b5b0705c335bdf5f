"""The status record of a monitored timer, kept by the host in blob storage."""

import hashlib
import json
import platform
import re
from pathlib import Path
from typing import Protocol

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import ContainerClient

from .settings import AppSettings

# The platform's own container; the host creates it.
CONTAINER = "azure-webjobs-hosts"
_HOST_ID_LENGTH = 32

Status = dict[str, str]


class TimerStatus(Protocol):
    """Where `{Last, Next, LastUpdated}` of one timer is kept."""

    def read(self) -> Status | None:
        """The record, or None before the first run."""

    def write(self, status: Status) -> None:
        """Replace the record."""


class BlobTimerStatus:
    """The record as a JSON blob at `timers/{hostId}/Host.Functions.{Name}/status`."""

    def __init__(self, container: ContainerClient, host_id: str, function: str) -> None:
        self._container = container
        self._path = f"timers/{host_id}/Host.Functions.{function}/status"

    def read(self) -> Status | None:
        """A record that is no JSON object counts as none."""
        try:
            found = json.loads(self._container.download_blob(self._path).readall())
        except (ResourceNotFoundError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def write(self, status: Status) -> None:
        """Creates the container on the first write."""
        content = json.dumps(status).encode()
        try:
            self._container.upload_blob(self._path, content, overwrite=True)
        except ResourceNotFoundError:
            self._create_container()
            self._container.upload_blob(self._path, content, overwrite=True)

    def _create_container(self) -> None:
        try:
            self._container.create_container()
        except ResourceExistsError:
            return


def host_id(root: Path, settings: AppSettings) -> str:
    """The setting, else machine name and a hash of the folder, at most 32 characters."""
    configured = settings.get("AzureFunctionsWebHost__hostid")
    if configured:
        return configured
    machine = re.sub(r"[^a-z0-9]", "", platform.node().lower())
    digest = int(hashlib.sha256(str(root).encode()).hexdigest()[:8], 16)
    return f"{machine[: _HOST_ID_LENGTH - 11]}-{digest}"[:_HOST_ID_LENGTH]
