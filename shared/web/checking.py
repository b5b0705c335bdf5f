"""A dry run: what a submit would do with a body, without doing it."""

from shared.chain.dry_run import dry_run
from shared.chain.services import Services
from shared.domain.submission import SubmitBody
from shared.web.bodies import json_of
from shared.web.exchange import Answer, Call, answer
from shared.web.origins import origin_of
from shared.web.submitting import ordered


def check_request(call: Call, s: Services) -> Answer:
    """
    Raises:
        InvalidRequest: with the faults that a submit would name.
    """
    raw, (origin, faults) = json_of(call), origin_of(call.headers)
    order = ordered(raw, SubmitBody, call.known_caller, origin, faults, s)
    return answer(200, dry_run(order, s))
