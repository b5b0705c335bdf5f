"""Routes of batches: whoever may submit one request may submit a thousand."""

from shared.domain.batch_body import BatchBody
from shared.domain.batch_decision import BatchDecisionBody
from shared.domain.batch_review_views import BatchReviewView
from shared.domain.batch_views import BatchList, BatchView
from shared.security.callers import Role
from shared.web import batch_reviewing, batches
from shared.web.access import Access
from shared.web.continuation import DEFAULT_LIMIT, MAX_LIMIT
from shared.web.route import Parameter, Route
from shared.web.routes.requests import SENDER
from shared.web.shelf import CALLER

_PAGE = (
    Parameter("limit", f"Rows of a page; normally {DEFAULT_LIMIT}.", most=MAX_LIMIT),
    Parameter("continuation", "From the page before."),
)
_READ = (
    Parameter("detail", "`status`: what each open row waits for.", choices=batches.DETAILS),
    Parameter("status", "Only rows that are so, without `detail`.", choices=batches.ROW_STATUSES),
    *_PAGE,
)

_LIST = (
    Parameter("status", "Only batches of this status.", choices=batches.STATUSES),
    Parameter("caller", "Another caller's batches; needs `readAll`.", pattern=CALLER),
    Parameter("limit", f"Normally {DEFAULT_LIMIT}.", most=MAX_LIMIT),
    Parameter("continuation", "From the page before."),
)

ROWS = (
    Route(
        *("submit_batch", "POST", "batches", Access.KEY, Role.SUBMIT, batches.submit_batch, 202),
        "Submit up to 1,000 requests as one.",
        *(BatchBody, BatchView, SENDER, (402, 422, 429)),
    ),
    Route(
        *("list_batches", "GET", "batches", Access.KEY, Role.READ, batches.list_batches, 200),
        "List batches, newest first, without their rows.",
        *(None, BatchList, _LIST, (400,)),
    ),
    Route(
        *("get_batch", "GET", "batches/{id}", Access.KEY, Role.READ, batches.get_batch, 200),
        "The batch and a page of its rows, in their order.",
        *(None, BatchView, _READ, (400,)),
    ),
    Route(
        *("batch_review", "GET", "batches/{id}/review", Access.MIXED, Role.DECIDE),
        *(batch_reviewing.view, 200),
        summary="What the link, or the caller, is asked about a whole batch, a page of its rows.",
        parameters=_PAGE,
        response=BatchReviewView,
        problems=(400,),
    ),
    Route(
        *("batch_decision", "POST", "batches/{id}/decision", Access.MIXED, Role.DECIDE),
        handler=batch_reviewing.decision,
        status=200,
        summary="A verdict on a whole batch; also as Approvals and Outlook send it.",
        request=BatchDecisionBody,
        response=BatchReviewView,
        problems=(409, 410),
    ),
    Route(
        *("cancel_batch", "POST", "batches/{id}/cancel", Access.KEY, Role.SUBMIT),
        *(batches.cancel_batch, 200, "Cancel every row that is not over."),
        response=BatchView,
        problems=(409,),
    ),
)
