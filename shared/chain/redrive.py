"""Putting messages back: chosen by code and reason, so many at a time, newest first."""

from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from shared import logs
from shared.chain.dead_letters import Kept, Letter, body_of, letters, mark
from shared.chain.services import Services
from shared.domain.messages import Redrive
from shared.errors import Changed

# Records that one call reads: a few seconds' work, far below what the host's gateway waits for.
MAX_READ = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    `reason` occurs, in whatever case, in the pointer or the detail of one of the faults.

    `again`: also what was put back before, in case that message was lost.
    """

    code: str | None = None
    reason: str | None = None
    again: bool = False

    def takes(self, letter: Letter) -> bool:
        if self.code not in (None, letter.code):
            return False
        said = (f"{one.pointer} {one.detail}".casefold() for one in letter.errors)
        return self.reason is None or any(self.reason.casefold() in one for one in said)


@dataclass(frozen=True, slots=True)
class Redriven:
    """
    What came of it, among the records that were read.

    `skipped`: the body is not kept any more. `left`: they wait still, beyond the number asked
    for. `after` is where to go on, when there are more records.
    """

    redriven: int
    skipped: int
    left: int
    after: str | None


def redrive(queue: str, wanted: Wanted, most: int, before: str | None, s: Services) -> Redriven:
    """
    Put up to `most` messages back, the newest first.

    Raises:
        StorageError: some are back by then; asking again goes on with the others.
    """
    found = letters(queue, before, s)
    read = list(islice(found, MAX_READ))
    more = next(found, None) is not None
    waiting = [
        kept
        for kept in read
        if wanted.takes(kept.letter) and (wanted.again or kept.letter.redriven_at is None)
    ]
    redriven = skipped = 0
    for kept in waiting:
        if redriven == most:
            break
        if body_of(kept.letter, s) is None:
            skipped += 1
        else:
            _put_back(kept, s)
            redriven += 1
    left = len(waiting) - redriven - skipped
    after = waiting[-left - 1].name if left else read[-1].name if more else None
    logs.event("messages.redriven", queue=queue, redriven=redriven, skipped=skipped, left=left)
    return Redriven(redriven, skipped, left, after)


def _put_back(kept: Kept, s: Services) -> None:
    """
    First the message, then the mark: who dies in between puts it back twice, which makes one
    request. A record that has changed by then tells something newer than the mark would.
    """
    s.queue.send(kept.letter.queue, Redrive(dead_letter=kept.name).model_dump_json(by_alias=True))
    with suppress(Changed):
        mark(kept, s.clock.now(), s)
