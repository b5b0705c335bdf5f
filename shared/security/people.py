"""People and their words in records: the same is called the same, and nobody can read it."""

import hmac

from shared.security.keys import KeyRing, mac

PEOPLE, WORDS = "people", "words"


def pseudonym(ring: KeyRing, address: str) -> str:
    """`p:` and 32 hex digits; case and surrounding blanks of the address do not matter."""
    return pseudonyms(ring, address)[0]


def pseudonyms(ring: KeyRing, address: str) -> tuple[str, ...]:
    """What the person is, or was, called under each key of the ring; the present one first."""
    plain = address.strip().lower().encode("utf-8", "surrogatepass")
    return tuple("p:" + mac(PEOPLE, plain, key.key).hex()[:32] for key in ring.keys)


def mark_of(ring: KeyRing, text: str) -> str:
    """`c:` and 32 hex digits, of words as they were written."""
    return marks_of(ring, text)[0]


def marks_of(ring: KeyRing, text: str) -> tuple[str, ...]:
    """How the words are, or were, marked under each key of the ring; the present one first."""
    plain = text.encode("utf-8", "surrogatepass")
    return tuple("c:" + mac(WORDS, plain, key.key).hex()[:32] for key in ring.keys)


def is_person(ring: KeyRing, address: str, known_as: str) -> bool:
    given = known_as.encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(name.encode(), given) for name in pseudonyms(ring, address)]
    return any(matches)
