"""The one table of routes: who may do what, and which function answers."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from shared.chain.conditions import Condition
from shared.chain.services import Services
from shared.domain.decision import DecisionBody
from shared.domain.resource import Resource, Ticket
from shared.domain.submission import SubmitBody
from shared.security.callers import Role
from shared.web import (
    changing,
    deployments,
    health,
    listing,
    pages,
    reading,
    reviewing,
    submitting,
    uploading,
    usage,
)
from shared.web.access import Access
from shared.web.exchange import Answer, Call, answer
from shared.web.openapi import document
from shared.web.route import Parameter, Route


class RequestList(BaseModel):
    """One page, newest first; `continuation` asks for the next."""

    items: list[Resource]
    continuation: str | None


class EvidencePack(BaseModel):
    """The audit pack; `journal` has the record's lines as they are stored."""

    request: Resource
    journal: list[str]
    chain: dict[str, Any]
    decisions: list[dict[str, Any]]
    images: list[dict[str, Any]]
    deliveries: list[dict[str, Any]]
    costs: list[dict[str, Any]]
    policy: dict[str, Any] | None
    provenance: list[dict[str, Any]]


def openapi(call: Call, s: Services) -> Answer:
    return answer(200, document(tuple(ROUTES.values()), s.terms.public_url, health.VERSION))


KEY, MIXED, TOKEN, OPEN = Access.KEY, Access.MIXED, Access.TOKEN, Access.OPEN

_SENDER = (
    Parameter("Idempotency-Key", "Same key, same body: same request. `none`: never.", "header"),
    Parameter("x-ms-workflow-run-id", "Recorded; makes a flow's repeats the same.", "header"),
    Parameter("x-ms-workflow-operation-name", "Goes with the run's id.", "header"),
    Parameter("x-ms-client-tracking-id", "Recorded and passed on.", "header"),
    Parameter("traceparent", "Recorded and passed on.", "header"),
)
_LIST = (
    Parameter("status", "Only requests of this status.", choices=listing.STATUSES),
    Parameter("caller", "Another caller's requests; needs `readAll`.", pattern=listing.CALLER),
    Parameter("idempotencyKey", "The request that this key stands for."),
    Parameter("limit", f"Normally {listing.DEFAULT_LIMIT}.", most=listing.MAX_LIMIT),
    Parameter("continuation", "From the page before."),
)
_PREVIEW = (Parameter("preview", "The latest partial image, if any.", choices=("1",)),)
_RELEASE = (
    Parameter("release", "Hold no caller for a block any longer.", choices=deployments.RELEASE),
)
_UNTIL = (Parameter("until", "Ends the wait earlier.", choices=reading.UNTIL),)
_USAGE = (
    Parameter(
        "month",
        "`YYYY-MM`, of the time of acceptance (UTC); normally this month.",
        pattern=usage.MONTH,
    ),
    Parameter("groupBy", "Normally `caller`.", choices=usage.GROUPS),
    Parameter("format", "Normally `json`.", choices=usage.FORMATS),
)

_ROWS = (
    Route(
        *("submit", "POST", "images", KEY, Role.SUBMIT, submitting.submit, 202),
        "Submit one request.",
        *(SubmitBody, Ticket, _SENDER, (402, 409, 422, 429)),
        polled=True,
    ),
    Route(
        *("list_images", "GET", "images", KEY, Role.READ, listing.list_requests, 200),
        "List requests, newest first.",
        *(None, RequestList, _LIST, (400,)),
    ),
    Route(
        *("get_image", "GET", "images/{id}", KEY, Role.READ, reading.get, 200),
        "The request, whatever its state.",
        *(None, Resource),
    ),
    Route(
        *("result", "GET", "images/{id}/result", TOKEN, None, reading.result, 200),
        "Poll for the result: 202 until it is there.",
        *(None, Resource, _UNTIL, (400,)),
        polled=True,
    ),
    Route(
        *("decision", "POST", "images/{id}/decision", MIXED, Role.DECIDE, reviewing.decision, 200),
        "A reviewer's verdict; also as Approvals and Outlook send it.",
        *(DecisionBody, Resource, (), (409, 410)),
    ),
    Route(
        *("cancel", "POST", "images/{id}/cancel", KEY, Role.SUBMIT, changing.cancel, 200),
        "Cancel the request.",
        *(None, Resource, (), (409,)),
    ),
    Route(
        *("resume", "POST", "images/{id}/resume", KEY, Role.OPERATE, changing.resume, 200),
        "An operator's answer to a request that needs attention.",
        *(changing.ResumeBody, Resource, (), (409,)),
    ),
    Route(
        *("rerun", "POST", "images/{id}/rerun", KEY, Role.SUBMIT, submitting.rerun, 202),
        "A new request with the same content.",
        *(None, Ticket, _SENDER, (400, 402, 409, 422, 429)),
        polled=True,
    ),
    Route(
        *("upload", "POST", "uploads", KEY, Role.SUBMIT, uploading.upload, 201),
        "A place for an input image, or a body for the queue, that is too large to send along.",
        *(uploading.UploadBody, uploading.Upload),
    ),
    Route(
        *("evidence", "GET", "images/{id}/evidence", KEY, Role.READ, changing.evidence, 200),
        "The audit pack.",
        *(None, EvidencePack),
    ),
    Route(
        *("content", "GET", "images/{id}/content/{index}", MIXED, Role.READ),
        handler=reviewing.content,
        status=200,
        summary="One image's bytes, or the latest partial image while it is being made.",
        parameters=_PREVIEW,
        media=("image/png", "image/jpeg"),
        problems=(400, 409),
    ),
    Route(
        *("usage", "GET", "usage", KEY, Role.READ, usage.usage, 200),
        "A month's usage: everybody's with the role `readAll`, else the caller's own.",
        *(None, usage.Usage, _USAGE, (400,)),
        media=("text/csv",),
    ),
    Route(
        *("pause_deployment", "POST", "deployments/{name}/pause", KEY, Role.OPERATE),
        *(deployments.pause, 200, "No new paid calls on this deployment."),
        response=Condition,
    ),
    Route(
        *("resume_deployment", "POST", "deployments/{name}/resume", KEY, Role.OPERATE),
        *(deployments.resume, 200, "End a pause; a blocked deployment may be tried at once."),
        response=Condition,
        parameters=_RELEASE,
        problems=(400,),
    ),
    Route(
        *("webhook_key", "GET", "webhook-key", KEY, Role.OPERATE, health.webhook_key, 200),
        "The secret that signs callbacks without their own.",
        *(None, health.WebhookKey),
    ),
    Route(
        *("health", "GET", "health", OPEN, None, health.alive, 200),
        "Whether the app is alive.",
        *(None, health.Alive),
    ),
    Route(
        *("health_ready", "GET", "health/ready", OPEN, None, health.ready, 200),
        "Whether it can work: 503 when storage does not answer.",
        *(None, health.Ready),
    ),
    Route(
        *("review", "GET", "review", OPEN, None, pages.review, 200),
        "The reviewer's page; its token is in the fragment.",
        media=("text/html",),
    ),
    Route(
        *("openapi", "GET", "openapi.json", OPEN, None, openapi, 200),
        "This document.",
    ),
)
ROUTES: Mapping[str, Route] = {row.name: row for row in _ROWS}
