"""Storage queues: where nudges wait."""

from math import ceil

from shared.adapters.storage import Storage
from shared.adapters.storage_errors import translated

# The service takes no longer delay. A nudge that comes earlier than asked does no harm.
LONGEST_DELAY_S = 7 * 24 * 3600

# Never: after the default of 7 days a message would vanish unseen when the app was stopped
# that long, and a delay of 7 days is not allowed to reach the end of life.
NO_END = -1


class AzureQueue:
    """Implements `Queue`; texts go as they are, `host.json` says `messageEncoding: none`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def send(self, queue: str, text: str, visible_after_s: float = 0) -> None:
        delay_s = min(max(ceil(visible_after_s), 0), LONGEST_DELAY_S)
        client = self._storage.queue(queue)
        with translated():
            client.send_message(text, visibility_timeout=delay_s, time_to_live=NO_END)
