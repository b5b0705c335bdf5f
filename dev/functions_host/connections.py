"""Storage connections: a setting holding a connection string, or an identity section."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from azure.storage.blob import ContainerClient
from azure.storage.queue import ExponentialRetry, QueueClient

from .errors import FunctionRefused
from .settings import AppSettings

HOST_STORAGE = "AzureWebJobsStorage"
_DEVELOPMENT = "usedevelopmentstorage=true"
# The emulator's account and key are fixed and public.
_EMULATOR_NAME = "devstoreaccount1"
_EMULATOR_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_EMULATOR_PORTS = {"Blob": 10000, "Queue": 10001, "Table": 10002}


@dataclass(frozen=True, repr=False)
class Connection:
    """Where a storage service is and how to sign in; its text and repr stay out of logs."""

    name: str
    text: str = ""
    service_uri: str = ""
    identity: Mapping[str, str] = field(default_factory=dict, compare=False)

    @cached_property
    def credential(self) -> Any:
        """Developer sign-in, or the managed identity the section names."""
        from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

        if self.identity.get("credential", "").lower() == "managedidentity":
            return ManagedIdentityCredential(client_id=self.identity.get("clientid"))
        return DefaultAzureCredential()

    def queue(self, queue: str) -> QueueClient:
        """A client without message encoding: this host encodes by itself."""
        options: dict[str, Any] = {"retry_policy": _retry()}
        if self.text:
            return QueueClient.from_connection_string(self.text, queue, **options)
        return QueueClient(self.service_uri, queue, credential=self.credential, **options)

    def container(self, container: str) -> ContainerClient:
        """A client for one blob container."""
        options: dict[str, Any] = {"retry_policy": _retry()}
        if self.text:
            return ContainerClient.from_connection_string(self.text, container, **options)
        return ContainerClient(self.service_uri, container, credential=self.credential, **options)


def _retry() -> ExponentialRetry:
    """Short: the Python SDK's default first pause of 15 s would hold up a shutdown."""
    return ExponentialRetry(initial_backoff=1, increment_base=1, retry_total=2)


def resolve(name: str, service: str, settings: AppSettings) -> Connection:
    """Find a connection; an exact setting wins over an identity section.

    An empty name means the host's own storage. Names are tried as given and with the
    platform's `AzureWebJobs` prefix.
    """
    wanted = name or HOST_STORAGE
    candidates = (wanted, f"AzureWebJobs{wanted}")
    for candidate in candidates:
        text = settings.get(candidate)
        if text:
            return Connection(wanted, text=_expand_development(text))
    for candidate in candidates:
        section = settings.section(candidate)
        uri = _service_uri(section, service)
        if uri:
            return Connection(wanted, service_uri=uri, identity=section)
    raise FunctionRefused(f"connection {wanted!r}: no setting of that name, no identity section")


def _service_uri(section: Mapping[str, str], service: str) -> str:
    account = section.get("accountname")
    named = section.get(f"{service}serviceuri") or section.get("serviceuri")
    return named or (f"https://{account}.{service}.core.windows.net" if account else "")


def _expand_development(text: str) -> str:
    """The Python SDK does not know the short form for the emulator."""
    if text.strip().rstrip(";").lower() != _DEVELOPMENT:
        return text
    endpoints = "".join(
        f"{service}Endpoint=http://127.0.0.1:{port}/{_EMULATOR_NAME};"
        for service, port in _EMULATOR_PORTS.items()
    )
    account = f"AccountName={_EMULATOR_NAME};AccountKey={_EMULATOR_KEY};"
    return f"DefaultEndpointsProtocol=http;{account}{endpoints}"
