"""Routes of whoever asks for images."""

from typing import Any

from pydantic import BaseModel

from shared.chain.held_answers import MOST_WAIT_S
from shared.domain.dry_run_views import DryRun
from shared.domain.image_views import ProvenanceLine
from shared.domain.resource import Resource, Ticket
from shared.domain.submission import SubmitBody
from shared.security.callers import Role
from shared.web import (
    changing,
    checking,
    listing,
    models,
    reading,
    submitting,
    unsubscribing,
    uploading,
)
from shared.web.access import Access
from shared.web.continuation import DEFAULT_LIMIT, MAX_LIMIT
from shared.web.origins import KEY_HEADER
from shared.web.route import Parameter, Route
from shared.web.shelf import CALLER


class RequestList(BaseModel):
    """One page, newest first; `continuation` asks for the next."""

    items: list[Resource]
    continuation: str | None


class EvidencePack(BaseModel):
    """
    The audit pack; `journal` has the record's lines as they are stored, `source` those of the
    request whose approval was reused, up to its release.
    """

    request: Resource
    journal: list[str]
    source: list[str]
    chain: dict[str, Any]
    decisions: list[dict[str, Any]]
    images: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    costs: list[dict[str, Any]]
    screenings: list[dict[str, Any]]
    policy: dict[str, Any] | None
    provenance: list[ProvenanceLine]
    batch: dict[str, Any] | None


SENDER = (
    Parameter(
        "Idempotency-Key",
        "Same key, same body: same request. `none`: never.",
        "header",
        pattern=KEY_HEADER,
    ),
    Parameter("x-ms-workflow-run-id", "Recorded; makes a flow's repeats the same.", "header"),
    Parameter("x-ms-workflow-operation-name", "Goes with the run's id.", "header"),
    Parameter("x-ms-client-tracking-id", "Recorded and passed on.", "header"),
    Parameter("traceparent", "Recorded and passed on.", "header"),
)
_STEP = tuple(one for one in SENDER if one.name not in ("traceparent", "x-ms-workflow-run-id"))
_REPEATS = (
    Parameter(
        "Idempotency-Key",
        "As a submit would send it: a repeat is told as one.",
        "header",
        pattern=KEY_HEADER,
    ),
    Parameter("x-ms-workflow-run-id", "Likewise, for a step of a flow.", "header"),
    Parameter("x-ms-workflow-operation-name", "Goes with the run's id.", "header"),
)
_LIST = (
    Parameter("status", "Only requests of this status.", choices=listing.STATUSES),
    Parameter("caller", "Another caller's requests; needs `readAll`.", pattern=CALLER),
    Parameter("idempotencyKey", "The request that this key stands for."),
    Parameter("limit", f"Normally {DEFAULT_LIMIT}.", most=MAX_LIMIT),
    Parameter("continuation", "From the page before."),
)
_UNTIL = (Parameter("until", "Ends the wait earlier.", choices=reading.UNTIL),)
_WAIT = f"`wait=N`: up to {MOST_WAIT_S} s for the result; not heeded when many wait."
_PLACING = (*SENDER, *_UNTIL, Parameter("Prefer", _WAIT, "header"))

ROWS = (
    Route(
        *("submit", "POST", "images", Access.KEY, Role.SUBMIT, submitting.submit, 202),
        "Submit one request.",
        *(SubmitBody, Ticket, _PLACING, (402, 409, 422, 429)),
        polled=True,
        waits=True,
    ),
    Route(
        *("start", "POST", "images/start", Access.KEY, Role.SUBMIT, submitting.start, 201),
        "Submit one request that nobody waits for: `Location` is the request, not its result.",
        *(SubmitBody, Ticket, SENDER, (402, 409, 422, 429)),
    ),
    Route(
        *("list_models", "GET", "models", Access.KEY, Role.READ, models.list_models, 200),
        "The models that this caller may ask for, and what each of them takes.",
        *(None, models.ModelList),
    ),
    Route(
        *("check_request", "POST", "policy/check", Access.KEY, Role.SUBMIT),
        *(checking.check_request, 200, "What a submit would do; nothing is stored or spent."),
        *(SubmitBody, DryRun, _REPEATS),
    ),
    Route(
        *("list_images", "GET", "images", Access.KEY, Role.READ, listing.list_requests, 200),
        "List requests, newest first.",
        *(None, RequestList, _LIST, (400,)),
    ),
    Route(
        *("get_image", "GET", "images/{id}", Access.KEY, Role.READ, reading.get, 200),
        "The request, whatever its state.",
        *(None, Resource),
    ),
    Route(
        *("result", "GET", "images/{id}/result", Access.TOKEN, None, reading.result, 200),
        "Poll for the result: 202 until it is there.",
        *(None, Resource, _UNTIL, (400,)),
        polled=True,
    ),
    Route(
        *("cancel", "POST", "images/{id}/cancel", Access.KEY, Role.SUBMIT, changing.cancel, 200),
        "Cancel the request.",
        *(None, Resource, (), (409,)),
    ),
    Route(
        *("rerun", "POST", "images/{id}/rerun", Access.KEY, Role.SUBMIT, submitting.rerun, 202),
        "A new request with the same content.",
        *(None, Ticket, _PLACING, (400, 402, 409, 422, 429)),
        polled=True,
        waits=True,
    ),
    Route(
        *("unsubscribe", "POST", "callbacks/unsubscribe", Access.KEY, Role.SUBMIT),
        *(unsubscribing.unsubscribe, 200, "Send nothing more to the callback of a request."),
        *(unsubscribing.UnsubscribeBody, unsubscribing.Unsubscribed, _STEP),
        body_required=False,
    ),
    Route(
        *("upload", "POST", "uploads", Access.KEY, Role.SUBMIT, uploading.upload, 201),
        "A place for an input image, or a body for the queue, that is too large to send along.",
        *(uploading.UploadBody, uploading.Upload),
    ),
    Route(
        *("evidence", "GET", "images/{id}/evidence", Access.KEY, Role.READ, changing.evidence, 200),
        "The audit pack.",
        *(None, EvidencePack),
    ),
)
