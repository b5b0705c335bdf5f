"""Intent, then the paid call: the only place where money is spent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.chain.attempt_store import AttemptStore, Manifest
from shared.chain.journal import Journal
from shared.chain.ports import ModelAnswer, ModelCall
from shared.chain.services import Services
from shared.chain.steps.choose import raise_attention
from shared.chain.steps.looks import second_look, store_of
from shared.chain.steps.spend import reserved
from shared.domain import step as steps
from shared.domain.facts import Completed, FactData, Intended, NotSent, Outcome, Refused, Unknown
from shared.domain.money import estimated_usage, usage_of
from shared.domain.parts import Attempt
from shared.domain.step import CALL_DEADLINE_S, LEASE_S, unsent_in_a_row
from shared.domain.streaming import partial_images_of
from shared.domain.transitions import State
from shared.errors import ModelNotSent, ModelRefused, ModelThrottled, ModelUnknown, StorageError
from shared.security.people import pseudonym

# Between calls that bought nothing: 5 s, doubling to 10 min; upstream's own Retry-After wins.
FIRST_PAUSE_S, MAX_PAUSE_S = 5.0, 600.0


def intend(step: steps.Intend, journal: Journal, s: Services) -> Sequence[FactData]:
    """First a second look: what an earlier, unknown call did buy is taken instead."""
    if found := second_look(journal, s):
        return found
    model = journal.request.terms.options.model
    able = [one for one in s.terms.deployments if one.model == model]
    if not able:
        # The deployment was taken out of the settings since the request was accepted.
        return raise_attention(steps.RaiseAttention("model_unavailable"), journal, s)
    if (asked := reserved(journal, step.attempt, s)) is not None:
        return asked
    return [
        Intended(
            attempt=step.attempt,
            round=journal.request.round,
            deployment=min(able, key=lambda one: one.priority).name,
            lease_until=s.clock.now() + timedelta(seconds=LEASE_S),
        )
    ]


def call(step: steps.Call, journal: Journal, s: Services) -> Sequence[FactData]:
    attempt = journal.request.attempt(step.attempt)
    try:
        content = s.contents.read(journal.id)
    except StorageError:
        pause = timedelta(seconds=FIRST_PAUSE_S)
        return [_not_sent(attempt, "storage_failed", s.clock.now() + pause)]
    now = s.clock.now()  # after the last thing that could have taken long
    if journal.request.state is State.CANCELLING:
        return [_not_sent(attempt, "cancelled", now)]
    if now + timedelta(seconds=CALL_DEADLINE_S) > attempt.lease_until:
        # Frozen since the intent: called now, the call could outlive the lease.
        return [_not_sent(attempt, "lease_too_short", now)]
    if content is None:
        return [_not_sent(attempt, "content_missing", now)]
    return [_paid(journal, attempt, content.prompt, content.requested_by, s)]


def _not_sent(attempt: Attempt, code: str, not_before: datetime) -> NotSent:
    return NotSent(attempt=attempt.number, code=code, not_before=not_before)


def _paid(
    journal: Journal, attempt: Attempt, prompt: str, requested_by: str | None, s: Services
) -> Outcome:
    store = store_of(journal, attempt, s)
    order = _order(journal, attempt, prompt, requested_by, s)
    number = attempt.number
    try:
        answer = s.model.generate(order, store)
        return _completed(journal, attempt, store, answer, len(prompt), s)
    except ModelNotSent as error:
        pause = timedelta(seconds=_pause_s(journal, error))
        return _not_sent(attempt, error.code, s.clock.now() + pause)
    except ModelRefused as error:
        estimate = s.terms.prices.estimate(journal.request.terms.options, len(prompt))
        return Refused(
            attempt=number,
            code=error.code,
            categories=error.categories,
            maybe_billed=estimate if error.maybe_billed else None,
            upstream_request_id=error.upstream_request_id,
        )
    except (ModelUnknown, StorageError) as error:
        code = error.code if isinstance(error, ModelUnknown) else "storage_failed"
        return unknown(journal, attempt, code, len(store.images), s)


def _order(
    journal: Journal, attempt: Attempt, prompt: str, requested_by: str | None, s: Services
) -> ModelCall:
    options = journal.request.terms.options
    wire = {
        "size": options.size,
        "quality": options.quality,
        "output_format": options.output_format,
        "background": options.background,
        "output_compression": options.output_compression,
        "moderation": options.moderation,
    }
    return ModelCall(
        deployment=attempt.deployment,
        prompt=prompt,
        n=options.n,
        options={name: value for name, value in wire.items() if value is not None},
        user=pseudonym(s.terms.ring, requested_by or journal.request.terms.caller),
        client_request_id=f"{journal.id}-{attempt.number}",
        deadline_s=CALL_DEADLINE_S,
        partial_images=partial_images_of(options),
    )


def _completed(
    journal: Journal,
    attempt: Attempt,
    store: AttemptStore,
    answer: ModelAnswer,
    prompt_chars: int,
    s: Services,
) -> Completed:
    options = journal.request.terms.options
    usage = usage_of(answer.usage)
    counted = usage or estimated_usage(options, prompt_chars)
    return store.write_manifest(
        Manifest(
            request_id=journal.id,
            attempt=attempt.number,
            images=store.images,
            usage=usage,
            cost=s.terms.prices.cost(options.model, counted, estimated=usage is None),
            upstream_request_id=answer.upstream_request_id,
        )
    )


def _pause_s(journal: Journal, error: ModelNotSent) -> float:
    if isinstance(error, ModelThrottled):
        return max(error.retry_after_s, 1.0)
    earlier = replace(journal.request, attempts=journal.request.attempts[:-1])
    failures = len(unsent_in_a_row(earlier))
    return max(error.retry_after_s, min(FIRST_PAUSE_S * 2.0**failures, MAX_PAUSE_S))


def unknown(
    journal: Journal, attempt: Attempt, code: str, stored: int, s: Services, inferred: bool = False
) -> Unknown:
    return Unknown(
        attempt=attempt.number,
        code=code,
        inferred=inferred,
        stored=stored,
        maybe_billed=s.terms.prices.estimate(journal.request.terms.options, prompt_chars=0),
    )
