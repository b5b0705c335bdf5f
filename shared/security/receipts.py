"""Receipts of erasures: what was said is signed, so that nobody else can have said it."""

import json
from collections.abc import Mapping

from shared.security.base64url import to_base64url
from shared.security.keys import KeyRing, mac

ERASURE = "erasure"
VERSION = "v1"


def sign_receipt(ring: KeyRing, receipt: Mapping[str, object]) -> str:
    """`v1.<kid>.<HMAC-SHA-256 in base64url>` over the receipt's canonical JSON."""
    key = ring.first
    return f"{VERSION}.{key.kid}.{to_base64url(mac(ERASURE, canonical(receipt), key.key))}"


def is_signed(ring: KeyRing, receipt: Mapping[str, object], signature: str) -> bool:
    """By any key of the ring."""
    version, _, rest = signature.partition(".")
    kid, _, text = rest.partition(".")
    return ring.signs(kid, ERASURE, canonical(receipt), text) and version == VERSION


def canonical(receipt: Mapping[str, object]) -> bytes:
    """Names in order, no spaces, UTF-8: RFC 8785 for what a receipt holds, text and integers."""
    text = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()
