"""
Signed webhooks as Standard Webhooks 1.0 has them, symmetric form.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence

from shared.security.keys import mac

PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)  # the specification: between 24 and 64 bytes
TOLERANCE_S = 300  # what the reference libraries allow, each way
WEBHOOK_KEY = "webhook-key"
SUBSCRIPTION, KID = "subscription", b"darkroom/kid/"


def webhook_key(signing_key: bytes) -> str:
    """The secret for receivers that brought none of their own."""
    return PREFIX + base64.b64encode(mac(WEBHOOK_KEY, b"", signing_key)).decode()


def new_secret(entropy: bytes) -> tuple[str, str]:
    """A secret's public name, which says nothing about it, and the secret."""
    return hashlib.sha256(KID + entropy).hexdigest()[:8], PREFIX + base64.b64encode(
        entropy
    ).decode()


def subscription_id(identity: Sequence[object], signing_key: bytes) -> str:
    """Follows from what is subscribed to, and tells nobody without the key what that is."""
    return mac(SUBSCRIPTION, json.dumps(identity).encode(), signing_key).hex()[:24]


def check_secret(text: str) -> bytes:
    """
    The key inside a `whsec_…` secret.

    Raises:
        ValueError: it is not one; the message does not repeat it.
    """
    secret = _decoded(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None
    if secret is None or len(secret) not in SECRET_BYTES:
        raise ValueError("expected whsec_ and the base64 of 24 to 64 bytes")
    return secret


def sign(secrets: Sequence[str], webhook_id: str, timestamp: int, body: bytes) -> str:
    """
    The `webhook-signature` header: one signature per secret, so that secrets can be changed.

    Raises:
        ValueError: a malformed secret, or an id with a dot: the signed text is joined by dots,
            so another split of it would carry the same signature.
    """
    if "." in webhook_id:
        raise ValueError("a webhook id must not contain a dot")
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return " ".join(_signature(check_secret(secret), signed) for secret in secrets)


def verify(
    secret: str, webhook_id: str, timestamp: int, body: bytes, header: str, now_s: float
) -> bool:
    """Whether one of the header's signatures is right and its timestamp near `now_s` (Unix)."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    expected = _signature(check_secret(secret), signed).encode()
    given = [text.encode("utf-8", "surrogatepass") for text in header.split(" ")]
    matches = [hmac.compare_digest(expected, text) for text in given]
    return any(matches) and abs(now_s - timestamp) <= TOLERANCE_S


def _signature(secret: bytes, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def _decoded(text: str) -> bytes | None:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None
