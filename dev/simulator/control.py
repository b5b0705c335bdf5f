"""The simulator's own routes, which Azure does not have: fault orders and the ledger. No auth."""

from __future__ import annotations

import json

from .answers import Answer, Refusal, Request
from .faults import parse_faults
from .service import Service


def order_faults(service: Service, request: Request) -> Answer:
    """Queue a list of orders, all or none, and show the queue."""
    try:
        orders = parse_faults(json.loads(request.body))
    except ValueError as wrong:
        error = {"code": "InvalidFaultOrder", "message": str(wrong)}
        raise Refusal(400, {"error": error}) from None
    service.faults.add(orders)
    return show_faults(service, request)


def show_faults(service: Service, request: Request) -> Answer:
    return Answer(200, service.faults.rows())


def clear_faults(service: Service, request: Request) -> Answer:
    service.faults.clear()
    return show_faults(service, request)


def show_ledger(service: Service, request: Request) -> Answer:
    return Answer(200, service.ledger.rows())


def clear_ledger(service: Service, request: Request) -> Answer:
    service.ledger.clear()
    return show_ledger(service, request)
