"""Addresses that open one blob without a key: shared access signatures."""

from datetime import datetime, timedelta
from typing import Any

from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    UserDelegationKey,
    generate_blob_sas,
)

from shared.adapters.storage import Storage
from shared.adapters.storage_errors import translated
from shared.errors import StorageError

# A borrowed key signs for links that end within this time of the one it was borrowed for, so
# that one call to storage serves the links of an hour; it is good from long enough before it was
# made. Storage lends keys for seven days at most.
LENT_BEFORE, LENT_AFTER = timedelta(hours=2), timedelta(hours=1)
# Create and write: the same PUT may be made again when its answer was lost.
WRITE, READ = BlobSasPermissions(create=True, write=True), BlobSasPermissions(read=True)


class AzureBlobLinks:
    """
    Implements `BlobLinks`.

    Signed with the account's key where a connection string has one, else with a key that
    storage lends to the app's identity (a user delegation key).
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        # Two threads may both borrow one; each is as good.
        self._lent: tuple[datetime, UserDelegationKey] | None = None

    def to_write(self, container: str, name: str, expires_at: datetime) -> str:
        return self._link(container, name, expires_at, WRITE)

    def to_read(self, container: str, name: str, expires_at: datetime) -> str:
        return self._link(container, name, expires_at, READ)

    def _link(
        self, container: str, name: str, expires_at: datetime, permission: BlobSasPermissions
    ) -> str:
        service, blob = self._storage.blob_service(), self._storage.blob(container, name)
        signature = generate_blob_sas(
            str(service.account_name),
            container,
            name,
            permission=permission,
            expiry=expires_at,
            protocol="https" if blob.url.startswith("https:") else "https,http",
            **self._signing_key(service, expires_at),
        )
        return f"{blob.url}?{signature}"

    def _signing_key(self, service: BlobServiceClient, expires_at: datetime) -> dict[str, Any]:
        key = getattr(service.credential, "account_key", None)
        if key:
            return {"account_key": key}
        if not hasattr(service.credential, "get_token"):
            raise StorageError("Storage's connection string has no key to sign links with.")
        return {"user_delegation_key": self._borrowed(service, expires_at)}

    def _borrowed(self, service: BlobServiceClient, expires_at: datetime) -> UserDelegationKey:
        held = self._lent
        if held and held[0] - LENT_AFTER <= expires_at <= held[0]:
            return held[1]
        until = expires_at + LENT_AFTER
        with translated():
            lent = service.get_user_delegation_key(expires_at - LENT_BEFORE, until)
        self._lent = (until, lent)
        return lent
