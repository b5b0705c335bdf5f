"""Requests made with a template: which version, whose options and approval, which repeats."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from shared.chain.accept import accept
from shared.chain.doors import cancel
from shared.chain.dry_run import dry_run
from shared.chain.order import Order, order_of
from shared.chain.request_keys import Origin
from shared.chain.rerun import rerun
from shared.chain.services import Services
from shared.chain.templating import checked
from shared.domain.submission import QueueBody
from shared.errors import Conflict, InvalidRequest, KeyReused, StorageError
from shared.security.callers import Caller
from tests.crash.world import CALLER, World
from tests.unit.hero import HERO, put

ALONE, KEY = Origin(), Origin(key="k1")
MESSAGE = Origin(message_id="m-1")
RUN = Origin(workflow_run_id="run", workflow_operation="Submit")
TEMPLATES_ONLY = replace(CALLER, templates_only=True)
BRAND = {"after": [{"name": "brand", "deadline": "PT2H"}]}
LEGAL = {"after": [{"name": "legal", "deadline": "PT1H"}]}
BEFORE = {"before": [{"name": "idea", "deadline": "PT1H"}]}


def body(**changed: Any) -> dict[str, Any]:
    template = {"name": "hero", "variables": {"product": "smart watch"}}
    for name in ("version", "variables"):
        if name in changed:
            template[name] = changed.pop(name)
    return {"template": template, **changed}


def ordered(s: Services, raw: object, origin: Origin = ALONE, caller: Caller = CALLER) -> Order:
    return order_of(raw, QueueBody, caller, origin, s)


def faults(s: Services, raw: object, caller: Caller = CALLER) -> dict[str, str]:
    with pytest.raises(InvalidRequest) as caught:
        ordered(s, raw, caller=caller)
    return {fault.pointer: fault.detail for fault in caught.value.faults}


def test_an_order_by_template() -> None:
    """As if the prompt had been written out, with the template's options; and which version."""
    s = World().s
    put(s)
    order = ordered(s, body(quality="high"))

    assert order.content.prompt == "smart watch on a table"
    assert order.content.variables == {"product": "smart watch"}
    assert order.content.template == s.templates.read("hero", 1).ref  # type: ignore[union-attr]
    assert (order.options.size, order.options.quality) == ("1536x1024", "high")


@pytest.mark.parametrize(
    ("version", "prompt"), [(None, "New: x"), (2, "New: x"), (1, "x on a table")]
)
def test_which_version(version: int | None, prompt: str) -> None:
    """The newest, unless one is named."""
    s = World().s
    put(s)
    put(s, prompt="New: {product}", variables={"product": {}})
    order = ordered(s, body(version=version, variables={"product": "x"}))

    assert order.content.prompt == prompt


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"version": 2}, {"#/template/version": "There is no such version; the newest is 1."}),
        ({"version": 0}, {"#/template/version": "There is no such version; the newest is 1."}),
        ({"variables": {}}, {"#/template/variables/product": "It is needed."}),
        (
            {"variables": {"product": "x" * 41, "colour": 1}, "size": "1x1", "n": 99},
            {
                "#/n": "Input should be less than or equal to 10.",
                "#/template/variables/colour": "The template has no such variable.",
                "#/template/variables/product": "At most 40 characters.",
                "#/size": "hero 1 has another; leave it out. The template sets it.",
            },
        ),
    ],
)
def test_what_is_refused(changed: dict[str, Any], expected: dict[str, str]) -> None:
    """Every fault of the values and of the rest, at once."""
    s = World().s
    put(s)

    assert faults(s, body(**changed)) == expected


def test_options_of_a_template_hold() -> None:
    """The same value may be said again, and nothing else; what is left open is the request's."""
    s = World().s
    put(s, options={"size": "1536x1024", "n": 2})

    assert ordered(s, body(size="1536x1024", n=2, outputFormat="jpeg")).options.n == 2
    assert list(faults(s, body(size="1024x1024", n=1))) == ["#/n", "#/size"]


def test_what_the_template_says_and_this_caller_may_not() -> None:
    """The place is that of the field, and the reason says whose doing it is."""
    s = World().s
    put(s, options={"model": "gpt-image-2"})
    limited = replace(CALLER, models=("gpt-image-1.5",))

    found = faults(s, body(), limited)
    assert found == {
        "#/model": "Not available to this caller; available: none. The template sets it."
    }


