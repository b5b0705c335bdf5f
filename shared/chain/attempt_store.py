"""Where the images of one attempt go: bytes as they come, digests on the way, manifest last."""

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass

from pydantic import ValidationError

from shared.chain.image_labels import labels_of
from shared.chain.image_ports import ManifestJudge
from shared.chain.measuring import Measuring
from shared.chain.ports import Blobs, ImageWriter
from shared.chain.previews import Preview
from shared.chain.sighting import Sighting
from shared.domain import names
from shared.domain.facts import Completed
from shared.domain.parts import Attempt
from shared.domain.values import Cost, Image, Usage, Value
from shared.errors import StorageError

MANIFEST = "manifest.json"


class Manifest(Value):
    """All of an attempt's images are stored: says so, and what they are and cost."""

    v: int = 1
    request_id: str
    attempt: int
    images: tuple[Image, ...]
    usage: Usage | None
    cost: Cost
    upstream_request_id: str | None = None
    salvaged: bool = False


class AttemptStore:
    """An `ImageSink` for one attempt; `images` are those stored so far, in order of index."""

    def __init__(
        self,
        blobs: Blobs,
        request_id: str,
        attempt: Attempt,
        model: str,
        judge: ManifestJudge | None = None,
    ) -> None:
        self._blobs, self._judge = blobs, judge
        self._request_id, self._attempt, self._model = request_id, attempt, model
        self._images: dict[int, Image] = {}
        self._previews_fail = False

    @property
    def images(self) -> tuple[Image, ...]:
        return tuple(self._images[index] for index in sorted(self._images))

    @property
    def folder(self) -> str:
        return names.attempt_folder(self._request_id, self._attempt.round, self._attempt.number)

    @contextmanager
    def image(self, index: int) -> Iterator[ImageWriter]:
        measuring = Measuring(self._blobs, names.REVIEW, f"{self.folder}{index}")
        with closing(Sighting(self._judge)) as sighting:
            yield _Both(measuring, sighting)
            measured = measuring.finished(index)
            provenance = sighting.provenance(measured.content_type)
        image = measured.model_copy(update={"provenance": provenance})
        measuring.commit(labels_of(image, self._request_id, self._attempt.round, self._model))
        self._images[index] = image

    @contextmanager
    def preview(self, index: int) -> Iterator[Preview]:
        """After one that could not be stored no more are tried: the paid call is waiting."""
        preview = Preview(self._blobs, self._request_id, index, self._previews_fail)
        yield preview
        preview.commit()
        self._previews_fail = preview.failed

    def stored(self) -> list[str]:
        """The names of the images that lie in the folder, whoever put them there."""
        page = self._blobs.page(names.REVIEW, self.folder, limit=100)
        return [name for name in page.names if not name.endswith(MANIFEST)]

    def read_manifest(self) -> Completed | None:
        """
        What the attempt completed with, if its manifest is there.

        One that cannot be read counts as none, or no look at the request could ever end.
        """
        found = self._blobs.read(names.REVIEW, self.folder + MANIFEST)
        try:
            return completed_of(found.data, self._attempt.number) if found else None
        except ValidationError:
            return None

    def write_manifest(self, manifest: Manifest) -> Completed:
        """Store it; one that is there already wins, since somebody may have acted on it."""
        data = manifest.model_dump_json(by_alias=True).encode()
        try:
            self._blobs.put(names.REVIEW, self.folder + MANIFEST, data, if_absent=True)
        except StorageError:
            # Not written, or the answer lost: the fact that follows is record enough.
            with suppress(StorageError):
                return self.read_manifest() or completed_of(data, self._attempt.number)
        return completed_of(data, self._attempt.number)


@dataclass(frozen=True, slots=True)
class _Both:
    """Implements `ImageWriter`: what is stored is looked at as well."""

    measuring: Measuring
    sighting: Sighting

    def write(self, piece: bytes) -> None:
        self.measuring.write(piece)
        self.sighting.write(piece)


def completed_of(manifest: bytes, attempt: int) -> Completed:
    parsed = Manifest.model_validate_json(manifest)
    return Completed(
        attempt=attempt,
        images=parsed.images,
        usage=parsed.usage,
        cost=parsed.cost,
        manifest_sha256=hashlib.sha256(manifest).hexdigest(),
        upstream_request_id=parsed.upstream_request_id,
        salvaged=parsed.salvaged,
    )
