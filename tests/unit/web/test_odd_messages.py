"""Whatever a queue message says, it becomes a request or a dead letter at once."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.chain.runner import InvocationFailed
from shared.domain import names
from shared.domain.submission import QueueBody
from shared.errors import StorageError
from shared.web.sent_ahead import FIELD
from tests.fakes import MemoryBlobs
from tests.unit.web.world import PROMPT, SUBMIT, World

HALF = "\ud800x"
KEYED = {**SUBMIT, "idempotencyKey": "k"}


class Strict(MemoryBlobs):
    """Storage that answers an error for a name that is none, as Azure's does."""

    def chunks(self, container: str, name: str, *args: Any, **named: Any) -> Any:
        if container == names.UPLOADS and (".." in name or not name.isascii()):
            raise StorageError
        return super().chunks(container, name, *args, **named)


def strict() -> World:
    world = World()
    object.__setattr__(world.s, "blobs", Strict(world.store))
    return world


@pytest.mark.parametrize(
    "message",
    [
        {**SUBMIT, "nope": 1, "idempotencyKey": HALF},
        {"template": {"name": "hero"}, "idempotencyKey": HALF},
        {FIELD: f"uploads/{HALF}/a.json"},
        {FIELD: f"uploads/{HALF}/a.json", "caller": HALF},
        {FIELD: "uploads/../content/01J.json"},
        {FIELD: "uploads/../content/01J.json", "caller": ".."},
    ],
)
def test_refused_at_once(message: dict[str, Any]) -> None:
    """Half of a surrogate pair and a way out of the container are faults, nothing to try again."""
    world = strict()

    for function in ("request_message", "request_poison"):
        world.message(function, json.dumps(message))

        [record] = world.dead()
        assert record["code"] == ("poisoned" if "poison" in function else "invalid_request")
    assert world.requests() == []


class Unreadable(MemoryBlobs):
    """Storage that does not give out keys."""

    def read(self, container: str, name: str) -> Any:
        if name.startswith("keys/"):
            raise StorageError
        return super().read(container, name)


def test_poison_is_buried_without_its_request() -> None:
    """What a message had begun is looked for a few times; then its record has to do without."""
    world = World()
    object.__setattr__(world.s, "blobs", Unreadable(world.store))

    for attempt in range(1, 5):
        with pytest.raises(InvocationFailed):
            world.message("request_poison", json.dumps(KEYED), attempt=attempt)
    world.message("request_poison", json.dumps(KEYED), attempt=5)

    [record] = world.dead()
    assert (record["code"], record["requestId"]) == ("poisoned", None)


TEXTS = st.text(st.characters(), max_size=6) | st.sampled_from([HALF, "..", "uploads/../x/y", ""])
SCALARS = st.none() | st.booleans() | st.integers(-3, 10**20) | st.floats(allow_nan=False) | TEXTS
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
STAGES = st.fixed_dictionaries(
    {}, optional={"name": TEXTS, "reviewers": st.lists(TEXTS | st.just("a@b"), max_size=2)}
)
BLOBS = st.builds("uploads/{}/{}".format, TEXTS | st.just("default"), TEXTS | st.just("a.json"))
# Shapes that get past the first look, with odd texts inside.
SHAPED: dict[str, st.SearchStrategy[Any]] = {
    "prompt": st.just(PROMPT) | TEXTS,
    "template": st.fixed_dictionaries(
        {"name": TEXTS}, optional={"variables": st.dictionaries(TEXTS, SCALARS, max_size=2)}
    ),
    "approval": st.fixed_dictionaries({"after": st.lists(STAGES, max_size=2)}),
    "inputImages": st.lists(
        st.fixed_dictionaries({}, optional={"url": TEXTS, "blob": BLOBS, "data": TEXTS}), max_size=2
    ),
    "metadata": st.dictionaries(TEXTS, SCALARS, max_size=2),
    "callbackUrl": st.builds("https://{}/{}".format, TEXTS, TEXTS),
    FIELD: BLOBS,
}
FIELDS = {str(field.alias or name) for name, field in QueueBody.model_fields.items()}
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        name: SHAPED.get(name, TEXTS) | ANYTHING for name in sorted(FIELDS | {FIELD, "x", "id"})
    },
)
LIKELY = st.fixed_dictionaries(
    {"prompt": st.just(PROMPT)},
    optional={
        name: SHAPED.get(name, TEXTS)
        for name in ("idempotencyKey", "requestedBy", "purpose", "metadata", "approval", "caller")
    },
)
AHEAD = st.fixed_dictionaries({FIELD: BLOBS}, optional={"caller": TEXTS, "idempotencyKey": TEXTS})


@given(MESSAGES | LIKELY | AHEAD | ANYTHING)
def test_taken_or_buried(message: object) -> None:
    """No message is one to try again: it is a request, or a dead letter, after one look."""
    world = strict()
    text = json.dumps(message)

    world.message("request_message", text)
    requests = world.requests()
    world.message("request_poison", text, "m-2")

    assert len(requests) + len([one for one in world.dead() if one["messageId"] != "m-2"]) == 1
