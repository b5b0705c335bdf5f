"""The policy: what a document may say, and what its rules say to a request."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.policy import BUILT_IN, Policy, Subject
from shared.domain.policy_document import PolicyRule
from shared.domain.policy_reading import Surroundings, read_policy
from shared.domain.policy_text import read
from shared.errors import PolicyBroken
from tests.rules.sources import ROOT

SUBJECT = Subject(
    text=read("A lighthouse at dusk"),
    caller="flow",
    model="gpt-image-2",
    size="1024x1024",
    quality="medium",
    output_format="png",
    images=2,
    cost_usd=0.5,
    edits=False,
    unapproved=False,
    include_prompt=False,
    missing=frozenset({"purpose"}),
)
STAGE = {"name": "legal", "reviewers": ["ana@contoso.com"]}


def rule(when: dict[str, Any], then: str = "reject", **changed: Any) -> dict[str, Any]:
    asks = {"stage": STAGE, "phase": "before"} if then == "review" else {}
    return {"id": "r", "reason": "Not here.", "when": when, "then": then, **asks, **changed}


def policy(*rules: dict[str, Any], around: Surroundings | None = None, **more: Any) -> Policy:
    data = json.dumps({"version": "1", "rules": rules, **more}).encode()
    return read_policy(data, around or Surroundings())


def faults(data: bytes | dict[str, Any], around: Surroundings | None = None) -> dict[str, str]:
    given_ = data if isinstance(data, bytes) else json.dumps(data).encode()
    with pytest.raises(PolicyBroken) as caught:
        read_policy(given_, around or Surroundings())
    return {one.pointer: one.detail for one in caught.value.faults}


def holds(when: dict[str, Any], **changed: Any) -> bool:
    return bool(policy(rule(when)).matched(replace(SUBJECT, **changed)))


@pytest.mark.parametrize(
    ("when", "changed"),
    [
        ({"words": ["kite", "light house", "lighthouse"]}, {"text": read("a kit")}),
        ({"patterns": ["light ?house", "zz"]}, {"text": read("light")}),
        ({"callers": ["x", "flow"]}, {"caller": "flow2"}),
        ({"models": ["gpt-image-2"]}, {"model": "gpt-image-1.5"}),
        ({"sizes": ["auto", "1024x1024"]}, {"size": "1024x1536"}),
        ({"qualities": ["medium"]}, {"quality": "low"}),
        ({"formats": ["png"]}, {"output_format": "jpeg"}),
        ({"imagesOver": 1}, {"images": 1}),
        ({"costOverUsd": 0.4}, {"cost_usd": 0.4}),
        ({"inputs": False}, {"edits": True}),
        ({"missing": ["altText", "purpose"]}, {"missing": frozenset({"costCenter"})}),
        ({"includePrompt": False}, {"include_prompt": True}),
        ({"reuse": False}, {"reuse": True}),
        ({"templates": ["none"]}, {"template": "hero"}),
        ({"not": {"approval": "none"}}, {"unapproved": True}),
        ({"not": {"words": ["kite"], "callers": ["flow"]}}, {"text": read("a kite")}),
        ({}, None),
    ],
)
def test_each_condition(when: dict[str, Any], changed: dict[str, Any] | None) -> None:
    """It holds of the subject, and of one that differs in just this it does not."""
    assert holds(when)
    assert changed is None or not holds(when, **changed)


def test_opposites() -> None:
    """What is asked to be, and what is asked not to be."""
    assert holds({"inputs": True}, edits=True) and not holds({"inputs": True})
    assert holds({"includePrompt": True}, include_prompt=True)
    assert holds({"reuse": True}, reuse=True) and not holds({"reuse": True})
    assert holds({"approval": "none"}, unapproved=True) and not holds({"approval": "none"})


@pytest.mark.parametrize(
    ("asked", "template", "expected"),
    [
        (["any"], "hero", True),
        (["any"], None, False),
        (["hero", "x"], "hero", True),
        (["hero"], "x", False),
        (["none"], None, True),
        (["none", "hero"], "hero", True),
    ],
)
def test_templates(asked: list[str], template: str | None, expected: bool) -> None:
    """By name, by none, or by any."""
    assert holds({"templates": asked}, template=template) == expected


def test_all_of_it_has_to_be_so() -> None:
    """A condition is a conjunction; one part that does not hold is enough."""
    both = {"words": ["dusk"], "callers": ["flow"], "not": {"qualities": ["high"]}}

    assert holds(both)
    assert not holds(both, caller="other") and not holds(both, text=read("dawn"))
    assert not holds(both, quality="high")


def test_built_in_says_nothing() -> None:
    """Whatever is asked, it refuses nothing, asks nobody and warns of nothing."""
    assert BUILT_IN.document.rules == () and BUILT_IN.document.screening is None
    assert BUILT_IN.version == "built-in"


def test_digest_is_of_the_bytes() -> None:
    """Somebody with the file finds the same by `sha256sum`."""
    data = b' {"version": "1"}\n'

    assert read_policy(data, Surroundings()).sha256 == hashlib.sha256(data).hexdigest()


CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "words": st.lists(st.sampled_from(["dusk", "dawn", "at dusk"]), min_size=1, max_size=2),
        "callers": st.sampled_from([["flow"], ["other"]]),
        "imagesOver": st.integers(0, 3),
        "costOverUsd": st.sampled_from([0, 0.5, 1]),
        "missing": st.sampled_from([["purpose"], ["altText"]]),
    },
)
RULES = st.lists(
    st.builds(rule, CONDITIONS, st.sampled_from(["reject", "review", "warn"])), max_size=6
).map(lambda rules: [{**one, "id": f"r{k}"} for k, one in enumerate(rules)])


@given(RULES, st.randoms())
def test_order_does_not_matter(rules: list[dict[str, Any]], random: Any) -> None:
    """The same rules in any order match the same requests."""
    shuffled = random.sample(rules, len(rules))

    def matched(some: list[dict[str, Any]]) -> set[str]:
        return {one.id for one in policy(*some).matched(SUBJECT)}

    assert matched(rules) == matched(shuffled)


@given(RULES, RULES)
def test_more_rules_refuse_no_less(rules: list[dict[str, Any]], more: list[dict[str, Any]]) -> None:
    """A rule that is added takes nothing away from the others."""
    added = [{**one, "id": f"x{k}"} for k, one in enumerate(more)]

    def rejected(some: list[dict[str, Any]]) -> set[str]:
        return {one.id for one in policy(*some).matched(SUBJECT) if one.then == "reject"}

    assert rejected(rules) <= rejected([*rules, *added])


def test_only_what_reads_is_asked_about_a_wish() -> None:
    """Of a reviewer's wish only rules about a text are asked, with what else they say."""
    asked = policy(
        rule({"words": ["kite"]}, id="word"),
        rule({"patterns": ["kite"], "callers": ["other"]}, id="elsewhere"),
        rule({}, id="always"),
        rule({"missing": ["purpose"]}, id="purpose"),
        rule({"not": {"words": ["please"]}}, id="polite"),
    )
    wish = replace(SUBJECT, text=read("add a kite"))

    assert [one.id for one in asked.matched_by_wish(wish)] == ["word"]


