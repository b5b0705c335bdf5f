"""Which storage account holds everything, and how we get in."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StorageTarget:
    """
    A connection string (development), or both endpoints and a managed identity.

    `client_id` chooses a user-assigned identity; None means the app's own.
    """

    connection_string: str | None = field(default=None, repr=False)
    blob_uri: str | None = None
    queue_uri: str | None = None
    client_id: str | None = None
