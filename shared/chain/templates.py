"""
Prompt templates as stored: one blob a version, `templates/<name>/<version>.json`.

A version is created and never written again, so of two that are put at once each gets a number of
its own, and what was read once may be kept in memory.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import ValidationError

from shared import logs
from shared.chain.cells import raced
from shared.chain.listed import marked_names, names_under
from shared.chain.ports import Blobs, Clock
from shared.domain import names
from shared.domain.templates import TEMPLATE_NAME, Template, TemplateBody
from shared.domain.values import TemplateVersion
from shared.errors import Conflict, CorruptJournal

# As many as one listing of storage brings: every submit asks which is the newest.
MAX_VERSIONS = 1000
# Others can only be faster as often as they have a version to put.
MAX_RACES = 20
# Versions kept in memory, each of some 100 KB at the very most.
MAX_KEPT = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A version as read; `sha256` is that of its blob, which the journal of a request names."""

    template: Template
    sha256: str

    @property
    def ref(self) -> TemplateVersion:
        one = self.template
        return TemplateVersion(name=one.name, version=one.version, sha256=self.sha256)


@dataclass(frozen=True, slots=True)
class Templates:
    blobs: Blobs
    clock: Clock
    _kept: dict[str, Found] = field(default_factory=dict)

    def versions(self, name: str) -> list[int]:
        """In order; empty when there is no template of this name."""
        if not TEMPLATE_NAME.fullmatch(name):
            return []
        listed = names_under(self.blobs, names.TEMPLATES, f"{name}/", MAX_VERSIONS)
        return sorted(place[1] for one in listed if (place := names.template_named(one)))

    def read(self, name: str, version: int) -> Found | None:
        blob = names.template_of(name, version)
        if (known := self._kept.get(blob)) is not None:
            return known
        if (stored := self.blobs.read(names.TEMPLATES, blob)) is None:
            return None
        if len(self._kept) >= MAX_KEPT:
            self._kept.clear()
        found = Found(_parsed(stored.data), _digest(stored.data))
        self._kept[blob] = found
        return found

    def put(self, name: str, body: TemplateBody, caller: str) -> Found:
        """
        A new version; or the newest one, where it says the same.

        Raises:
            Conflict: `stale_version`, the body was made from another than the newest; or there
                are as many versions as there may be (`too_many_versions`).
        """

        def once() -> Found:
            versions = self.versions(name)
            newest = self.read(name, versions[-1]) if versions else None
            text = body.text
            if newest is not None and newest.template.says(text):
                return newest
            self._check(body, versions)
            known = {"name": name, "version": (versions or [0])[-1] + 1}
            known |= {"created_at": self.clock.now(), "created_by": caller}
            made = Template.model_construct(**dict(text) | known)
            data = made.model_dump_json(by_alias=True).encode()
            blob = names.template_of(name, made.version)
            self.blobs.put(names.TEMPLATES, blob, data, if_absent=True)
            logs.event("template.put", template=name, version=made.version, caller=caller)
            return Found(made, _digest(data))

        return raced(once, MAX_RACES, "The template is changing too fast.")

    def _check(self, body: TemplateBody, versions: list[int]) -> None:
        newest = versions[-1] if versions else None
        if body.version not in (None, newest):
            said = f"The newest version is {newest}." if newest else "There is no version of it."
            raise Conflict(said, code="stale_version")
        if len(versions) >= MAX_VERSIONS:
            most = f"A template has at most {MAX_VERSIONS:,} versions; take a new name."
            raise Conflict(most, code="too_many_versions")

    def newest_of_each(self, mark: str | None, after: str) -> Iterator[tuple[str, int, str | None]]:
        """
        Each name behind `after` with its newest version, and storage's mark of the page in which
        its versions end; `mark` is where the listing begins.
        """
        name, newest, ended = "", 0, mark
        for blob, page in marked_names(self.blobs, names.TEMPLATES, "", MAX_VERSIONS, mark):
            place = names.template_named(blob) if blob > after else None
            if place is None:
                continue
            if name not in ("", place[0]):
                yield name, newest, ended
                newest = 0
            name, newest, ended = place[0], max(newest, place[1]), page
        if name:
            yield name, newest, ended


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _parsed(data: bytes) -> Template:
    try:
        return Template.model_validate_json(data, by_alias=True, by_name=False)
    except ValidationError:
        raise CorruptJournal("A template is not one of ours.") from None
