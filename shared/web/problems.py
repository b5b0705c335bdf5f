"""Errors as callers see them: RFC 9457 problem details with a stable `code`."""

from http import HTTPStatus

from pydantic import BaseModel, Field

from shared.errors import CallerError, DarkroomError, InvalidRequest, ServiceError
from shared.web.exchange import GUARDS, Answer

CONTENT_TYPE = "application/problem+json"
# A storage failure is over within seconds, or takes long anyway.
RETRY_AFTER_S = 5
BROKEN = "Something went wrong on our side. The reference finds it in the logs."
AWAY = "A service this app needs did not answer. Nothing was lost; try again."


class FaultView(BaseModel):
    """One thing that is wrong; `pointer` is a JSON Pointer fragment."""

    pointer: str
    detail: str
    rule: str | None = Field(default=None, description="The id of the policy's rule.")


class Problem(BaseModel):
    """RFC 9457, with a stable `code` and, for 400 and the policy's 422, every fault at once."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[FaultView] | None = None
    reference: str | None = Field(default=None, description="Finds a failure of ours in the logs.")


def problem_of(error: DarkroomError, instance: str, reference: str | None) -> Answer:
    """Only a caller's own mistake is told in the error's words."""
    if isinstance(error, CallerError):
        return _answer(error.status, error.code, str(error), instance, error)
    if isinstance(error, ServiceError):
        return _answer(503, "unavailable", AWAY, instance, reference=reference)
    return _answer(500, error.code, BROKEN, instance, reference=reference)


def unexpected(instance: str, reference: str) -> Answer:
    return _answer(500, "internal", BROKEN, instance, reference=reference)


def _answer(
    status: int,
    code: str,
    detail: str,
    instance: str,
    error: DarkroomError | None = None,
    reference: str | None = None,
) -> Answer:
    faults = error.faults if isinstance(error, InvalidRequest) else ()
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=instance,
        code=code,
        errors=[FaultView(pointer=one.pointer, detail=one.detail, rule=one.rule) for one in faults]
        or None,
        reference=reference,
    )
    # The fields may hold names that the sender made up, lone surrogates among them.
    body = problem.model_dump_json(exclude_none=True, ensure_ascii=True).encode()
    retry_after_s = RETRY_AFTER_S if status == 503 else None
    if isinstance(error, CallerError):
        retry_after_s = error.retry_after_s
    retry = {"Retry-After": str(retry_after_s)} if retry_after_s else {}
    return Answer(status, body, CONTENT_TYPE, {**GUARDS, **retry})
