"""
A policy ready to judge: what was read from its document, and the digest of the document's bytes.

Rules are asked all, in no order that matters: whatever any of them says holds beside the others.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.domain.policy_document import (
    ANY_TEMPLATE,
    NO_TEMPLATE,
    PolicyDocument,
    PolicyRule,
    RuleCondition,
)
from shared.domain.policy_patterns import compiled
from shared.domain.policy_text import Readings, phrase_of


@dataclass(frozen=True, slots=True)
class Subject:
    """
    What rules look at: the facts about an order, or about a request as it was accepted.

    `unapproved`: nobody would be asked, but for what the policy adds. `missing` has the names of
    the body's fields.
    """

    text: Readings = field(repr=False)
    caller: str
    model: str
    size: str
    quality: str
    output_format: str
    images: int
    cost_usd: float
    edits: bool
    unapproved: bool
    include_prompt: bool
    missing: frozenset[str]
    template: str | None = None
    reuse: bool = False


@dataclass(frozen=True, slots=True)
class Test:
    """A condition with its words and patterns ready to be looked for."""

    condition: RuleCondition
    phrases: tuple[tuple[str, ...], ...]
    patterns: tuple[re.Pattern[str], ...]

    def holds(self, of: Subject) -> bool:
        return all(_answers(self, of))


@dataclass(frozen=True, slots=True)
class Judge:
    """One rule."""

    rule: PolicyRule
    when: Test
    but_not: Test | None

    @property
    def reads(self) -> bool:
        """Whether it is about what a text says."""
        return self.rule.when.words is not None or self.rule.when.patterns is not None

    def matches(self, subject: Subject) -> bool:
        if self.but_not is not None and self.but_not.holds(subject):
            return False
        return self.when.holds(subject)


@dataclass(frozen=True, slots=True)
class Policy:
    """`sha256` is of the document as it was given, so that `sha256sum` finds the same."""

    document: PolicyDocument
    sha256: str
    judges: tuple[Judge, ...] = field(repr=False)

    @property
    def version(self) -> str:
        return self.document.version

    def matched(self, subject: Subject) -> tuple[PolicyRule, ...]:
        return tuple(one.rule for one in self.judges if one.matches(subject))

    def matched_by_wish(self, subject: Subject) -> tuple[PolicyRule, ...]:
        """
        Rules about what a text says, where the subject's is what a reviewer wants changed: all
        others had their say when the request was accepted.
        """
        return tuple(one.rule for one in self.judges if one.reads and one.matches(subject))


def policy_of(document: PolicyDocument, sha256: str) -> Policy:
    judges = (
        Judge(rule, _test(rule.when), _test(rule.when.not_) if rule.when.not_ else None)
        for rule in document.rules
    )
    return Policy(document, sha256, tuple(judges))


def _test(condition: RuleCondition) -> Test:
    phrases = tuple(phrase_of(word) for word in condition.words or ())
    patterns = tuple(compiled(text) for text in condition.patterns or ())
    return Test(condition, phrases, patterns)


def _answers(test: Test, of: Subject) -> Iterator[bool]:
    """One for each thing that the condition says; what is cheap to know comes first."""
    said = test.condition
    for one, allowed in (
        (of.caller, said.callers),
        (of.model, said.models),
        (of.size, said.sizes),
        (of.quality, said.qualities),
        (of.output_format, said.formats),
    ):
        yield allowed is None or one in allowed
    yield said.templates is None or any(_made_by(of.template, name) for name in said.templates)
    yield said.images_over is None or of.images > said.images_over
    yield said.cost_over_usd is None or of.cost_usd > said.cost_over_usd
    yield said.inputs in (None, of.edits)
    yield said.missing is None or not of.missing.isdisjoint(said.missing)
    yield said.approval is None or of.unapproved
    yield said.include_prompt in (None, of.include_prompt)
    yield said.reuse in (None, of.reuse)
    yield said.words is None or any(of.text.has(phrase) for phrase in test.phrases)
    yield said.patterns is None or any(
        pattern.search(text) for pattern in test.patterns for text in of.text.plain
    )


def _made_by(template: str | None, name: str) -> bool:
    if name == NO_TEMPLATE:
        return template is None
    return template is not None and name in (ANY_TEMPLATE, template)


_NOTHING = b'{"version": "built-in", "rules": []}'
# Refuses nothing, asks nobody: what callers may do is in the other settings. Not validated, since
# an import builds no model.
BUILT_IN = policy_of(
    PolicyDocument.model_construct(version="built-in"), hashlib.sha256(_NOTHING).hexdigest()
)
