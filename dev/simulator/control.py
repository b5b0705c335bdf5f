"""The simulator's own routes, which Azure does not have: faults, books, blocklists. No auth."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from .answers import Answer, Refusal, Request
from .faults import parse_faults
from .safety import parse_lists
from .service import Service

Told = TypeVar("Told")


def order_faults(service: Service, request: Request) -> Answer:
    """Queue a list of orders, all or none, and show the queue."""
    service.faults.add(_read(request, parse_faults, "InvalidFaultOrder"))
    return show_faults(service, request)


def _read(request: Request, parse: Callable[[object], Told], code: str) -> Told:
    try:
        return parse(json.loads(request.body))
    except ValueError as wrong:
        error = {"code": code, "message": str(wrong)}
        raise Refusal(400, {"error": error}) from None


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


def put_blocklists(service: Service, request: Request) -> Answer:
    """These blocklists, in place of all there were."""
    service.shelf.replace(_read(request, parse_lists, "InvalidBlocklists"))
    return show_blocklists(service, request)


def show_blocklists(service: Service, request: Request) -> Answer:
    return Answer(200, service.shelf.lists())


def clear_blocklists(service: Service, request: Request) -> Answer:
    service.shelf.clear()
    return show_blocklists(service, request)


def show_screenings(service: Service, request: Request) -> Answer:
    return Answer(200, service.shelf.rows())
