"""Routes that ask for nobody's key: health, and the pages, which bring their own token or key."""

from shared.web import health, pages
from shared.web.access import Access
from shared.web.route import Route

ROWS = (
    Route(
        *("health", "GET", "health", Access.OPEN, None, health.alive, 200),
        "Whether the app is alive.",
        *(None, health.Alive),
    ),
    Route(
        *("health_ready", "GET", "health/ready", Access.OPEN, None, health.ready, 200),
        "Whether it can work: 503 when storage does not answer.",
        *(None, health.Ready),
    ),
    Route(
        *("review", "GET", "review", Access.OPEN, None, pages.review, 200),
        "The reviewer's page; its token is in the fragment.",
        media=("text/html",),
    ),
    Route(
        *("console", "GET", "console", Access.OPEN, None, pages.console, 200),
        "The operator's page; it asks for a key.",
        media=("text/html",),
    ),
    Route(
        *("asset", "GET", "assets/{folder}/{file}", Access.OPEN, None, pages.asset, 200),
        "A file of the pages.",
        media=("text/css", "text/javascript", "image/svg+xml"),
    ),
)
