"""The one table of routes: who may do what, and which function answers."""

from collections.abc import Mapping

from shared.chain.services import Services
from shared.web import health
from shared.web.access import Access
from shared.web.exchange import Answer, Call, answer
from shared.web.openapi import document
from shared.web.route import Route
from shared.web.routes import (
    anybody,
    batches,
    erasures,
    events,
    operations,
    prompts,
    requests,
    reviews,
)


def openapi(call: Call, s: Services) -> Answer:
    terms, rows = s.terms, tuple(ROUTES.values())
    return answer(200, document(rows, terms.public_url, health.VERSION, terms.entra_audience))


_OPENAPI = Route(
    *("openapi", "GET", "openapi.json", Access.OPEN, None, openapi, 200), "This document."
)
ROUTES: Mapping[str, Route] = {
    row.name: row
    for row in (
        *requests.ROWS,
        *batches.ROWS,
        *reviews.ROWS,
        *operations.ROWS,
        *events.ROWS,
        *prompts.ROWS,
        *erasures.ROWS,
        *anybody.ROWS,
        _OPENAPI,
    )
}
