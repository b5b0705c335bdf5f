"""
The policy's say on an order, and on what a reviewer wants changed.

`subject_of` is the one place where what rules look at is gathered.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from shared.chain.agreement import agreed
from shared.chain.costs import most_of
from shared.chain.order import Order
from shared.chain.services import Services, Terms
from shared.domain.content import Content
from shared.domain.next_batch_review import longest_wait
from shared.domain.policy import Policy, Subject
from shared.domain.policy_document import PolicyRule, RuleCondition
from shared.domain.policy_mark import PolicyMark, Said
from shared.domain.policy_text import read
from shared.domain.request import Request
from shared.domain.values import Options, Reuse, Stage
from shared.errors import CallerError, Fault, InvalidRequest, PolicyRejected

# Where in a body the thing is that a rule looks at; of several the first.
_PLACES = (
    ("words", "prompt"),
    ("patterns", "prompt"),
    ("templates", "template"),
    ("models", "model"),
    ("sizes", "size"),
    ("qualities", "quality"),
    ("formats", "outputFormat"),
    ("images_over", "n"),
    ("inputs", "inputImages"),
    ("approval", "approval"),
    ("include_prompt", "includePrompt"),
    ("reuse", "reuse"),
)
NOT_ASKED = "People have to look first who are not asked about changes; make it a new request."


@dataclass(frozen=True, slots=True)
class Judgement:
    """The order with what the policy adds, the rules that matched, and why it is refused."""

    order: Order
    policy: Policy
    matched: tuple[PolicyRule, ...]
    refusal: CallerError | None

    def allowed(self) -> Order:
        """
        The order, if it is not refused.

        Raises:
            CallerError: the refusal.
        """
        if self.refusal is not None:
            raise self.refusal
        return self.order


def judge(order: Order, s: Services) -> Judgement:
    """
    Raises:
        PolicyUnavailable: there is no policy to ask.
    """
    policy = s.policy.current()
    subject = subject_of(
        order.caller.name,
        order.options,
        order.stages,
        order.include_prompt,
        order.reuse,
        order.content,
        s.terms,
    )
    matched = policy.matched(subject)
    changed, faults = _with_stages(order, matched, s.terms)
    mark = PolicyMark(
        version=policy.version,
        sha256=policy.sha256,
        rules=tuple(rule.id for rule in matched),
        stages=tuple(dict.fromkeys(rule.stage.name for rule in matched if rule.stage)),
        warnings=tuple(
            Said(rule=rule.id, reason=rule.reason) for rule in matched if rule.then == "warn"
        ),
    )
    refusal: CallerError | None = InvalidRequest(faults) if faults else None
    if rejected := [rule for rule in matched if rule.then == "reject"]:
        refusal = PolicyRejected([_fault(rule, _place_of(rule, subject)) for rule in rejected])
    return Judgement(_agreed(changed, mark, policy, s.terms), policy, matched, refusal)


def _agreed(order: Order, mark: PolicyMark, policy: Policy, terms: Terms) -> Order:
    """Screened by the policy's limits where it has some, if anything is screened at all."""
    limits = policy.document.screening
    return replace(
        order,
        policy=mark,
        screening=limits.rules if limits and terms.screening else terms.screening,
        require_provenance=order.require_provenance or policy.document.require_provenance,
    )


def subject_of(
    caller: str,
    options: Options,
    stages: Iterable[Stage],
    include_prompt: bool,
    reuse: Reuse,
    content: Content,
    terms: Terms,
) -> Subject:
    """`stages` without those that a policy added."""
    given = {
        "purpose": content.purpose,
        "altText": content.alt_text,
        "requestedBy": content.requested_by,
        "costCenter": content.cost_center,
    }
    return Subject(
        text=read(content.prompt),
        caller=caller,
        model=options.model,
        size=options.size,
        quality=options.quality,
        output_format=options.output_format,
        images=options.n,
        cost_usd=most_of(options, len(content.prompt), terms).amount,
        edits=options.edits,
        unapproved=not list(stages),
        include_prompt=include_prompt,
        reuse=reuse == "allow",
        template=content.template.name if content.template else None,
        missing=frozenset(name for name, text in given.items() if not (text or "").strip()),
    )


def own_stages(request: Request) -> tuple[Stage, ...]:
    """Those that the request had without its policy."""
    mark = request.terms.policy
    added = mark.stages if mark else ()
    return tuple(stage for stage in request.terms.stages if stage.name not in added)


def subject_of_request(request: Request, content: Content, terms: Terms) -> Subject:
    """As it was accepted; its cost by the prices of today."""
    accepted = request.terms
    return subject_of(
        accepted.caller,
        accepted.options,
        own_stages(request),
        accepted.include_prompt,
        accepted.reuse,
        content,
        terms,
    )


def check_wish(request: Request, content: Content, wish: str, s: Services) -> None:
    """
    What a reviewer wants changed is text for the model as the prompt is.

    A rule that would have people look at it refuses it, unless they are asked about the new
    images anyway.

    Raises:
        PolicyRejected: rules do not allow it.
        PolicyUnavailable: there is no policy to ask.
    """
    subject = replace(subject_of_request(request, content, s.terms), text=read(wish))
    asked = {stage.name.lower() for stage in request.terms.stages if stage.phase == "after"}
    faults = []
    for rule in s.policy.current().matched_by_wish(subject):
        if rule.then == "reject":
            faults.append(_fault(rule, "#/comment"))
        elif rule.stage is not None and not (
            rule.phase == "after" and rule.stage.name.lower() in asked
        ):
            faults.append(Fault("#/comment", f"{rule.reason} {NOT_ASKED}", rule.id))
    if faults:
        raise PolicyRejected(faults)


def _with_stages(
    order: Order, matched: Iterable[PolicyRule], terms: Terms
) -> tuple[Order, list[Fault]]:
    """
    Nothing that a body says takes a stage away that a rule adds; where there is no body, as for
    a request that is run again, the rule's takes the place of one of the same name.
    """
    asked = {
        rule.stage.name.lower(): agreed(rule.phase, rule.stage, terms)
        for rule in matched
        if rule.stage and rule.phase
    }
    if not asked:
        return order, []
    same = [stage for stage in order.stages if stage.name.lower() in asked]
    faults = [
        Fault(f"#/approval/{stage.phase}", f"The policy has a stage {stage.name}; rename this one.")
        for stage in same
        if order.rerun_of is None
    ]
    own = (stage for stage in order.stages if stage not in same)
    stages = (*own, *(stage for stage, _ in asked.values()))
    if sum(map(longest_wait, stages), timedelta()) > timedelta(days=terms.max_wait_days):
        most = f"at most {terms.max_wait_days} days"
        faults.append(Fault("#/approval", f"All stages, the policy's among them, take {most}."))
    people = {who: address for _, found in asked.values() for who, address in found.items()}
    known = order.content.model_copy(update={"people": {**order.content.people, **people}})
    return replace(order, stages=stages, content=known), faults


def _fault(rule: PolicyRule, pointer: str) -> Fault:
    return Fault(pointer, rule.reason, rule.id)


def _place_of(rule: PolicyRule, subject: Subject) -> str:
    for one in (rule.when, rule.when.not_ or RuleCondition()):
        if gone := [name for name in one.missing or () if name in subject.missing]:
            return f"#/{gone[0]}"
        for name, place in _PLACES:
            if getattr(one, name) is not None:
                made = place == "prompt" and subject.template is not None
                return "#/template" if made else f"#/{place}"
    return "#"
