"""A message that was a dead letter, as handlers see it: with its own id, body and time."""

from datetime import datetime

import azure.functions as func

from shared.chain.dead_letters import FirstSent


class PutBack(func.QueueMessage):
    """Its body is kept already, and nobody is to keep it once more: it may be erased by now."""

    def __init__(self, first: FirstSent, attempt: int | None) -> None:
        super().__init__(id=first.id, body=first.body)
        self.first, self.attempt = first, attempt

    @property
    def dequeue_count(self) -> int | None:
        return self.attempt

    @property
    def insertion_time(self) -> datetime | None:
        return self.first.at
