"""Addresses at which a caller may write one blob: shared access signatures."""

from datetime import datetime, timedelta
from typing import Any

from azure.storage.blob import BlobSasPermissions, BlobServiceClient, generate_blob_sas

from shared.adapters.storage import Storage
from shared.adapters.storage_errors import translated
from shared.errors import StorageError

# A borrowed key is good until the link's end, and from long enough before it was made.
LENT_FOR = timedelta(hours=2)


class AzureUploadLinks:
    """
    Implements `UploadLinks`.

    Signed with the account's key where a connection string has one, else with a key that
    storage lends to the app's identity (a user delegation key).
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def link(self, container: str, name: str, expires_at: datetime) -> str:
        service, blob = self._storage.blob_service(), self._storage.blob(container, name)
        signature = generate_blob_sas(
            str(service.account_name),
            container,
            name,
            # Create and write: the same PUT may be made again when its answer was lost.
            permission=BlobSasPermissions(create=True, write=True),
            expiry=expires_at,
            protocol="https" if blob.url.startswith("https:") else "https,http",
            **_signing_key(service, expires_at),
        )
        return f"{blob.url}?{signature}"


def _signing_key(service: BlobServiceClient, expires_at: datetime) -> dict[str, Any]:
    key = getattr(service.credential, "account_key", None)
    if key:
        return {"account_key": key}
    if not hasattr(service.credential, "get_token"):
        raise StorageError("Storage's connection string has no key to sign links with.")
    with translated():
        lent = service.get_user_delegation_key(expires_at - LENT_FOR, expires_at)
    return {"user_delegation_key": lent}
