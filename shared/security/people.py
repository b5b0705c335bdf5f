"""People in records: the same person is the same pseudonym, and nobody can read who it is."""

import hmac

from shared.security.keys import KeyRing, mac

PEOPLE = "people"


def pseudonym(ring: KeyRing, address: str) -> str:
    """`p:` and 32 hex digits; case and surrounding blanks of the address do not matter."""
    return pseudonyms(ring, address)[0]


def pseudonyms(ring: KeyRing, address: str) -> tuple[str, ...]:
    """What the person is, or was, called under each key of the ring; the present one first."""
    plain = address.strip().lower().encode("utf-8", "surrogatepass")
    return tuple("p:" + mac(PEOPLE, plain, key.key).hex()[:32] for key in ring.keys)


def is_person(ring: KeyRing, address: str, known_as: str) -> bool:
    given = known_as.encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(name.encode(), given) for name in pseudonyms(ring, address)]
    return any(matches)
