"""Erasures: of one request by its id, or of everything about one person."""

from typing import Annotated

from pydantic import Field, StrictStr, StringConstraints

from shared.chain import erasures
from shared.chain.erasures import Record
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain import names
from shared.domain.erasure_views import ErasureView, Receipt
from shared.domain.request import Request
from shared.domain.values import INSTANT, Instant, Value
from shared.errors import Fault, InvalidRequest, NotFound
from shared.security.receipts import is_signed, sign_receipt
from shared.web.bodies import json_of, validated
from shared.web.exchange import Answer, Call, answer
from shared.web.reading import load_known, may_see


class ErasureBody(Value):
    """
    Exactly one of the two. A person is given as `requestedBy`, `reviewers` and decisions have
    them; case does not matter.
    """

    request_id: StrictStr | None = None
    subject: Annotated[StrictStr, StringConstraints(min_length=1, max_length=200)] | None = Field(
        default=None, repr=False
    )


def erase(call: Call, s: Services) -> Answer:
    body = validated(json_of(call), ErasureBody)
    caller = call.known_caller.name
    if body.request_id is not None and body.subject is None:
        journal = _visible(body.request_id, call, s)
        found = erasures.erase_request(journal.id, journal.id, caller, s)
        return _answer(202, _of_request(found, s), s)
    if body.request_id is None and body.subject is not None and body.subject.strip():
        return _answer(202, _of_person(erasures.erase_person(body.subject, caller, s), s), s)
    raise InvalidRequest([Fault("#", "Exactly one of requestId and subject is needed.")])


def get(call: Call, s: Services) -> Answer:
    if not names.is_ulid(call.id):
        raise NotFound
    if (record := erasures.read(call.id, s)) is not None:
        found = _of_person(record, s)
    else:
        found = _of_request(_visible(call.id, call, s), s)
    signature = call.query.get("signature")
    if signature is not None:
        valid = found.receipt is not None and is_signed(
            s.terms.ring, _signed(found.id, found.receipt), signature
        )
        found = found.model_copy(update={"signature_valid": valid})
    return answer(200, found)


def _visible(request_id: str, call: Call, s: Services) -> Journal:
    """
    Raises:
        NotFound: there is no such request, or it is none of this caller's business.
    """
    journal = load_known(request_id, s)
    if not may_see(call.known_caller, journal.request):
        raise NotFound
    return journal


def _answer(status: int, view: ErasureView, s: Services) -> Answer:
    return answer(status, view, Location=f"{s.terms.public_url}/erasures/{view.id}")


def _of_request(journal: Journal, s: Services) -> ErasureView:
    """One that goes with a person's erasure is shown by its own id, too."""
    request: Request = journal.request
    if request.erasure is None:
        raise NotFound
    done_at, blobs = request.erasure.done_at, request.erasure.blobs
    return _view(journal.id, done_at, s, requests=1, redacted=0, blobs=blobs)


def _of_person(record: Record, s: Services) -> ErasureView:
    counts = {"requests": record.requests, "redacted": record.redacted, "blobs": record.blobs}
    return _view(record.id, record.done_at, s, **counts)


def _view(erasure: str, done_at: Instant | None, s: Services, **counts: int) -> ErasureView:
    if done_at is None:
        return ErasureView(id=erasure, state="running", receipt=None)
    receipt = Receipt(at=done_at, signature="", **counts)
    signature = sign_receipt(s.terms.ring, _signed(erasure, receipt))
    signed = receipt.model_copy(update={"signature": signature})
    return ErasureView(id=erasure, state="done", receipt=signed)


def _signed(erasure: str, receipt: Receipt) -> dict[str, object]:
    return {
        "id": erasure,
        "requests": receipt.requests,
        "redacted": receipt.redacted,
        "blobs": receipt.blobs,
        "at": INSTANT.dump_python(receipt.at),
        "recoverableUntil": None,
    }
