"""The policy in force, and what another one would have said to the requests of the past."""

import hashlib
import json
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StrictInt, StrictStr

from shared import logs
from shared.chain.replay import MAX_LOOKED, replay
from shared.chain.services import Services
from shared.domain.policy import Policy, policy_of
from shared.domain.policy_document import PolicyDocument, PolicyRule
from shared.domain.policy_reading import checked
from shared.domain.policy_views import PolicyView, Replay, RuleView
from shared.domain.values import WHOLE, Value
from shared.errors import Fault, InvalidRequest, PolicyBroken
from shared.security.callers import Role
from shared.web.bodies import json_of, validated
from shared.web.continuation import Place, checked_place, written_place
from shared.web.exchange import Answer, Call, answer

_PLACE = "replay"


class ReplayBody(Value):
    """
    `policy` is the candidate. Only so many requests are looked at in one call: while there is a
    `continuation`, ask again with it.
    """

    policy: PolicyDocument
    since: AwareDatetime | None = Field(
        default=None, description="Requests accepted since; without it, however old."
    )
    max: Annotated[StrictInt, Field(ge=1, le=MAX_LOOKED), WHOLE] = 100
    continuation: StrictStr | None = None


def policy(call: Call, s: Services) -> Answer:
    standing, known = s.policy.standing(), s.policy.known()
    rules = known.document.rules if known else ()
    all_of_it = known is not None and Role.OPERATE in call.known_caller.roles
    view = PolicyView(
        **dict(standing),
        rules=tuple(map(_rule, rules)),
        document=_written(known) if known and all_of_it else None,
    )
    return answer(200, view)


def replay_policy(call: Call, s: Services) -> Answer:
    """
    What rules match tells something of a prompt to whoever chose the rules, so it is logged who
    asked, and by which candidate.
    """
    raw = json_of(call)
    body = validated(raw, ReplayBody)
    candidate = _candidate(raw, s)
    place = _place(body.continuation, s)
    found = replay(candidate, body.since, body.max, place.mark, place.after, s)
    logs.event(
        "policy.replayed",
        caller=call.known_caller.name,
        sha256=candidate.sha256,
        rules=len(candidate.document.rules),
        looked=found.looked,
    )
    counts, rest = found.counts, found.after
    told = Replay(
        version=candidate.version,
        looked=found.looked,
        not_kept=found.not_kept,
        passed=found.looked - found.not_kept - len(found.found),
        rejected=counts["reject"],
        reviewed=counts["review"],
        warned=counts["warn"],
        items=found.found,
        continuation=written_place(Place(found.mark, rest), _PLACE, s) if rest else None,
    )
    return answer(200, told)


def _place(continuation: str | None, s: Services) -> Place:
    if continuation is None:
        return Place()
    return checked_place(continuation, _PLACE, "#/continuation", s)


def _candidate(raw: Any, s: Services) -> Policy:
    """Held to all that holds for the policy of the settings."""
    given = raw["policy"]
    try:
        document = checked(given, s.terms.policy_surroundings)
    except PolicyBroken as error:
        faults = [Fault(f"#/policy{one.pointer[1:]}", one.detail) for one in error.faults]
        raise InvalidRequest(faults) from None
    text = json.dumps(given, sort_keys=True)
    return policy_of(document, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


def _written(known: Policy) -> dict[str, Any]:
    return known.document.model_dump(mode="json", by_alias=True, exclude_none=True)


def _rule(rule: PolicyRule) -> RuleView:
    stage = rule.stage.name if rule.stage else None
    return RuleView(id=rule.id, reason=rule.reason, then=rule.then, stage=stage, phase=rule.phase)
