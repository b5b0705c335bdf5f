"""Routes of reviewers: what they look at, and their verdict."""

from shared.domain.decision import DecisionBody
from shared.domain.resource import Resource
from shared.security.callers import Role
from shared.web import reviewing
from shared.web.access import Access
from shared.web.route import Parameter, Route

_PREVIEW = (Parameter("preview", "The latest partial image, if any.", choices=("1",)),)

ROWS = (
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
        *(DecisionBody, Resource, (), (409, 410)),
    ),
    Route(
        *("content", "GET", "images/{id}/content/{index}", Access.MIXED, Role.READ),
        handler=reviewing.content,
        status=200,
        summary="One image's bytes, or the latest partial image while it is being made.",
        parameters=_PREVIEW,
        media=("image/png", "image/jpeg"),
        problems=(400, 409),
    ),
)
