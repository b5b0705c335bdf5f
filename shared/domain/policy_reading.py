"""From bytes to a policy, or to everything that is wrong with them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from shared.domain import strict_json
from shared.domain.body_faults import faults_of
from shared.domain.policy import Policy, policy_of
from shared.domain.policy_document import MAX_BYTES, PolicyDocument, PolicyRule
from shared.domain.policy_patterns import steps_of
from shared.domain.stage_body import ApprovalBody, StageBody, approval_faults, longest_wait
from shared.domain.values import Phase
from shared.errors import Fault, PolicyBroken

USD = "USD"
# A prompt of the greatest length is then judged within seconds, a usual one within a millisecond.
MAX_ALL_WORDS, MAX_ALL_STEPS = 5000, 5000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What a policy must fit: the longest wait for people, the currency of prices, whether anything
    is screened, and the names of stages that the settings use themselves, in lower case.
    """

    max_wait_days: int = 180
    currency: str = USD
    screened: bool = False
    taken: frozenset[str] = frozenset()


def read_policy(data: bytes, around: Surroundings) -> Policy:
    """
    Raises:
        PolicyBroken: with every fault.
    """
    raw = strict_json.document(data, MAX_BYTES, PolicyBroken)
    return policy_of(checked(raw, around), hashlib.sha256(data).hexdigest())


def checked(raw: object, around: Surroundings) -> PolicyDocument:
    """
    Raises:
        PolicyBroken: with every fault; rules that cannot be read do not hide those of others.
    """
    document, faults, places = _parsed(raw)
    if document is not None:
        faults += _faults(document, places, around)
    if document is None or faults:
        raise PolicyBroken(faults)
    return document


def _parsed(raw: object) -> tuple[PolicyDocument | None, list[Fault], list[int]]:
    """What can be read of it, what cannot, and where the rules that are left stood."""
    try:
        document = PolicyDocument.model_validate(raw, by_alias=True, by_name=False)
        return document, [], list(range(len(document.rules)))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
    faults = faults_of(found, raw)
    broken = {one["loc"][1] for one in found if one["loc"][:1] == ("rules",) and one["loc"][1:]}
    if not isinstance(raw, dict) or not isinstance(raw.get("rules"), list):
        return None, faults, []
    places = [k for k in range(len(raw["rules"])) if k not in broken]
    kept: dict[str, Any] = {"version": "?", "rules": [raw["rules"][k] for k in places]}
    try:
        return PolicyDocument.model_validate(kept, by_alias=True, by_name=False), faults, places
    except ValidationError:
        return None, faults, []


def _faults(document: PolicyDocument, places: list[int], around: Surroundings) -> list[Fault]:
    rules = list(zip(places, document.rules, strict=True))
    found = [*_id_faults(rules), *_stage_faults(rules, around), *_money_faults(rules, around)]
    found += _size_faults(document)
    if document.screening is not None and not around.screened:
        found.append(Fault("#/screening", "Nothing screens: DARKROOM_CONTENT_SAFETY is not set."))
    return found


def _size_faults(document: PolicyDocument) -> Iterator[Fault]:
    """Every request waits for all of it."""
    said = [one for rule in document.rules for one in (rule.when, rule.when.not_) if one]
    words = sum(len(one.words or ()) for one in said)
    steps = sum(steps_of(pattern) for one in said for pattern in one.patterns or ())
    if words > MAX_ALL_WORDS:
        yield Fault("#/rules", f"At most {MAX_ALL_WORDS:,} words in all; these are {words:,}.")
    if steps > MAX_ALL_STEPS:
        most = f"At most {MAX_ALL_STEPS:,} steps for all patterns"
        yield Fault("#/rules", f"{most}; these may take {steps:,}.")


def _id_faults(rules: list[tuple[int, PolicyRule]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for k, rule in rules:
        if rule.id in seen:
            yield Fault(f"#/rules/{k}/id", "Each rule has an id of its own.")
        seen.add(rule.id)


def _money_faults(rules: list[tuple[int, PolicyRule]], around: Surroundings) -> Iterator[Fault]:
    for k, rule in rules:
        said = [rule.when, *([rule.when.not_] if rule.when.not_ else [])]
        if around.currency != USD and any(one.cost_over_usd is not None for one in said):
            yield Fault(f"#/rules/{k}/when", f"The prices are in {around.currency}, not in {USD}.")


def _stage_faults(rules: list[tuple[int, PolicyRule]], around: Surroundings) -> Iterator[Fault]:
    """Rules may share a stage: then it is the same, and asked once."""
    known: dict[str, tuple[Phase, StageBody]] = {}
    for k, rule in rules:
        if rule.stage is None or rule.phase is None:
            continue
        place, name = f"#/rules/{k}/stage", rule.stage.name.lower()
        if name in around.taken:
            yield Fault(f"{place}/name", "The settings have a stage of this name.")
        if known.setdefault(name, (rule.phase, rule.stage)) != (rule.phase, rule.stage):
            yield Fault(f"{place}/name", "Another rule has another stage of this name.")
        alone = ApprovalBody(**{rule.phase: (rule.stage,)})
        for fault in approval_faults(alone, around.max_wait_days):
            pointer = fault.pointer.removeprefix(f"#/approval/{rule.phase}/0")
            yield Fault(f"{place}{pointer}", fault.detail)
    together = sum((longest_wait(stage) for _, stage in known.values()), timedelta())
    if len(known) > 1 and together > timedelta(days=around.max_wait_days):
        yield Fault("#/rules", f"All their stages take at most {around.max_wait_days} days.")
