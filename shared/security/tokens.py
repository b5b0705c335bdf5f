"""
Tokens in links: who holds one may look at, or decide on, exactly what it names.

A review token is `v1.<kid>.<payload>.<hmac>`; the hmac covers the text before it. The payload
is a JSON array in the order of `ReviewClaims`, with the expiry in Unix seconds.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from shared.errors import NotAuthenticated
from shared.security.base64url import from_base64url, to_base64url
from shared.security.keys import KeyRing, mac

# `batch`: all rows of a batch at a time; the round is the number of the question.
Phase = Literal["after", "before", "view", "batch"]

VERSION = "v1"
REVIEW, RESULT = "review-token", "result-link"
ANYONE = "*"

_MANIFEST = re.compile(r"([0-9a-f]{64})?")
_REVIEWER = re.compile(r"\*|p:[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class ReviewClaims:
    """
    What a review token says.

    `manifest` is the hex SHA-256 of the manifest that was looked at, or a batch's root, empty
    where there is none yet; `reviewer` a pseudonym, or `*` for whoever holds the token;
    `expires_at` is UTC and counts in whole seconds.
    """

    request_id: str
    phase: Phase
    stage: str
    round: int
    manifest: str
    reviewer: str
    expires_at: datetime

    def __post_init__(self) -> None:
        if not all(isinstance(text, str) for text in (self.request_id, self.stage)):
            raise ValueError("request_id and stage are text")
        if self.phase not in get_args(Phase) or type(self.round) is not int:
            raise ValueError("unknown phase, or a round that is no number")
        if not (_MANIFEST.fullmatch(self.manifest) and _REVIEWER.fullmatch(self.reviewer)):
            raise ValueError("malformed manifest or reviewer")
        if self.expires_at.tzinfo is None:
            raise ValueError("expires_at needs a time zone")


def review_token(ring: KeyRing, claims: ReviewClaims) -> str:
    signed = f"{VERSION}.{ring.first.kid}.{_payload(claims)}"
    return f"{signed}.{to_base64url(mac(REVIEW, signed.encode(), ring.first.key))}"


def read_review_token(ring: KeyRing, token: str | None, now: datetime) -> ReviewClaims:
    """
    The claims of a genuine token that is still good at `now`.

    Raises:
        NotAuthenticated: `expired_token` for a genuine one whose time is over, else
            `invalid_token`, whatever is wrong with it.
    """
    claims = _genuine(ring, token or "")
    if claims is None:
        raise NotAuthenticated("The review token is not valid.", code="invalid_token")
    if now >= claims.expires_at:
        raise NotAuthenticated("The review token has expired.", code="expired_token")
    return claims


def result_signature(ring: KeyRing, request_id: str) -> str:
    """The `sig` of a poll URL; it does not expire and does not cover the host."""
    key = ring.first
    return f"{key.kid}.{to_base64url(mac(RESULT, request_id.encode(), key.key))}"


def check_result_signature(ring: KeyRing, request_id: str, signature: str | None) -> None:
    """
    Let a genuine `sig` of this request pass.

    Raises:
        NotAuthenticated: `invalid_signature`, also when there is none.
    """
    kid, _, text = (signature or "").partition(".")
    if not ring.signs(kid, RESULT, request_id.encode("utf-8", "surrogatepass"), text):
        raise NotAuthenticated("The signature of this link is not valid.", code="invalid_signature")


def _genuine(ring: KeyRing, token: str) -> ReviewClaims | None:
    signed, _, signature = token.rpartition(".")
    version, kid, payload = [*signed.split(".", 2), "", ""][:3]
    genuine = ring.signs(kid, REVIEW, signed.encode("utf-8", "surrogatepass"), signature)
    return _claims(payload) if genuine and version == VERSION else None


def _payload(claims: ReviewClaims) -> str:
    fields = [claims.request_id, claims.phase, claims.stage, claims.round, claims.manifest]
    fields += [claims.reviewer, int(claims.expires_at.timestamp())]
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    return to_base64url(text.encode())


def _claims(payload: str) -> ReviewClaims | None:
    """None for what no version of ours has signed under this name."""
    try:
        request_id, phase, stage, round_, manifest, reviewer, expires_s = json.loads(
            from_base64url(payload)
        )
        expires_at = datetime.fromtimestamp(expires_s, UTC)
        return ReviewClaims(request_id, phase, stage, round_, manifest, reviewer, expires_at)
    except (ValueError, TypeError, OverflowError, OSError):
        return None