def test_a_prompt_that_gets_too_long() -> None:
    """The model's limit is that of what comes out; its place is the variables."""
    s = World().s
    put(s, prompt="{a}{a}{a}{a}{a}{a}{a}{a}{a}", variables={"a": {"maxLength": 4000}})

    assert faults(s, body(variables={"a": "x" * 4000})) == {
        "#/template/variables": "gpt-image-2 takes at most 32,000 characters."
    }
    assert ordered(s, body(variables={"a": "x" * 3500})).content.prompt == "x" * 31_500


@pytest.mark.parametrize(
    ("own", "standard", "asked", "expected"),
    [
        ("default", None, "default", ["brand"]),
        ("default", None, LEGAL, ["legal"]),
        ("default", "none", "none", []),
        (LEGAL, None, "default", ["legal"]),
        (LEGAL, None, LEGAL, ["legal"]),
        (LEGAL, "none", "default", ["legal"]),
        (LEGAL, None, BRAND, "#/approval"),
        (LEGAL, "none", "none", "#/approval"),
        (LEGAL, "none", BRAND, "#/approval"),
        (BEFORE, "none", "default", ["idea"]),
        (BEFORE, None, "default", "#/approval/after"),
    ],
)
def test_whose_approval(
    own: object, standard: str | None, asked: object, expected: list[str] | str
) -> None:
    """
    A template's own holds, whatever the request asks for; it takes no approval away that the
    caller's own rule demands.
    """
    s = World().s
    put(s, approval=own)
    caller = replace(CALLER, approval=standard)
    raw = body(approval=asked)

    if isinstance(expected, str):
        assert list(faults(s, raw, caller)) == [expected]
    else:
        stages = ordered(s, raw, caller=caller).stages
        assert [stage.name for stage in stages] == expected


def test_routes_are_added() -> None:
    """What the settings add by cost or number is added to a template's own approval too."""
    s = World().s
    put(s, approval=LEGAL)
    route = {"when": {"imagesOver": 0}, "stage": {"name": "money"}}
    standard: Mapping[str, object] = {**BRAND, "routes": [route]}
    order = ordered(s, body(), caller=replace(CALLER, approval=standard))

    assert [(stage.phase, stage.name) for stage in order.stages] == [
        ("before", "money"),
        ("after", "legal"),
    ]


def test_a_caller_of_templates_only() -> None:
    """It may use templates, for edits too, and nothing else."""
    s = World().s
    put(s)
    edit = body(inputImages=[{"url": "https://a.example/a.png"}])

    assert ordered(s, edit, caller=TEMPLATES_ONLY).options.edits
    assert list(faults(s, {"prompt": "x"}, TEMPLATES_ONLY)) == ["#/prompt"]
    assert list(faults(s, {**body(), "prompt": "x"}, TEMPLATES_ONLY)) == ["#/prompt"]


@pytest.mark.parametrize("version", [None, 1, 2])
def test_a_retired_template(version: int | None) -> None:
    """None of its versions takes a new request; put once more without it, all do."""
    s = World().s
    put(s)
    put(s, retired=True)
    assert faults(s, body(version=version)) == {
        "#/template/name": "This template is retired: it takes no new requests."
    }

    put(s)
    assert ordered(s, body(version=version)).content.prompt


@pytest.mark.parametrize("origin", [KEY, MESSAGE, RUN])
@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "New: {product}", "variables": {"product": {}}},
        {"retired": True},
        {
            "prompt": "{product} {more}",
            "variables": {"product": {}, "more": {}},
            "example": {"product": "x", "more": "y"},
        },
    ],
)
def test_a_repeat_is_what_it_was(origin: Origin, change: dict[str, Any]) -> None:
    """What was put since the first time changes nothing of a request that is asked for again."""
    world = World()
    put(world.s)
    first = accept(ordered(world.s, body(), origin), world.s)
    put(world.s, **change)
    again = ordered(world.s, body(), origin)

    assert accept(again, world.s).id == first.id
    assert again.content.prompt == "smart watch on a table"
    found = dry_run(again, world.s)
    assert found.template is not None and found.template.version == 1
    assert "same_request" in [one.code for one in found.warnings]


