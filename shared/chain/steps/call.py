"""The paid call: the only place where money is spent."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from shared.chain import input_store
from shared.chain.attempt_store import AttemptStore, Manifest
from shared.chain.costs import counted, estimate_of
from shared.chain.feedback import prompt_of
from shared.chain.journal import Journal
from shared.chain.ports import InputFile, ModelAnswer, ModelCall
from shared.chain.router import elsewhere
from shared.chain.services import Services
from shared.chain.steps.choose import raise_attention
from shared.chain.steps.looks import store_of
from shared.chain.steps.screen import as_screened
from shared.chain.steps.turns import call_is_over, close_lane, its_turn
from shared.domain import step as steps
from shared.domain.facts import Completed, FactData, NotSent, Outcome, Refused, Unknown
from shared.domain.next_step import PATIENT, failures, unsent_in_a_row
from shared.domain.parts import Attempt
from shared.domain.request import Request
from shared.domain.step import CALL_DEADLINE_S
from shared.domain.streaming import partial_images_of
from shared.domain.transitions import State
from shared.errors import (
    DarkroomError,
    ModelNotSent,
    ModelRefused,
    ModelThrottled,
    ModelUnknown,
    StorageError,
)
from shared.security.people import pseudonym

# Between calls that bought nothing: 5 s, doubling to 10 min; upstream's own Retry-After wins.
FIRST_PAUSE_S, MAX_PAUSE_S = 5.0, 600.0
# A full quota or a lost turn costs no pause, but a journal has room for so many of them only.
FREE_OF_PAUSE, MAX_PATIENT_PAUSE_S = 4, 60.0

SWAPPED = steps.RaiseAttention("digest_mismatch")


def call(step: steps.Call, journal: Journal, s: Services) -> Sequence[FactData]:
    attempt = journal.request.attempt(step.attempt)
    outcome = _called(journal, attempt, s)
    call_is_over(journal, attempt, outcome, s)
    if isinstance(outcome, NotSent) and outcome.code == SWAPPED.code:
        with suppress(DarkroomError):  # else the next call meets the same
            return [outcome, *raise_attention(SWAPPED, journal, s)]
    return [outcome]


def _called(journal: Journal, attempt: Attempt, s: Services) -> Outcome:
    if journal.request.state is State.CANCELLING:
        return _not_sent(attempt, "cancelled", s.clock.now())
    try:
        content = s.contents.read(journal.id)
        goes = content is not None and its_turn(journal, attempt, s)
    except ModelNotSent as error:
        return _unsent(journal, attempt, error, s)
    except DarkroomError:  # of whatever kind: nothing was bought
        pause = timedelta(seconds=FIRST_PAUSE_S)
        return _not_sent(attempt, "storage_failed", s.clock.now() + pause)
    now = s.clock.now()  # after the last thing that could have taken long
    if content is None:
        return _not_sent(attempt, "content_missing", now)
    if not goes:
        return _not_sent(attempt, "turn_lost", now + timedelta(seconds=_patient_pause_s(journal)))
    if now + timedelta(seconds=CALL_DEADLINE_S) > attempt.lease_until:
        # Frozen since the intent: called now, the call could outlive the lease.
        return _not_sent(attempt, "lease_too_short", now)
    prompt = prompt_of(journal.request, content)
    if not as_screened(journal.request, content.digest_of(prompt)):
        return _not_sent(attempt, SWAPPED.code, now)
    return _paid(journal, attempt, prompt, content.requested_by, s)


def _not_sent(
    attempt: Attempt, code: str, not_before: datetime, *, elsewhere: bool = False
) -> NotSent:
    return NotSent(attempt=attempt.number, code=code, not_before=not_before, elsewhere=elsewhere)


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
        return _unsent(journal, attempt, error, s)
    except ModelRefused as error:
        estimate = estimate_of(attempt, journal.request.options, len(prompt), s.terms)
        return Refused(
            attempt=number,
            code=error.code,
            categories=error.categories,
            maybe_billed=estimate if error.maybe_billed else None,
            upstream_request_id=error.upstream_request_id,
        )
    except (ModelUnknown, StorageError) as error:
        code = error.code if isinstance(error, ModelUnknown) else "storage_failed"
        return unknown(journal, attempt, code, len(store.images), len(prompt), s)


def _order(
    journal: Journal, attempt: Attempt, prompt: str, requested_by: str | None, s: Services
) -> ModelCall:
    options = journal.request.options
    wire = {
        "size": options.size,
        "quality": options.quality,
        "output_format": options.output_format,
        "background": options.background,
        "output_compression": options.output_compression,
        "moderation": options.moderation,
        "input_fidelity": options.input_fidelity,
        "style": options.style,
    }
    images, mask = _files(journal, s)
    return ModelCall(
        deployment=attempt.deployment,
        prompt=prompt,
        n=options.n,
        options={name: value for name, value in wire.items() if value is not None},
        user=pseudonym(s.terms.ring, requested_by or journal.request.terms.caller),
        client_request_id=f"{journal.id}-{attempt.number}",
        deadline_s=CALL_DEADLINE_S,
        partial_images=partial_images_of(options),
        images=images,
        mask=mask,
    )


def _files(journal: Journal, s: Services) -> tuple[tuple[InputFile, ...], InputFile | None]:
    """What is edited: an image of the round before, else what came with the request."""
    request = journal.request
    if parent := request.parent:
        return (input_store.reviewed(s.blobs, parent),), None
    images = input_store.files(s.blobs, journal.id, request.inputs, "image")
    masks = input_store.files(s.blobs, journal.id, request.inputs, "mask")
    return tuple(images), next(masks, None)


def _completed(
    journal: Journal,
    attempt: Attempt,
    store: AttemptStore,
    answer: ModelAnswer,
    prompt_chars: int,
    s: Services,
) -> Completed:
    options = journal.request.options
    usage, cost = counted(answer, attempt, options, prompt_chars, s.terms)
    return store.write_manifest(
        Manifest(
            request_id=journal.id,
            attempt=attempt.number,
            images=store.images,
            usage=usage,
            cost=cost,
            upstream_request_id=answer.upstream_request_id,
        )
    )


def _unsent(journal: Journal, attempt: Attempt, error: ModelNotSent, s: Services) -> NotSent:
    """Another deployment is asked at once; the same one after a pause."""
    now = s.clock.now()
    if error.code == SWAPPED.code:
        return _not_sent(attempt, error.code, now)
    earlier = replace(journal.request, attempts=journal.request.attempts[:-1])
    if isinstance(error, ModelThrottled):
        closed = close_lane(attempt, error, s)
        pause_s = _patient_pause_s(journal) if closed else max(error.retry_after_s, 1.0)
        return _not_sent(attempt, error.code, now + timedelta(seconds=pause_s))
    if _elsewhere(earlier, attempt.deployment, s):
        return _not_sent(attempt, error.code, now, elsewhere=True)
    doubled_s = FIRST_PAUSE_S * 2.0 ** len(failures(unsent_in_a_row(earlier)))
    pause_s = max(error.retry_after_s, min(doubled_s, MAX_PAUSE_S))
    return _not_sent(attempt, error.code, now + timedelta(seconds=pause_s))


def _patient_pause_s(journal: Journal) -> float:
    """After many in a row a service that always says `1 s` is asked once a minute."""
    earlier = replace(journal.request, attempts=journal.request.attempts[:-1])
    row = sum(one.code in PATIENT for one in unsent_in_a_row(earlier))
    doubled_s = FIRST_PAUSE_S * 2.0 ** min(row - FREE_OF_PAUSE, 10)
    return 0.0 if row < FREE_OF_PAUSE else min(doubled_s, MAX_PATIENT_PAUSE_S)


def _elsewhere(earlier: Request, failed: str, s: Services) -> bool:
    """The outcome is known by now, and nothing that fails in asking this may lose it."""
    with suppress(DarkroomError):
        return elsewhere(earlier, failed, s)
    return False


def unknown(
    journal: Journal,
    attempt: Attempt,
    code: str,
    stored: int,
    prompt_chars: int,
    s: Services,
    inferred: bool = False,
) -> Unknown:
    return Unknown(
        attempt=attempt.number,
        code=code,
        inferred=inferred,
        stored=stored,
        maybe_billed=estimate_of(attempt, journal.request.options, prompt_chars, s.terms),
    )
