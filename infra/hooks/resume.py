"""What was paused is taken up again: a hook that does not say so has left nothing paused."""

from collections.abc import Iterator

from drain import deployments
from tools import Pause, ask, sleep, until

# The page tells for up to ten seconds what it last saw, and a worker that is being replaced
# may answer in between.
WAIT_S, LOOK_EVERY_S = 60, 5


def faults(url: str, key: str, pause: Pause = sleep) -> Iterator[str]:
    """One for each deployment that is still paused, or one where nobody tells."""
    told, resumed = False, set[str]()
    left: list[str] = []

    def look() -> bool:
        nonlocal told
        if (found := deployments(url, key)) is None:
            return False
        told = True
        left[:] = [one["name"] for one in found if one["state"] == "paused"]
        for name in set(left) - resumed:
            if ask("POST", f"{url}/deployments/{name}/resume", key)[0] == 200:
                resumed.add(name)
        return not left

    if until(look, WAIT_S, LOOK_EVERY_S, pause):
        return
    if not told:
        yield "the app does not tell how its deployments are: none was taken up again."
    for name in left:
        yield f"{name} is still paused."
