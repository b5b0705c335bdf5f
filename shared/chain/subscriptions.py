"""
Subscriptions as stored: one blob each, `state/subscriptions/<id>.json`.

The id is a keyed digest of subscriber, address and filters, so subscribing twice makes one. Who
listens is listed every few seconds by each process, but right before each send the one blob is
read, so nothing is sent after it is gone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import ValidationError

from shared.chain.cells import put, raced
from shared.chain.listed import names_under
from shared.chain.ports import Blobs, Clock, Entropy
from shared.domain import names
from shared.domain.subscriptions import MAX_SUBSCRIPTIONS, Secret, Subscription
from shared.errors import AlreadyThere, Conflict, NotFound
from shared.security.keys import KeyRing
from shared.security.signatures import new_secret, subscription_id

# Whoever subscribes is answered so much later, when every process has listed anew.
LISTED_FOR = timedelta(seconds=2)
# Others can only be faster as often as they have a change to make.
MAX_RACES = 20


@dataclass(slots=True)
class _Listing:
    at: datetime | None = None
    found: dict[str, Subscription] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscriptions:
    blobs: Blobs
    clock: Clock
    entropy: Entropy
    ring: KeyRing
    _listing: _Listing = field(default_factory=_Listing)

    def all(self) -> tuple[Subscription, ...]:
        """Everybody's, as they were at most LISTED_FOR ago."""
        listing, now = self._listing, self.clock.now()
        if listing.at is None or now - listing.at >= LISTED_FOR:
            folder = names.SUBSCRIPTIONS
            ids = [_id_of(name) for name in names_under(self.blobs, names.STATE, folder)]
            seen = dict(listing.found)
            read = {one: seen.get(one) or self.read(one) for one in ids}
            listing.found = {one: known for one, known in read.items() if known}
            listing.at = now
        return tuple(listing.found.values())

    def read(self, id_: str) -> Subscription | None:
        """As it is now; None when it is gone."""
        found = self._read(id_)
        if found is None:
            self._listing.found.pop(id_, None)
            return None
        self._listing.found[id_] = found[0]
        return found[0]

    def subscribe(self, wanted: Subscription) -> tuple[Subscription, bool]:
        """
        The subscription, with the id it gets here, and whether it is new.

        One that is there takes over `mode` and `include_prompt`, and keeps its secrets.

        Raises:
            Conflict: the subscriber has as many as it may have.
        """
        identity = [wanted.caller, wanted.notification_url, wanted.events, wanted.callers]
        known = next((one for one in self._ids(identity) if self.read(one)), None)
        if known is None:
            return self._created(wanted, identity)
        changed = {"mode": wanted.mode, "include_prompt": wanted.include_prompt}
        return self._change(known, lambda one: one.model_copy(update=changed)), False

    def rotate(self, id_: str) -> Subscription:
        """
        With a new secret, which comes first; those before it sign for OVERLAP more.

        Raises:
            NotFound: it is gone.
        """
        secret, now = self._secret(), self.clock.now()
        return self._change(id_, lambda one: one.rotated(secret, now))

    def remove(self, id_: str) -> None:
        self.blobs.delete(names.STATE, _name(id_))
        self._listing.at = None

    def _created(
        self, wanted: Subscription, identity: Sequence[object]
    ) -> tuple[Subscription, bool]:
        self._listing.at = None
        if sum(one.caller == wanted.caller for one in self.all()) >= MAX_SUBSCRIPTIONS:
            most = f"A caller may have {MAX_SUBSCRIPTIONS} subscriptions."
            raise Conflict(most, code="too_many_subscriptions")
        known = {"id": next(self._ids(identity)), "secrets": (self._secret(),)}
        made = wanted.model_copy(update=known | {"created_at": self.clock.now()})
        try:
            put(self.blobs, _name(made.id), made, None)
        except AlreadyThere:
            there = self.read(made.id) or made
            made, new = there, there.secrets[-1] == made.secrets[0]
        else:
            new = True
        self._listing.at = None
        self.clock.wait(LISTED_FOR.total_seconds())
        return made, new

    def _change(self, id_: str, change: Callable[[Subscription], Subscription]) -> Subscription:
        def once() -> Subscription:
            if (found := self._read(id_)) is None:
                raise NotFound
            before, etag = found
            after = change(before)
            if after != before:
                put(self.blobs, _name(id_), after, etag)
            return after

        return raced(once, MAX_RACES, "The subscription is changing too fast.")

    def _read(self, id_: str) -> tuple[Subscription, str] | None:
        stored = self.blobs.read(names.STATE, _name(id_))
        if stored is None:
            return None
        try:
            return Subscription.model_validate_json(stored.data), stored.etag
        except ValidationError:
            return None

    def _ids(self, identity: Sequence[object]) -> Iterator[str]:
        """First the one that it would get now: the keys that sign may have changed since."""
        return (subscription_id(identity, key.key) for key in self.ring.keys)

    def _secret(self) -> Secret:
        kid, text = new_secret(self.entropy.token_bytes(32))
        return Secret(kid=kid, secret=text, created_at=self.clock.now())


def _name(id_: str) -> str:
    return f"{names.SUBSCRIPTIONS}{id_}.json"


def _id_of(name: str) -> str:
    return name.removeprefix(names.SUBSCRIPTIONS).removesuffix(".json")
