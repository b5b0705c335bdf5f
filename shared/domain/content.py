"""
The erasable half of a request: everything people wrote or that names them.

It lives in `content/<id>.json`, is deleted when the request retires or is erased, and is
never logged, queued or written into the journal.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from shared.domain.values import TemplateVersion, Value


class Content(Value):
    """`salt` keeps short prompts from being guessed from their digest; `people` maps the
    pseudonyms of the journal to addresses, `checklists` its marks to texts; `comments` are keyed by
    the decision they belong to, those on one image by `note_on`, and so are the `alt_texts` of
    reviewers, where an empty one says that there is none; `input_urls` by the input's index.
    `uploads` are what was sent ahead for it, `message_id` the queue message that it came as: copies
    of it may lie there. `drafts` are a model's alt texts, by their number.
    """

    v: int = 1
    salt: str
    prompt: str = Field(repr=False)
    template: TemplateVersion | None = None
    variables: Mapping[str, str | int | float | bool | None] = Field(default={}, repr=False)
    requested_by: str | None = None
    purpose: str | None = None
    alt_text: str | None = None
    cost_center: str | None = None
    idempotency_key: str | None = None
    metadata: Mapping[str, str | int | float | bool | None] = {}
    input_urls: Mapping[int, str] = Field(default={}, repr=False)
    uploads: tuple[str, ...] = ()
    message_id: str | None = None
    callback_url: str | None = Field(default=None, repr=False)
    callback_secret: str | None = Field(default=None, repr=False)
    approval: Mapping[str, object] | None = None
    people: Mapping[str, str] = {}
    checklists: Mapping[str, str] = Field(default={}, repr=False)
    comments: Mapping[str, str] = Field(default={}, repr=False)
    alt_texts: Mapping[str, str] = {}
    drafts: Mapping[int, str] = Field(default={}, repr=False)

    def with_more(self, **words: Mapping[Any, str]) -> "Content":
        """With these put to what is there, by field; what has the same name is replaced."""
        more = {name: {**getattr(self, name), **added} for name, added in words.items()}
        return self.model_copy(update=more)

    @property
    def prompt_sha256(self) -> str:
        return self.digest_of(self.prompt)

    def digest_of(self, text: str) -> str:
        return hashlib.sha256(bytes.fromhex(self.salt) + text.encode()).hexdigest()


def note_on(note: str, index: int) -> str:
    """Where the words on one image are kept, beside the decision's own."""
    return f"{note}/{index}"


def note_by(who: str, mark: str) -> str:
    """By which name a verdict's words are kept; a person's says whose, whatever became of it."""
    return f"{who}.{mark}" if who.startswith("p:") else mark
