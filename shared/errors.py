"""
Every error of the app, drawn as one tree (a test compares the drawing with the classes).

DarkroomError
  CallerError
    InvalidRequest
      PolicyRejected
    NotAuthenticated
    BudgetExhausted
    Forbidden
    NotFound
    Conflict
    ReviewClosed
    LengthRequired
    BodyTooLarge
    KeyReused
    TooManyOpenRequests
  OurError
    SettingsError
    IllegalMove
    CorruptJournal
    NewerFact
    DigestMismatch
    DocumentBroken
      PolicyBroken
      PricesBroken
  ServiceError
    PolicyUnavailable
    PricesUnavailable
    StorageError
      Missing
      AlreadyThere
      Changed
    ModelError
      ModelNotSent
        ModelThrottled
      ModelRefused
      ModelUnknown
    ScreeningError
      ScreeningMisconfigured
    SinkError
      AddressRefused

A caller can mend a `CallerError`, we an `OurError`; a `ServiceError` comes from around us.
Each class has an HTTP `status`, a stable `code`, and `retry`: whether the same work may
succeed later without anybody changing anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that is wrong with an input; `pointer` is a JSON Pointer fragment (`#/n`), `rule`
    the id of the policy's rule that says so.
    """

    pointer: str
    detail: str
    rule: str | None = None


# What is wrong with a thousand items is wrong with the first ones.
MAX_FAULTS = 200
MORE = Fault("#", "There are more faults, which are not listed.")


def _counted(faults: Sequence[Fault]) -> str:
    return str(len(faults)) if len(faults) <= MAX_FAULTS else f"More than {MAX_FAULTS}"


class DarkroomError(Exception):
    """Root of the tree; its text may be shown to callers and never holds content or secrets."""

    status, code, retry = 500, "internal", False

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        super().__init__(detail or type(self).__doc__ or "")
        if code is not None:
            self.code = code


class CallerError(DarkroomError):
    """The caller asked for something that cannot be done; `retry_after_s`: not yet."""

    status = 400
    retry_after_s: int | None = None


class InvalidRequest(CallerError):
    """The input has faults; all of them are listed, as far as anybody would read on."""

    status, code = 400, "invalid_request"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{_counted(faults)} fault(s) in the request.")
        more = (MORE,) if len(faults) > MAX_FAULTS else ()
        self.faults = (*faults[:MAX_FAULTS], *more)


class PolicyRejected(InvalidRequest):
    """The policy does not allow it; every rule that says so is listed."""

    status, code = 422, "policy_rejected"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        self.args = (f"{_counted(faults)} rule(s) of the policy do not allow it.",)


class NotAuthenticated(CallerError):
    """No valid key, token or signature came with the request."""

    status, code = 401, "unauthorized"


class BudgetExhausted(CallerError):
    """The caller's budget for this month has no room for the request."""

    status, code = 402, "budget_exhausted"


class Forbidden(CallerError):
    """The caller is known but may not do this."""

    status, code = 403, "forbidden"


class NotFound(CallerError):
    """There is nothing here for this caller."""

    status, code = 404, "not_found"


class Conflict(CallerError):
    """The request is in a state that does not allow this."""

    status, code = 409, "conflict"


class ReviewClosed(CallerError):
    """The time for this decision is over."""

    status, code = 410, "review_closed"


class LengthRequired(CallerError):
    """The body is empty, as a chunked one arrives; send a Content-Length."""

    status, code = 411, "length_required"


class BodyTooLarge(CallerError):
    """The body is larger than the route takes."""

    status, code = 413, "body_too_large"


class KeyReused(CallerError):
    """The idempotency key was used with another body."""

    status, code = 422, "idempotency_key_reused"


class TooManyOpenRequests(CallerError):
    """The caller has as many unfinished requests as it may have."""

    status, code, retry_after_s = 429, "too_many_open_requests", 30


class OurError(DarkroomError):
    """Something inside the app is wrong."""


class SettingsError(OurError):
    """Settings are missing or wrong; all of them are named."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("Wrong settings:\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = tuple(faults)


class IllegalMove(OurError):
    """A fact that the request's state does not allow; nothing was changed."""


class CorruptJournal(OurError):
    """A journal whose lines do not follow from each other."""


class NewerFact(OurError):
    """A fact that only a newer version of this app understands; left to a newer worker."""

    retry = True


class DigestMismatch(OurError):
    """Stored bytes are not the bytes that were reviewed."""

    code = "digest_mismatch"


class DocumentBroken(OurError):
    """A document of the operator's with faults; all of them are listed."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} fault(s) in the document.")
        self.faults = tuple(faults)


class PolicyBroken(DocumentBroken):
    """A policy document with faults; all of them are listed."""


class PricesBroken(DocumentBroken):
    """A price book with faults; all of them are listed."""


class ServiceError(DarkroomError):
    """A service around us failed."""

    status, code, retry = 503, "unavailable", True


class PolicyUnavailable(ServiceError):
    """No policy could be read yet, and without one nothing new is taken."""


class PricesUnavailable(ServiceError):
    """No price book could be read yet, and without prices nothing is taken or bought."""


class StorageError(ServiceError):
    """Storage did not answer, or its answer was lost; the write may have happened."""


class Missing(StorageError):
    """The blob is not there."""

    retry = False


class AlreadyThere(StorageError):
    """The blob exists and was to be created."""

    retry = False


class Changed(StorageError):
    """The blob was changed, or is longer than expected: somebody was faster."""

    retry = False


class ModelError(ServiceError):
    """A paid call ended without images; the branch says what that means for money."""

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        categories: Sequence[str] = (),
        retry_after_s: float = 0.0,
        upstream_request_id: str | None = None,
    ) -> None:
        super().__init__(detail, code=code)
        self.categories, self.retry_after_s = tuple(categories), retry_after_s
        self.upstream_request_id = upstream_request_id


class ModelNotSent(ModelError):
    """Nothing was bought: the call may be made again."""

    code = "unreachable"


class ModelThrottled(ModelNotSent):
    """Upstream's quota is used up for now (429)."""

    code = "throttled"


class ModelRefused(ModelError):
    """Upstream refused this very request (400); asking again would be another strike."""

    code = "model_rejected_request"
    retry, maybe_billed = False, False


class ModelUnknown(ModelError):
    """Nobody can say whether the call was carried out and billed (408, 5xx, broken answer)."""

    code, retry = "broken_answer", False


class ScreeningError(ServiceError):
    """What a text holds could not be found out; another try may succeed."""

    code = "service_failed"

    def __init__(
        self, detail: str = "", *, code: str | None = None, retry_after_s: float = 0.0
    ) -> None:
        super().__init__(detail, code=code)
        self.retry_after_s = retry_after_s


class ScreeningMisconfigured(ScreeningError):
    """Our key, role, resource or blocklist is wrong: somebody has to mend it."""

    code, retry = "not_configured", False


class SinkError(ServiceError):
    """A host outside could not be reached: an event's receiver, or where an input lies."""


class AddressRefused(SinkError):
    """The address is not one we may call."""

    retry = False
