"""
What the approver says and whom it believes, apart from HTTP serving.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from dev.http_client import Unreachable, send

# Standard Webhooks: an older or newer message may be a replay.
TOLERANCE_S = 300
POST_TRIES = 6
REVIEWER = "approver@localhost"


class BadSignature(Exception):
    """Not from our system, altered on the way, or too old."""


def check_signature(
    webhook_key: str, headers: Mapping[str, str], body: bytes, now_s: float
) -> None:
    """
    Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`; any of the listed signatures will do.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(now_s - int(timestamp)) > TOLERANCE_S:
        raise BadSignature("timestamp")
    secret = base64.b64decode(webhook_key.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    wanted = b"v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256))
    given = headers.get("webhook-signature", "").encode().split()
    if not any(hmac.compare_digest(wanted, one) for one in given):
        raise BadSignature("signature")


def verdict(data: Mapping[str, Any]) -> dict[str, Any]:
    """
    Approve each image that is asked about, bound to the bytes that were shown.
    """
    round_ = data.get("round", 1)
    images = [
        {"index": image["index"], "decision": "approve", "sha256": image["sha256"]}
        for image in data.get("images") or []
        if image.get("round", round_) == round_ and image.get("state", "review") == "review"
    ]
    decision: dict[str, Any] = {
        "decision": "approve",
        "reviewer": REVIEWER,
        "comment": "approved by the local approver",
        "round": round_,
    }
    approval = data.get("approval") or {}
    known = {"stage": approval.get("stage"), "checklist": approval.get("checklist")}
    decision |= {name: value for name, value in known.items() if value}
    before = approval.get("phase") == "before"
    return decision | ({"images": images} if images and not before else {})


def post_verdict(data: Mapping[str, Any], pause_s: float = 0.5) -> str:
    """
    Send it to the link of the event, again when the app was away; the answer in words.
    """
    for attempt in range(1, POST_TRIES + 1):
        try:
            answer = send("POST", data["decisionUrl"], verdict(data))
        except Unreachable:
            outcome, again = "nobody answered", True
        else:
            outcome, again = f"status {answer.status}", answer.status >= 500
        if not again:
            break
        time.sleep(pause_s * attempt)
    return outcome


def asking(data: Mapping[str, Any]) -> str:
    """
    What a person needs to decide, with a line to paste.
    """
    body = json.dumps(verdict(data)).replace("'", "'\\''")
    return "\n".join(
        [
            f"\nA decision is wanted for {data.get('id')}:",
            f"  look at it:  {data.get('reviewUrl')}",
            f"  decide:      {data.get('decisionUrl')}",
            f"  curl -X POST -H 'content-type: application/json' -d '{body}' "
            f"'{data.get('decisionUrl')}'",
        ]
    )
