"""What an onlooker finds in the lists: every request that waits for people or an operator."""

from shared.domain import names
from shared.domain.request import Request
from shared.domain.waits import wait_of
from tests.fakes import MemoryStore


def check_listed(store: MemoryStore, request: Request) -> None:
    """Whatever happened until now: who waits has a marker."""
    if request.accepted is None or (wait := wait_of(request)) is None:
        return
    assert (names.STATE, wait.name) in store.blobs, f"{wait.status} is not listed"
