"""Prompt templates: listed, read, and put; each put makes a version that never changes."""

import re

from pydantic import Field

from shared.chain.services import Services
from shared.chain.templates import Found
from shared.chain.templating import checked
from shared.domain.templates import TemplateText
from shared.domain.values import Instant, Value
from shared.errors import Fault, InvalidRequest, NotFound
from shared.web.bodies import json_of
from shared.web.continuation import Place, limit_of, read_place, written_place
from shared.web.exchange import Answer, Call, all_read, answer

VERSION = r"[1-9][0-9]{0,5}"
# What the continuations of this list are signed for.
_LIST = "templates/"
# Behind every version of a name, in the order of text.
_BEHIND = "/~"


class TemplateSummary(Value):
    """A template as its newest version has it."""

    name: str
    version: int
    title: str
    owner: str | None
    tags: tuple[str, ...]
    retired: bool
    created_at: Instant


class TemplateList(Value):
    """One page in the order of names; `continuation` asks for the next."""

    items: tuple[TemplateSummary, ...]
    continuation: str | None


class TemplateVersionView(TemplateText):
    """
    One version. `versions` are all there are; `sha256` is that of the stored version, which the
    journal of each request made with it has as well.
    """

    name: str
    version: int
    created_at: Instant
    created_by: str = Field(description="Name of the caller.")
    sha256: str
    versions: tuple[int, ...]


def list_templates(call: Call, s: Services) -> Answer:
    readers = (lambda: limit_of(call), lambda: read_place(call, _LIST, s))
    limit, start = all_read(readers)
    items: list[TemplateSummary] = []
    rest: Place | None = None
    for name, version, mark in s.templates.newest_of_each(start.mark, start.after):
        if len(items) == limit:
            break
        if found := s.templates.read(name, version):
            items.append(_summary(found))
        rest = Place(mark, name + _BEHIND)
    else:
        rest = None
    continuation = written_place(rest, _LIST, s) if rest else None
    return answer(200, TemplateList(items=tuple(items), continuation=continuation))


def get_template(call: Call, s: Services) -> Answer:
    """The newest version, or the one that is asked for."""
    name, wanted = call.params["name"], call.query.get("version")
    if wanted is not None and not re.fullmatch(VERSION, wanted):
        raise InvalidRequest([Fault("#/query/version", "A number from 1 on.")])
    versions = s.templates.versions(name)
    version = int(wanted) if wanted else (versions or [0])[-1]
    found = s.templates.read(name, version) if version in versions else None
    if found is None:
        raise NotFound
    return answer(200, _view(found, versions))


def put_template(call: Call, s: Services) -> Answer:
    name = call.params["name"]
    body = checked(json_of(call), name, s)
    made = s.templates.put(name, body, call.known_caller.name)
    return answer(200, _view(made, s.templates.versions(name)))


def _summary(found: Found) -> TemplateSummary:
    return TemplateSummary(
        **{name: getattr(found.template, name) for name in TemplateSummary.model_fields}
    )


def _view(found: Found, versions: list[int]) -> TemplateVersionView:
    return TemplateVersionView.model_construct(
        **dict(found.template), sha256=found.sha256, versions=tuple(versions)
    )
