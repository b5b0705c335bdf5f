"""Routes of whoever is told of events, and of whoever sees to it that they arrive."""

from shared.domain.subscriptions import SubscriptionBody
from shared.security.callers import Role
from shared.web import subscriptions
from shared.web.access import Access
from shared.web.route import Route

ROWS = (
    Route(
        *("subscribe", "POST", "subscriptions", Access.KEY, Role.READ),
        *(subscriptions.subscribe, 201, "Be told of events at an address of yours."),
        request=SubscriptionBody,
        response=subscriptions.SubscriptionView,
        problems=(409,),
    ),
    Route(
        *("list_subscriptions", "GET", "subscriptions", Access.KEY, Role.READ),
        *(subscriptions.list_subscriptions, 200),
        "The caller's own subscriptions; everybody's with the role `operate`.",
        *(None, subscriptions.SubscriptionList),
    ),
    Route(
        *("rotate_secret", "POST", "subscriptions/{id}/rotate", Access.KEY, Role.READ),
        *(subscriptions.rotate, 200),
        "A new secret; the one before signs as well for another 24 hours.",
        *(None, subscriptions.SubscriptionView),
    ),
    Route(
        *("unsubscribe", "DELETE", "subscriptions/{id}", Access.KEY, Role.READ),
        *(subscriptions.unsubscribe, 204, "End a subscription; again changes nothing."),
    ),
)