# ------------------------------------------------------------------- what a document may not say


def test_every_fault_at_once() -> None:
    """A rule that cannot be read hides neither the faults of others nor those of the whole."""
    found = faults(
        {
            "version": "1",
            "extra": 1,
            "rules": [
                rule({"words": ["!?"], "patterns": ["a+"], "models": ["gpt-9"]}, id="a"),
                rule({"imagesOver": 1}, id="b"),
                rule({"formats": ["webp"], "qualities": ["best"]}, id="c"),
                7,
                rule({}, id="b"),
                rule({}, id="B b"),
            ],
        }
    )

    assert set(found) == {
        *("#/extra", "#/rules/0/when/words/0", "#/rules/0/when/patterns/0"),
        *("#/rules/0/when/models/0", "#/rules/2/when/formats/0", "#/rules/2/when/qualities/0"),
        *("#/rules/3", "#/rules/4/id", "#/rules/5/id"),
    }
    assert "no end" in found["#/rules/0/when/patterns/0"]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"then": "review", "stage": None, "phase": None}, "#/rules/0"),
        ({"then": "review", "stage": STAGE, "phase": None}, "#/rules/0"),
        ({"stage": STAGE}, "#/rules/0"),
        ({"phase": "after"}, "#/rules/0"),
        ({"then": "allow"}, "#/rules/0/then"),
        ({"reason": ""}, "#/rules/0/reason"),
        ({"when": {"not": {}}}, "#/rules/0/when"),
        ({"when": {"not": {"not": {"inputs": True}}}}, "#/rules/0/when/not/not"),
        ({"when": {"words": []}}, "#/rules/0/when/words"),
        ({"when": {"missing": ["prompt"]}}, "#/rules/0/when/missing/0"),
        ({"when": {"approval": "default"}}, "#/rules/0/when/approval"),
        ({"when": {"inputs": "yes"}}, "#/rules/0/when/inputs"),
        ({"when": {"costOverUsd": "2"}}, "#/rules/0/when/costOverUsd"),
        ({"when": {"imagesOver": -1}}, "#/rules/0/when/imagesOver"),
        ({"when": {"word": ["x"]}}, "#/rules/0/when/word"),
    ],
)
def test_a_faulty_rule(changed: dict[str, Any], pointer: str) -> None:
    """What is left out, unknown, or of the wrong kind is named by its place."""
    one = {**rule({}), **changed}

    assert list(faults({"version": "1", "rules": [one]})) == [pointer]


