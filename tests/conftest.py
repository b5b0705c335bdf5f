"""
What all tests may use.
"""

import gc
import os
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from dev.azurite import running_azurite
from dev.proxies import go_past_proxies

# Nothing here is judged by the time it takes: the machine may be busy. The same examples in each
# run; others, and more of them, with `--hypothesis-profile=search`.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", UNTIMED, derandomize=True)
settings.register_profile("search", UNTIMED, max_examples=1000)
settings.load_profile("same")


go_past_proxies(os.environ)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: no collection of garbage has to walk through it again."""
    gc.collect()
    gc.freeze()


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
