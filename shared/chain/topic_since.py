"""From when on the Event Grid topic hears of events: a topic that is new is not told old ones."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.chain.cells import put
from shared.chain.ports import Blobs, Clock
from shared.domain import names
from shared.domain.values import Instant, Value
from shared.errors import AlreadyThere

# What happened shortly before anybody noticed the topic is told, too.
BEFORE = timedelta(hours=1)


class _Since(Value):
    since: Instant


@dataclass(frozen=True, slots=True)
class TopicSince:
    blobs: Blobs
    clock: Clock
    topic: str
    _known: list[datetime] = field(default_factory=list)

    def read(self) -> datetime:
        """Stored by whoever asks first; read once by each process."""
        if not self._known:
            self._known.append(self._stored())
        return self._known[0]

    def _stored(self) -> datetime:
        name = f"topics/{self.topic}.json"
        made = _Since(since=self.clock.now() - BEFORE)
        found = self.blobs.read(names.STATE, name)
        if found is None:
            try:
                put(self.blobs, name, made, None)
            except AlreadyThere:
                found = self.blobs.read(names.STATE, name)
        return _Since.model_validate_json(found.data).since if found else made.since
