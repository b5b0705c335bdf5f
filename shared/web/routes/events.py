"""Routes of whoever is told of events, and of whoever sees to it that they arrive."""

from shared.chain.redelivery import DeliveryView
from shared.domain.subscriptions import SubscriptionBody
from shared.security.callers import Role
from shared.web import deliveries, subscriptions
from shared.web.access import Access
from shared.web.continuation import DEFAULT_LIMIT, MAX_LIMIT
from shared.web.route import Parameter, Route

_LIST = (
    Parameter("state", "Only deliveries of this state.", choices=deliveries.STATES),
    Parameter("requestId", "Only those of one request."),
    Parameter("sink", "`callback`, `eventgrid` or `sub-<id>`.", pattern=deliveries.SINK),
    Parameter("limit", f"Normally {DEFAULT_LIMIT}.", most=MAX_LIMIT),
    Parameter("continuation", "From the page before."),
)

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
        *("end_subscription", "DELETE", "subscriptions/{id}", Access.KEY, Role.READ),
        *(subscriptions.unsubscribe, 204, "End a subscription; again changes nothing."),
    ),
    Route(
        *("list_deliveries", "GET", "deliveries", Access.KEY, Role.OPERATE),
        *(deliveries.list_deliveries, 200),
        "Who was told of what, the newest request first; streams of notices before them.",
        response=deliveries.DeliveryList,
        parameters=_LIST,
        problems=(400,),
    ),
    Route(
        *("redeliver", "POST", "deliveries/{id}/redeliver", Access.KEY, Role.OPERATE),
        *(deliveries.send_again, 202),
        "Send one event once more, under the same id; not to a sink that is no more.",
        response=DeliveryView,
        problems=(409,),
    ),
    Route(
        *("redeliver_many", "POST", "deliveries/redeliver", Access.KEY, Role.OPERATE),
        *(deliveries.send_many_again, 200),
        "Send events once more; `continuation` goes on where one answer ends.",
        *(deliveries.RangeBody, deliveries.RangeAnswer),
    ),
)
