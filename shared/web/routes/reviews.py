"""Routes of reviewers: what they look at, and their verdict."""

from shared.domain.decision import DecisionBody
from shared.domain.inbox_views import Inbox
from shared.domain.resource import Resource
from shared.domain.review_views import ReviewView
from shared.security.callers import Role
from shared.web import content, reviewing, waiting
from shared.web.access import Access
from shared.web.continuation import DEFAULT_LIMIT, MAX_LIMIT
from shared.web.route import Parameter, Route

_WHICH = (
    Parameter("preview", "The latest partial image, if any.", choices=("1",)),
    Parameter("round", "Of that round; normally the latest.", choices=content.ROUNDS),
    Parameter("input", "This input instead; the same number as `index`.", choices=content.INPUTS),
)

_LIST = (
    Parameter("limit", f"Normally {DEFAULT_LIMIT}.", most=MAX_LIMIT),
    Parameter("continuation", "From the page before."),
)

ROWS = (
    Route(
        *("inbox", "GET", "reviews", Access.REVIEWER, None, waiting.inbox, 200),
        "What waits for the person whose own link it is, oldest deadline first.",
        *(None, Inbox, _LIST, (400,)),
    ),
    Route(
        *("review_view", "GET", "images/{id}/review", Access.MIXED, Role.DECIDE),
        handler=reviewing.view,
        status=200,
        summary="What the link, or the caller, is asked about; nothing is changed by looking.",
        response=ReviewView,
    ),
    Route(
        *(
            "decision",
            "POST",
            "images/{id}/decision",
            Access.MIXED,
            Role.DECIDE,
            reviewing.decision,
            200,
        ),
        "A reviewer's verdict; also as Approvals and Outlook send it.",
        *(DecisionBody, Resource, (), (409, 410, 422)),
    ),
    Route(
        *("content", "GET", "images/{id}/content/{index}", Access.MIXED, Role.READ),
        handler=content.content,
        status=200,
        summary="One image's bytes, or the latest partial image while it is being made.",
        parameters=_WHICH,
        media=("image/png", "image/jpeg"),
        problems=(400, 409),
    ),
)
