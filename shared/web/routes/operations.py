"""Routes of operators: what the app does, what it spends, and what to do about it."""

from shared.chain.conditions import Condition
from shared.domain.policy_views import PolicyView, Replay
from shared.domain.resource import Resource
from shared.security.callers import Role
from shared.web import changing, dead_letters, deployments, health, identity, policies, usage
from shared.web.access import Access
from shared.web.continuation import DEFAULT_LIMIT, MAX_LIMIT
from shared.web.route import Parameter, Route

_RELEASE = (
    Parameter("release", "Hold no caller for a block any longer.", choices=deployments.RELEASE),
)
_USAGE = (
    Parameter(
        "month",
        "`YYYY-MM`, of the time of acceptance (UTC); normally this month.",
        pattern=usage.MONTH,
    ),
    Parameter("groupBy", "Normally `caller`.", choices=usage.GROUPS),
    Parameter("format", "Normally `json`.", choices=usage.FORMATS),
)
_LETTERS = (
    Parameter("code", "Only those that were put aside for this."),
    Parameter("reason", "Only those with these words in one of their faults."),
    Parameter("limit", f"Normally {DEFAULT_LIMIT}.", most=MAX_LIMIT),
    Parameter("continuation", "From the page before."),
)

ROWS = (
    Route(
        *("resume", "POST", "images/{id}/resume", Access.KEY, Role.OPERATE, changing.resume, 200),
        "An operator's answer to a request that needs attention.",
        *(changing.ResumeBody, Resource, (), (409,)),
    ),
    Route(
        *("me", "GET", "me", Access.KEY, Role.READ, identity.me, 200),
        "Whose key this is, and the roles that go with it.",
        *(None, identity.Identity),
    ),
    Route(
        *("policy", "GET", "policy", Access.KEY, Role.READ, policies.policy, 200),
        "The policy in force: its rules; all of it with the role `operate`.",
        *(None, PolicyView),
    ),
    Route(
        *("replay_policy", "POST", "policy/replay", Access.KEY, Role.OPERATE),
        *(policies.replay_policy, 200, "What a policy would have said to requests of the past."),
        *(policies.ReplayBody, Replay),
    ),
    Route(
        *("usage", "GET", "usage", Access.KEY, Role.READ, usage.usage, 200),
        "A month's usage: everybody's with the role `readAll`, else the caller's own.",
        *(None, usage.Usage, _USAGE, (400,)),
        media=("text/csv",),
    ),
    Route(
        *("list_dead_letters", "GET", "deadletters/{queue}", Access.KEY, Role.OPERATE),
        *(dead_letters.list_letters, 200, "Queue messages that could not be taken, newest first."),
        response=dead_letters.LetterList,
        parameters=_LETTERS,
        problems=(400,),
    ),
    Route(
        *("redrive_dead_letters", "POST", "deadletters/{queue}/redrive", Access.KEY, Role.OPERATE),
        *(dead_letters.redrive_letters, 200, "Put messages back on their queue, newest first."),
        request=dead_letters.RedriveBody,
        response=dead_letters.Redriven,
    ),
    Route(
        *("pause_deployment", "POST", "deployments/{name}/pause", Access.KEY, Role.OPERATE),
        *(deployments.pause, 200, "No new paid calls on this deployment."),
        response=Condition,
    ),
    Route(
        *("resume_deployment", "POST", "deployments/{name}/resume", Access.KEY, Role.OPERATE),
        *(deployments.resume, 200, "End a pause; a blocked deployment may be tried at once."),
        response=Condition,
        parameters=_RELEASE,
        problems=(400,),
    ),
    Route(
        *("webhook_key", "GET", "webhook-key", Access.KEY, Role.OPERATE, health.webhook_key, 200),
        "The secret that signs callbacks without their own.",
        *(None, health.WebhookKey),
    ),
)
