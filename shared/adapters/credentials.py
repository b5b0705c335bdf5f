"""Tokens of the app's identity."""

from threading import Lock
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError

from shared.errors import ServiceError

# azure.identity is imported where a credential is made: it costs about 30 ms of every cold
# start, and what authenticates by key or connection string never needs it.
if TYPE_CHECKING:
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

    Credential = DefaultAzureCredential | ManagedIdentityCredential

# The identity endpoint is on the same machine. The library's default tries for minutes.
TRY_S = 10
RETRIES = 2


class AzureTokens:
    """
    Implements `TokenSource`: tokens of one identity, cached by azure-identity.

    With a `client_id` that user-assigned identity and no other; without one whatever the
    machine has: the system-assigned identity in Azure, the developer's login elsewhere.
    """

    def __init__(self, client_id: str | None = None) -> None:
        self._client_id = client_id
        self._lock = Lock()
        self._credential: Credential | None = None

    def credential(self) -> "Credential":
        """The credential itself, for SDK clients; made on first use."""
        with self._lock:
            if self._credential is None:
                self._credential = _credential(self._client_id)
            return self._credential

    def token(self, scope: str) -> str:
        """
        A bearer token for `scope`.

        Raises:
            ServiceError: no token could be had.
        """
        try:
            return self.credential().get_token(scope).token
        except (AzureError, OSError) as exc:
            raise ServiceError("No token could be had for the app's identity.") from exc

    def close(self) -> None:
        with self._lock:
            if self._credential is not None:
                self._credential.close()
            self._credential = None


def _credential(client_id: str | None) -> "Credential":
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

    limits: dict[str, Any] = {
        "connection_timeout": TRY_S,
        "read_timeout": TRY_S,
        "retry_total": RETRIES,
    }
    if client_id:
        return ManagedIdentityCredential(client_id=client_id, **limits)
    return DefaultAzureCredential(**limits)