def test_stages() -> None:
    """Rules may share a stage; another of its name, a taken name, or a long wait is a fault."""
    here = Surroundings(max_wait_days=4, taken=frozenset({"brand"}))

    def review(**stage: Any) -> dict[str, Any]:
        return rule({}, "review", id=f"r{len(str(stage))}", stage={**STAGE, **stage})

    assert policy(rule({}, "review"), rule({}, "review", id="s"), around=here)
    other = {"version": "1", "rules": [rule({}, "review"), review(veto=True)]}
    assert faults(other, here) == {
        "#/rules/1/stage/name": "Another rule has another stage of this name."
    }
    for changed in ({"name": "Brand"}, {"name": "spend"}):
        alone = {"version": "1", "rules": [review(**changed)]}
        assert list(faults(alone, here)) == ["#/rules/0/stage/name"]
    slow = {"version": "1", "rules": [review(deadline="P5D")]}
    assert list(faults(slow, here)) == ["#/rules/0/stage/deadline"]
    many = [review(name=f"s{'x' * k}", deadline="P2D") for k in range(3)]
    assert list(faults({"version": "1", "rules": many}, here)) == ["#/rules"]


def test_money() -> None:
    """Nobody here knows an exchange rate."""
    dear = {"version": "1", "rules": [rule({"not": {"costOverUsd": 2}})]}

    assert list(faults(dear, Surroundings(currency="EUR"))) == ["#/rules/0/when"]


def test_screening_needs_who_screens() -> None:
    """A limit that nobody enforces is refused; levels are those of Content Safety."""
    asked = {"version": "1", "screening": {"hate": 2, "blocklists": ["brands"]}}
    here = Surroundings(screened=True)

    assert list(faults(asked)) == ["#/screening"]
    limits = read_policy(json.dumps(asked).encode(), here).document.screening
    assert limits is not None and (limits.hate, limits.self_harm) == (2, 4)
    odd = {"version": "1", "screening": {"violence": 3}}
    assert list(faults(odd, here)) == ["#/screening/violence"]


def test_too_much() -> None:
    """A document is so large, with so many words and so much work, that no request waits long."""
    words = [rule({"words": [f"w{k}" for k in range(2000)]}, id=f"r{n}") for n in range(3)]
    turned = [{**one, "when": {"not": one["when"]}} for one in words]
    work = [rule({"patterns": ["a{0,90}b[cd]{2}"] * 30}, id=f"r{n}") for n in range(2)]

    assert "5,000 words" in faults({"version": "1", "rules": words})["#/rules"]
    assert "5,000 words" in faults({"version": "1", "rules": turned})["#/rules"]
    assert "steps" in faults({"version": "1", "rules": work})["#/rules"]
    assert list(faults(b" " * 1_048_577)) == ["#"]


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"version": "1", "version": "2"}', b"\xff", b"7"])
def test_no_document(data: bytes) -> None:
    """What is no JSON object, or says a thing twice."""
    assert list(faults(data)) == ["#"]


# ---------------------------------------------------------------------------------- the example


EXAMPLE = ROOT / "docs" / "policy.example.json"
FINE = replace(SUBJECT, missing=frozenset())


@pytest.mark.parametrize(
    ("prompt", "changed", "expected"),
    [
        ("A lighthouse at dusk", {}, set()),
        ("A F.a.b.r.i.k.a.m watch", {}, {"other-brands"}),
        ("two KIDS on a beach", {}, {"minors"}),
        ("a 9-year-old with a kite", {}, {"minors-by-age"}),
        ("a 90 years old tree", {}, set()),
        ("a girl in a swimsuit", {}, {"minors", "minors-in-swimwear"}),
        ("a swimsuit on a hanger", {}, set()),
        ("a portrait of Ada", {}, {"real-people"}),
        ("a portrait of somebody, no real person", {}, set()),
        ("x", {"missing": frozenset({"purpose", "altText"})}, {"purpose", "alt-text"}),
        ("x", {"cost_usd": 2.5}, {"dear"}),
        ("x", {"unapproved": True}, {"unseen"}),
        ("x", {"unapproved": True, "caller": "test-flow"}, set()),
        ("x", {"include_prompt": True}, {"prompts-in-mail"}),
        ("x", {"caller": "shop"}, {"free-prompts-of-the-shop"}),
        ("x", {"caller": "shop", "edits": True}, set()),
    ],
)
def test_the_example(prompt: str, changed: dict[str, Any], expected: set[str]) -> None:
    """`docs/policy.example.json` can be used as it is, and says what its reasons say."""
    example = read_policy(EXAMPLE.read_bytes(), Surroundings())
    subject = replace(FINE, text=read(prompt), **changed)

    found: tuple[PolicyRule, ...] = example.matched(subject)
    assert {one.id for one in found} == expected
