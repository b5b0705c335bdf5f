"""Randomness from the operating system."""

import os


class SystemEntropy:
    """Implements `Entropy`."""

    def token_bytes(self, count: int) -> bytes:
        return os.urandom(count)
