"""
`python3 dev token ID`: a review token for the running system, an expired one too.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from dev.cli import Stop
from dev.http_client import Answer, Unreachable, send
from dev.keys import Keys
from dev.up_file import running_keys, running_record


@dataclass(frozen=True)
class Opening:
    """
    The stage a token is for, and the digest of what is looked at there.
    """

    stage: str
    round: int
    manifest: str
    phase: Literal["before", "after", "batch"] = "after"


def run(options: argparse.Namespace) -> int:
    """
    Print the token and nothing else.
    """
    pack = _evidence(running_record(), options.id)
    opening = opening_of([json.loads(line) for line in pack["journal"]], options.stage)
    expires_at = datetime.now(UTC) + timedelta(seconds=options.expires)
    print(make_token(running_keys(), options.id, opening, options.reviewer, expires_at))
    return 0


def opening_of(journal: Sequence[Mapping[str, Any]], stage: str | None) -> Opening:
    """
    The stage opened last, or the named one; a name nobody opened gives a token for it all
    the same, to try what the app says.
    """
    opened = [fact["data"] for fact in journal if fact["type"] == "approval.opened"]
    named = [data for data in opened if data["stage"] == stage] or opened
    if not named:
        raise Stop("no stage of this request has been opened yet.")
    last = named[-1]
    return Opening(
        stage or last["stage"], last["round"], last["manifestSha256"], last.get("phase", "after")
    )


def make_token(
    keys: Keys, request_id: str, opening: Opening, reviewer: str | None, expires_at: datetime
) -> str:
    """
    Signed as the running app signs.
    """
    from dev.host_settings import SIGNING_KID
    from shared.security.keys import KeyRing, SigningKey
    from shared.security.people import pseudonym
    from shared.security.tokens import ANYONE, ReviewClaims, review_token

    ring = KeyRing((SigningKey(SIGNING_KID, keys.signing_bytes()),))
    claims = ReviewClaims(
        request_id=request_id,
        phase=opening.phase,
        stage=opening.stage,
        round=opening.round,
        manifest=opening.manifest,
        reviewer=pseudonym(ring, reviewer) if reviewer else ANYONE,
        expires_at=expires_at,
    )
    return review_token(ring, claims)


def _evidence(record: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    url = f"{record['apiUrl']}/images/{request_id}/evidence"
    try:
        answer: Answer = send("GET", url, headers={"x-functions-key": record["functionKey"]})
    except Unreachable as error:
        raise Stop(f"the running system does not answer ({error}).") from error
    if answer.status != 200:
        raise Stop(f"the system answered {answer.status} for request {request_id}.")
    return dict(answer.json())
