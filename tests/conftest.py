"""
What all tests may use.
"""

import uuid
from collections.abc import Iterator

import pytest

from dev.azurite import running_azurite


@pytest.fixture(scope="session")
def storage_connection_string() -> Iterator[str]:
    """
    One Azurite for the whole run, started by the first test that asks.
    """
    with running_azurite() as connection_string:
        yield connection_string


@pytest.fixture
def storage_prefix() -> str:
    """
    A start for container and queue names that no other test has.
    """
    return f"t{uuid.uuid4().hex[:12]}-"
