"""Routes of batches: whoever may submit one request may submit a thousand."""

from shared.domain.batch_body import BatchBody
from shared.domain.batch_views import BatchList, BatchView
from shared.security.callers import Role
from shared.web import batches
from shared.web.access import Access
from shared.web.continuation import DEFAULT_LIMIT, MAX_LIMIT
from shared.web.route import Parameter, Route
from shared.web.routes.requests import SENDER
from shared.web.shelf import CALLER

_READ = (
    Parameter("detail", "`status`: what each open row waits for.", choices=batches.DETAILS),
    Parameter("status", "Only rows that are so, without `detail`.", choices=batches.ROW_STATUSES),
    Parameter("limit", f"Rows of a page; normally {DEFAULT_LIMIT}.", most=MAX_LIMIT),
    Parameter("continuation", "From the page before."),
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
        *("cancel_batch", "POST", "batches/{id}/cancel", Access.KEY, Role.SUBMIT),
        *(batches.cancel_batch, 200, "Cancel every row that is not over."),
        response=BatchView,
        problems=(409,),
    ),
)
