"""Signing keys and pseudonyms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.security.keys import KeyRing, SigningKey, mac
from shared.security.people import is_person, pseudonym, pseudonyms

KEY = SigningKey("k1", b"\x07" * 32)
OTHER = SigningKey("k2", b"\x08" * 32)


def test_key_is_not_shown() -> None:
    """The bytes of a key are in no repr, its ring's included."""
    assert "x07" not in repr(KeyRing((KEY,)))


@pytest.mark.parametrize(
    ("kid", "key"), [("", b"k" * 32), ("a b", b"k" * 32), ("k" * 17, b"k" * 32), ("k", b"k" * 31)]
)
def test_weak_or_misnamed_key(kid: str, key: bytes) -> None:
    """A key without a proper name, or shorter than the digest, cannot exist."""
    with pytest.raises(ValueError):
        SigningKey(kid, key)


@pytest.mark.parametrize("keys", [(), (KEY, KEY)])
def test_ring_needs_different_keys(keys: tuple[SigningKey, ...]) -> None:
    """A ring has a key, and no name twice."""
    with pytest.raises(ValueError):
        KeyRing(keys)


def test_purposes_are_apart() -> None:
    """The same message under the same key is another mac for another purpose."""
    assert mac("a", b"m", KEY.key) != mac("b", b"m", KEY.key)
    assert mac("a", b"bm", KEY.key) != mac("ab", b"m", KEY.key)


@given(st.emails(), st.sampled_from(["", " ", "\t"]))
def test_spelling_of_an_address_does_not_matter(address: str, blank: str) -> None:
    """Case and surrounding blanks make no other person."""
    plain = pseudonym(KeyRing((KEY,)), address)

    assert plain == pseudonym(KeyRing((KEY,)), f"{blank}{address.upper().lower()}{blank}")
    assert len(plain) == 34
    assert address.lower() not in plain


def test_person_is_known_after_a_change_of_keys() -> None:
    """A pseudonym of an older key is still recognised; new ones are made with the first."""
    old, new = KeyRing((KEY,)), KeyRing((OTHER, KEY))
    known_as = pseudonym(old, "ana@contoso.com")

    assert is_person(new, "Ana@Contoso.com ", known_as)
    assert known_as != pseudonym(new, "ana@contoso.com")
    assert known_as in pseudonyms(new, "ana@contoso.com")
    assert not is_person(new, "bo@contoso.com", known_as)
    assert not is_person(old, "ana@contoso.com", pseudonym(new, "ana@contoso.com"))
    assert not is_person(new, "ana@contoso.com", "\ud800")
