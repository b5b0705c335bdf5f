"""Base64 with the URL's alphabet and no padding (RFC 4648 section 5); one spelling per value."""

import base64


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """
    The bytes of `text`.

    Raises:
        ValueError: it is not what `to_base64url` makes; spare bits and padding count as faults.
    """
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    data = base64.b64decode(padded, altchars=b"-_", validate=True)
    if to_base64url(data) != text:
        raise ValueError("not canonical base64url")
    return data
