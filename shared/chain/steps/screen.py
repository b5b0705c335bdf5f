"""Screening: what this round's text holds, before people or the model see it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from shared.chain.feedback import prompt_of
from shared.chain.journal import Journal
from shared.chain.services import Services
from shared.domain import step as steps
from shared.domain.facts import FactData
from shared.domain.request import Request
from shared.domain.screening import MISCONFIGURED, Finding, Screened, ScreeningRules, Unscreened
from shared.domain.step import SCREENING_S
from shared.errors import Missing, ScreeningError, ScreeningMisconfigured

# As long as it has failed so far, so that pauses double; upstream's own Retry-After wins.
FIRST_PAUSE_S, MAX_PAUSE_S = 5.0, 600.0


def screen(step: steps.Screen, journal: Journal, s: Services) -> Sequence[FactData]:
    """Whatever goes wrong, nothing passes: it is asked again, and then an operator is."""
    request, content = journal.request, s.contents.read(journal.id)
    rules = request.terms.screening
    assert rules is not None
    if content is None:
        raise Missing("There is no text to screen.")
    text = prompt_of(request, content)
    try:
        finding = _asked(text, rules, s)
    except ScreeningError as error:
        return [_later(request, error, s.clock.now())]
    flagged = rules.flagged(finding)
    return [
        Screened(
            round=request.round,
            text_sha256=content.digest_of(text),
            passed=not flagged,
            categories=flagged,
            finding=finding,
        )
    ]


def _asked(text: str, rules: ScreeningRules, s: Services) -> Finding:
    if s.screener is None:
        code = "not_configured"
        raise ScreeningMisconfigured(MISCONFIGURED[code], code=code)
    return s.screener.screen(text, rules.blocklists, SCREENING_S)


def _later(request: Request, error: ScreeningError, now: datetime) -> Unscreened:
    failing_s = (now - request.trouble.since).total_seconds() if request.trouble else 0.0
    pause_s = max(error.retry_after_s, FIRST_PAUSE_S, min(failing_s, MAX_PAUSE_S))
    return Unscreened(code=error.code, not_before=now + timedelta(seconds=pause_s))


def as_screened(request: Request, text_sha256: str) -> bool:
    """Whether this is the text that passed, where one had to."""
    passed = request.screening
    return request.terms.screening is None or (
        passed is not None and passed.text_sha256 == text_sha256
    )
