"""Routes of whoever sees to it that people and requests are forgotten."""

from shared.domain.erasure_views import ErasureView
from shared.security.callers import Role
from shared.web import erasing
from shared.web.access import Access
from shared.web.route import Parameter, Route

_SIGNATURE = (
    Parameter("signature", "Of a receipt: `signatureValid` says whether it is this one's."),
)

ROWS = (
    Route(
        *("erase", "POST", "erasures", Access.KEY, Role.ERASE, erasing.erase, 202),
        "Erase a request, its released images too, or everything about a person.",
        *(erasing.ErasureBody, ErasureView, (), (404,)),
    ),
    Route(
        *("get_erasure", "GET", "erasures/{id}", Access.KEY, Role.ERASE, erasing.get, 200),
        "How an erasure stands, and its receipt once nothing is left.",
        *(None, ErasureView, _SIGNATURE),
    ),
)