def test_a_repeat_after_its_content_is_gone() -> None:
    """Then its journal says which version it was."""
    world = World()
    put(world.s)
    first = accept(ordered(world.s, body(), KEY), world.s)
    world.s.blobs.delete("content", f"{first.id}.json")
    put(world.s, retired=True)

    assert accept(ordered(world.s, body(), KEY), world.s).id == first.id


def test_another_body_with_the_same_key() -> None:
    """It is told so when it is accepted, not by a fault of its template."""
    world = World()
    put(world.s)
    accept(ordered(world.s, body(), KEY), world.s)
    other = ordered(world.s, body(variables={"product": "lamp"}), KEY)

    with pytest.raises(KeyReused):
        accept(other, world.s)


def test_a_version_between_two_at_once() -> None:
    """Two with one key that read different versions never become a request of both."""
    world = World()
    put(world.s)
    first = ordered(world.s, body(), KEY)
    put(world.s, prompt="New: {product}", variables={"product": {}})
    second = ordered(world.s, body(), KEY)
    request_id = accept(first, world.s).id
    world.s.appends.store.blobs.pop(("requests", request_id))  # type: ignore[attr-defined]

    with pytest.raises(StorageError):  # as if `first` had died before its journal was begun
        accept(second, world.s)
    journal = accept(ordered(world.s, body(), KEY), world.s)
    content = world.s.contents.read(request_id)
    assert content is not None and journal.id == request_id
    assert (content.prompt, content.template) == (
        "smart watch on a table",
        journal.request.terms.template,
    )


def ended(world: World, raw: object, caller: Caller = CALLER) -> str:
    request_id = accept(ordered(world.s, raw, caller=caller), world.s).id
    cancel(request_id, caller, world.s)
    return request_id


def test_a_rerun_keeps_its_version() -> None:
    """The same prompt by the same version, though there is a newer one."""
    world = World()
    put(world.s)
    request_id = ended(world, body())
    put(world.s, prompt="New: {product}", variables={"product": {}})
    again = rerun(request_id, CALLER, Origin(), world.s)
    content = world.s.contents.read(again.id)

    assert again.request.terms.template == world.request(request_id).terms.template
    assert content is not None and content.prompt == "smart watch on a table"
    assert content.variables == {"product": "smart watch"}


def test_no_rerun_of_what_is_retired() -> None:
    """A run again is a new request."""
    world = World()
    put(world.s)
    request_id = ended(world, body())
    put(world.s, retired=True)

    with pytest.raises(Conflict) as refused:
        rerun(request_id, CALLER, Origin(), world.s)
    assert refused.value.code == "template_retired"


def test_no_rerun_around_the_rule() -> None:
    """Who may only use templates now does not get a prompt of its own by running one again."""
    world = World()
    put(world.s)
    free, bound = ended(world, {"prompt": "x"}), ended(world, body())

    with pytest.raises(Conflict) as refused:
        rerun(free, TEMPLATES_ONLY, Origin(), world.s)
    assert refused.value.code == "templates_only"
    assert rerun(bound, TEMPLATES_ONLY, Origin(), world.s).id


def test_nothing_of_the_values_is_in_the_journal() -> None:
    """Name, version and digest of the template are; values and prompt only in the content."""
    world = World()
    put(world.s)
    request_id = accept(ordered(world.s, body(variables={"product": "canary"})), world.s).id
    raw = world.s.journals.raw(request_id)

    assert b"canary" not in raw and b'"template":{"name":"hero","version":1,"sha256":' in raw


def test_a_body_is_checked_for_its_name() -> None:
    """The name of the address is checked with the body."""
    with pytest.raises(InvalidRequest) as refused:
        checked(HERO | {"title": "", "example": {"product": "x"}}, "No", World().s)

    assert [fault.pointer for fault in refused.value.faults] == ["#/title", "#/name"]


def test_a_template_says_whether_images_are_reused() -> None:
    """Where it does, that holds; it is no option of a model."""
    s = World().s
    put(s, options={"reuse": "allow"})
    put(s, name="fresh", options={"reuse": "never"})
    fresh = {"template": {"name": "fresh", "variables": {"product": "x"}}, "reuse": "allow"}

    assert ordered(s, body()).reuse == "allow"
    assert faults(s, fresh).keys() == {"#/reuse"}
