"""
Tokens of the app's identity.
"""

from contextlib import closing

from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

from shared.adapters.credentials import AzureTokens
from shared.adapters.entropy import SystemEntropy


def test_a_client_id_means_that_identity() -> None:
    """With an id exactly that user-assigned identity, without one whatever there is."""
    with closing(AzureTokens("5e0bd9bd-0000-0000-0000-19fc36ad61bd")) as tokens:
        assert isinstance(tokens.credential(), ManagedIdentityCredential)
    with closing(AzureTokens()) as tokens:
        assert isinstance(tokens.credential(), DefaultAzureCredential)


def test_the_credential_is_made_once() -> None:
    """Its cache of tokens is worth nothing otherwise."""
    with closing(AzureTokens("5e0bd9bd-0000-0000-0000-19fc36ad61bd")) as tokens:
        assert tokens.credential() is tokens.credential()


def test_random_bytes() -> None:
    """As many as asked for, and never the same."""
    first, second = SystemEntropy().token_bytes(16), SystemEntropy().token_bytes(16)
    assert len(first) == 16
    assert first != second
