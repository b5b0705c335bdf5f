"""What the kernel needs of whoever screens texts; `ports.py` has all other ports."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.screening import Finding


class Screener(Protocol):
    def screen(self, text: str, blocklists: Sequence[str], timeout_s: float) -> Finding:
        """
        What the text holds, of any length; no call is begun after `timeout_s`.

        Raises:
            ScreeningError: nothing is known of the text; no text of theirs or ours is in it.
            ScreeningMisconfigured: nor will be, before somebody mends key, role or blocklist.
        """
