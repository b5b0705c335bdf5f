"""What the sweep does beside its nudges, at fixed minutes: the books are put in order."""

from shared.chain.ledger import total_up
from shared.chain.reconcile import reconcile
from shared.chain.services import Services

# Away from the full hour and its quarters, when timers of others are busy.
RECONCILED_AT_MINUTE = 7  # of every ten
TOTALLED_AT_MINUTE = 41


def tidy(s: Services) -> None:
    """A minute that the sweep misses is made up for by the next one."""
    now = s.clock.now()
    if now.minute % 10 == RECONCILED_AT_MINUTE:
        reconcile(s)
    if now.minute == TOTALLED_AT_MINUTE:
        total_up(s.ledger, now.date(), now.hour)
