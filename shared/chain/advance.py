"""
The engine: look at a request, do what is next, until it has to wait.

Whoever is nudged runs this; many may at once, early, late or twice. The journal decides who
was first, the due entry sees to it that somebody comes again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from shared.chain import batch_rows, books, fact_log, inbox, reuse
from shared.chain.deliver import look_at_stream
from shared.chain.desk import MAX_HOP, Desk
from shared.chain.due import Body, Covers, Entry, entry_of
from shared.chain.journal import Journal, LostRace
from shared.chain.nudges import nudge
from shared.chain.person_erasure import is_person, look_at_person
from shared.chain.services import Services
from shared.chain.sources import of_request
from shared.chain.steps import perform
from shared.domain import names
from shared.domain.alt_texts import AltTextOutcome
from shared.domain.facts import Cancelled, Draft, FactData, Outcome, Unknown
from shared.domain.messages import Nudge
from shared.domain.next_step import next_step
from shared.domain.parts import may_follow
from shared.domain.step import Choose, Erase, Next, RaiseAttention, Step, WaitUntil
from shared.domain.transitions import TABLE
from shared.errors import OurError, StorageError

ACTOR = "darkroom"
# Looks without a new fact, each ended by a failure: then an operator has to see to it.
MAX_TRIES = 8
# Facts one invocation may add: far above what any request needs, so a fault cannot spin.
MAX_STEPS = 200
# Appends of one outcome; where none gets through, its lease runs out and it counts as unknown.
MAX_RACES = 20


def advance(message: Nudge, s: Services) -> None:
    """
    Look at the request, or the stream of notices, that the message names.

    Raises:
        DarkroomError: something failed; everything undone is still covered by a due entry.
    """
    named = entry_of(message.due) if message.due else None
    if not names.is_ulid(message.request_id):
        look = look_at_person if is_person(message.request_id) else look_at_stream
        with _rarer(named, s):
            look(message, s)
        return
    with _rarer(named, s):
        journal = s.journals.load(message.request_id)
    if not journal:
        s.due.drop_abandoned(named)
        return
    body = s.due.count_try(named, journal.seq) if named and named.moved else None
    Look(journal, named, min(message.since, journal.seq), s).run(body)


@contextmanager
def _rarer(named: Entry | None, s: Services) -> Iterator[None]:
    """What nobody can read, or not this version, is looked at less and less often."""
    try:
        yield
    except OurError:
        if named and named.moved:
            s.due.count_unread(named)
        raise


class Look:
    """One look at one request."""

    def __init__(self, journal: Journal, named: Entry | None, since: int, s: Services) -> None:
        self.journal, self.named, self.since, self.s = journal, named, since, s
        self.desk, self.covers = Desk(names.stream_of(journal.id), s), Covers(s.due, journal.id)
        if named is not None:
            self.covers.held.append(named)
        self.holder: str | None = None
        # Somebody was faster, and what this look has stored may have come after an erasure.
        self.stray = False

    def run(self, body: Body | None) -> None:
        self._post(self.since)
        self.desk.dispatch(of_request(self.journal), self.since, inline=True)
        if body is not None and body.tries > MAX_TRIES and self._may_raise_attention():
            self._do(RaiseAttention("internal"))
        if batch_rows.unwanted(self.journal, self.s):
            self._do(Choose(Cancelled()))
        after = self._steps()
        self._finish(after)

    def _post(self, since: int) -> None:
        books.post(self.journal, since, self.s)
        inbox.forget(self.journal, since, self.s)
        self.s.waits.end(self.journal, since)
        batch_rows.post(self.journal, since, self.s)
        reuse.post(self.journal, since, self.s)

    def _may_raise_attention(self) -> bool:
        return "attention.raised" in TABLE[self.journal.request.state]

    def _steps(self) -> Next:
        for _ in range(MAX_STEPS):
            after = self._next()
            if not isinstance(after, Step):
                return after
            if (wait := self._do(after)) is not None:
                return wait
        return WaitUntil(self.s.clock.now() + timedelta(minutes=1))

    def _next(self) -> Next:
        request = self.journal.request
        after = next_step(request, self.s.clock.now(), self.holder)
        if self.stray and request.may_be_erased and not isinstance(after, Step):
            self.stray, after = False, Erase()
        return after

    def _do(self, step: Step) -> WaitUntil | None:
        """Perform it and record what follows, or say how long it has to wait."""
        found = perform(step, self.journal, self.s)
        if isinstance(found, WaitUntil):
            return found
        self._record(step, found)
        return None

    def _record(self, step: Step, facts: Sequence[FactData]) -> None:
        """Append the facts: outcomes until they are in, choices once."""
        outcomes_only = False
        for _ in range(MAX_RACES):
            before = self.journal.seq
            begun = self.s.waits.begin(self.journal, facts)
            self.covers.before_append(before)
            try:
                drafts = [Draft(actor=ACTOR, data=fact) for fact in facts]
                appended = self.s.journals.append(self.journal, drafts)
            except LostRace:
                self.journal = self.s.journals.load(self.journal.id)
                self.stray = outcomes_only = True
                for wait in begun:
                    self.s.waits.forget(wait, self.journal)
            else:
                self.journal, self.holder, facts = appended.journal, appended.by, []
                self.stray = False
                self.covers.after_append(before)
                self._log(step, before)
            self._post(before)
            self.desk.dispatch(of_request(self.journal), before, inline=True)
            if outcomes_only:
                facts = [fact for fact in facts if self._still_new(fact)]
            if not facts:
                return
        raise StorageError("An outcome could not be recorded.")

    def _still_new(self, fact: FactData) -> bool:
        """Whether an append that lost the race has to be made again."""
        if isinstance(fact, AltTextOutcome):
            return self.journal.request.drafts.number(fact.draft).may_be_followed(fact)
        if not isinstance(fact, Outcome):
            return False
        attempt = self.journal.request.attempt(fact.attempt)
        if isinstance(fact, Unknown) and fact.inferred and attempt.outcome is not None:
            return False
        return may_follow(attempt, fact)

    def _log(self, step: Step, before: int) -> None:
        template = self.journal.request.terms.template
        for fact in self.journal.facts[before:]:
            fact_log.tell(self.journal.id, fact, template)

    def _finish(self, after: Next) -> None:
        """Say when somebody must look again, then let go of the entries that are covered."""
        successor = self._successor(after)
        now = self.s.clock.now()
        for entry in self.covers.held:
            if successor is not None and entry.name == successor.name:
                continue
            if entry is not self.named or self._covered(entry, now):
                self.s.due.delete(entry)

    def _covered(self, entry: Entry, now: datetime) -> bool:
        """Whoever put the entry has appended by now, or will not under this entry."""
        return self.journal.seq > self.since or entry.moved or now > entry.at

    def _successor(self, after: Next) -> Entry | None:
        wait = after.at if isinstance(after, WaitUntil) else None
        source = of_request(self.journal)
        owed = list(self.desk.owed(source))
        times = [time for time in (wait, self.desk.look_again(owed)) if time]
        if not owed and self.named is not None and self.named.moved:
            self.desk.settled(source)
        if not times:
            return None
        since = min((one.event.seq - 1 for one in owed), default=self.journal.seq)
        at = min(times)
        soon = at - self.s.clock.now()
        hop = wait == at and soon <= MAX_HOP
        entry = self.s.due.later(self.journal.id, since, at, nudged=hop)
        if hop:
            nudge(self.s, self.journal.id, since, entry.name, max(soon.total_seconds(), 0))
        return entry
