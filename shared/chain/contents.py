"""The erasable halves of requests."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from shared.chain.ports import Blobs
from shared.domain import names
from shared.domain.content import Content
from shared.errors import AlreadyThere, Changed, CorruptJournal


@dataclass(frozen=True, slots=True)
class Contents:
    blobs: Blobs

    def read(self, request_id: str) -> Content | None:
        found = self.blobs.read(names.CONTENT, names.content_of(request_id))
        return _parsed(found.data) if found else None

    def create(self, request_id: str, content: Content) -> Content:
        """Store it, unless it is there: what is stored may have grown since, and wins."""
        try:
            self.blobs.put(
                names.CONTENT, names.content_of(request_id), _written(content), if_absent=True
            )
        except AlreadyThere:
            return self.read(request_id) or content
        return content

    def update(self, request_id: str, change: Callable[[Content], Content]) -> None:
        """Apply `change` to what is there, as often as others are faster; nothing if gone."""
        name = names.content_of(request_id)
        while (found := self.blobs.read(names.CONTENT, name)) is not None:
            try:
                data = _written(change(_parsed(found.data)))
                self.blobs.put(names.CONTENT, name, data, if_match=found.etag)
                return
            except Changed:
                continue


def _written(content: Content) -> bytes:
    return content.model_dump_json(by_alias=True).encode()


def _parsed(data: bytes) -> Content:
    try:
        return Content.model_validate_json(data)
    except ValidationError:
        raise CorruptJournal("The content blob is not one of ours.") from None
