"""
What work takes in memory.
"""

import tracemalloc
from collections.abc import Callable


def peak_bytes_of(work: Callable[[], object]) -> int:
    """
    The most that Python held at one time while it ran.
    """
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
