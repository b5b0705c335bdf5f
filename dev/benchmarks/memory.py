"""
Memory: what a worker needs for ten of the largest images in one answer.
"""

import json
import os
import statistics
import subprocess
import sys

from dev.azurite import running_azurite
from dev.benchmarks.large_answers import (
    HEIGHT_PX,
    IMAGES,
    WIDTH_PX,
    LargeAnswers,
    large_answers,
)
from dev.benchmarks.one_answer import digest
from dev.benchmarks.row import Failed, Row
from dev.host_settings import child_environment
from dev.places import ROOT
from dev.storage import make_containers_and_queues

RUNS = 3


def memory() -> list[Row]:
    """
    How far a process rises over what it held before, in images of the answer.
    """
    with running_azurite() as storage, large_answers() as server:
        make_containers_and_queues(storage)
        ours = statistics.median(rise_images("darkroom", server, storage) for _ in range(RUNS))
        theirs = statistics.median(rise_images("sdk", server, storage) for _ in range(RUNS))
        image_mb = len(server.image) / 1e6
    return [
        Row(
            name=f"memory: {IMAGES} images of {WIDTH_PX}x{HEIGHT_PX} in one answer",
            value=round(ours, 2),
            unit="images",
            baseline="official SDK, each image decoded and dropped",
            baselineValue=round(theirs, 2),
            ratio=round(ours / theirs, 3),
            note=f"rise of the resident peak, {ours * image_mb:.0f} MB against "
            f"{theirs * image_mb:.0f} MB, in images of {image_mb:.1f} MB; fresh processes after "
            f"one small call, median of {RUNS}; ours stores them too, and "
            "checks their C2PA manifests",
        )
    ]


def rise_images(program: str, server: LargeAnswers, storage: str) -> float:
    """
    The rise of one fresh process, in images.

    Raises:
        Failed: it did not get the images that were sent.
    """
    argv = [sys.executable, "-m", "dev.benchmarks.one_answer", program, server.url, storage]
    done = subprocess.run(
        argv, cwd=ROOT, env=child_environment(os.environ), check=True, stdout=subprocess.PIPE
    )
    found = json.loads(done.stdout)
    if found["digests"] != [digest(server.image)] * IMAGES:
        raise Failed(f"{program} got other images than were sent")
    return float(found["riseBytes"] / len(server.image))
