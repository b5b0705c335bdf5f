"""Keys that sign: the first of the ring signs, all of them verify, so that keys can be changed."""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from shared.security.base64url import to_base64url

# The HMAC's own strength: RFC 2104 section 3 advises against keys shorter than the digest.
MIN_KEY_BYTES = 32
KID = re.compile(r"[A-Za-z0-9_-]{1,16}")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`kid` names the key in what it signed; it is public."""

    kid: str
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not KID.fullmatch(self.kid):
            raise ValueError("a kid is 1 to 16 letters, digits, _ or -")
        if len(self.key) < MIN_KEY_BYTES:
            raise ValueError(f"a signing key has at least {MIN_KEY_BYTES} bytes")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """At least one key; kids are unique."""

    keys: tuple[SigningKey, ...]

    def __post_init__(self) -> None:
        if not self.keys:
            raise ValueError("expected at least one signing key")
        if len({key.kid for key in self.keys}) < len(self.keys):
            raise ValueError("kids must be unique")

    @property
    def first(self) -> SigningKey:
        return self.keys[0]

    def signs(self, kid: str, purpose: str, message: bytes, signature: str) -> bool:
        """
        Whether `signature` (base64url) is what the key `kid` makes of `message`.

        An unknown kid costs as much time as a wrong signature. Texts are compared, not bytes,
        so that of several spellings of the same bytes only one is right.
        """
        known = next((key for key in self.keys if key.kid == kid), None)
        expected = to_base64url(mac(purpose, message, (known or self.first).key))
        equal = hmac.compare_digest(expected.encode(), _bytes(signature))
        return equal and known is not None


def mac(purpose: str, message: bytes, key: bytes) -> bytes:
    """32 bytes; what was made for one purpose says nothing about any other."""
    own_key = hmac.digest(key, b"darkroom/1/" + purpose.encode(), hashlib.sha256)
    return hmac.digest(own_key, message, hashlib.sha256)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
