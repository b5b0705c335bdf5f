"""
The stages of a batch that is decided on as one, and those of its rows that stand for them.

A row's own stage asks nobody and waits for its batch. It ends by itself, too, so that every wait
ends, but later than any question of the batch can: the time there is at most is shared out in
proportion, and the batch may use up half of it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from shared.domain.next_batch_review import MARGIN, longest_wait
from shared.domain.values import Stage
from shared.errors import Fault


def of_batch(stages: Sequence[Stage]) -> tuple[Stage, ...]:
    """As the batch records them: a place in a batch's verdict cannot be given away."""
    return tuple(one.model_copy(update={"delegate": False}) for one in stages)


def of_row(stages: Sequence[Stage], max_wait_days: int) -> tuple[Stage, ...]:
    whole = sum(map(longest_wait, stages), timedelta())
    share = timedelta(days=max_wait_days) / whole
    return tuple(
        Stage(
            name=one.name,
            phase=one.phase,
            scope="batch",
            deadline_s=int((longest_wait(one) * share).total_seconds()),
        )
        for one in stages
    )


def stage_faults(
    rows: Sequence[Sequence[Stage]], at: Callable[[int], str], max_wait_days: int
) -> Iterator[Fault]:
    """`rows`: the stages that each of them came to, and `at` its place in the body."""
    if not rows:
        return
    stages = rows[0]
    if not stages:
        yield Fault("#/approvalScope", "Nobody is asked about these rows: give an approval.")
    if any(one.phase == "before" for one in stages):
        detail = "Only stages after generation can be decided for the whole batch."
        yield Fault("#/approvalScope", detail)
    longest = sum(map(longest_wait, stages), timedelta())
    if longest + MARGIN > timedelta(days=max_wait_days) / 2:
        detail = f"For a whole batch all stages together take less than {max_wait_days // 2} days."
        yield Fault("#/approval", detail)
    for row, one in enumerate(rows):
        if of_batch(one) != of_batch(stages):
            yield Fault(at(row), "It is asked about in other stages than the first row.")
