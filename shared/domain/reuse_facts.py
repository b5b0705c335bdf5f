"""The facts of a reuse: which approval is used again, or that there is none to be used."""

from collections.abc import Mapping
from typing import Literal

from shared.domain.fact_data import FactData
from shared.domain.values import Image, Instant, Value


class ReusedVerdict(Value):
    """What one reviewer said of these images when they were new; `reviewer` is a pseudonym."""

    stage: str
    reviewer: str
    decision: Literal["approve", "reject", "revise"]
    at: Instant


class ImagesReused(FactData):
    """
    Images that people have approved already, for another request that asked for the same.

    `source` is that request, `journal_head` the hash of its line `request.approved`, so that
    nobody can show another journal as its. `manifest_sha256` and the images' digests are those
    that were decided on; `blob` of an image is our own copy. `called`: where the signing key was
    changed meanwhile, what people and texts to tick are called here, and what there.
    """

    TYPE = "images.reused"
    source: str
    approved_at: Instant
    journal_head: str
    manifest_sha256: str
    images: tuple[Image, ...]
    verdicts: tuple[ReusedVerdict, ...]
    called: Mapping[str, str] = {}


class ReuseMissed(FactData):
    """
    It goes the usual way: images are made, and people asked.

    `none_alike`: no such request was approved; `gone`: its images, or the request, are no more.
    """

    TYPE = "reuse.missed"
    code: Literal["none_alike", "gone"]


REUSE_FACTS = (ImagesReused, ReuseMissed)
