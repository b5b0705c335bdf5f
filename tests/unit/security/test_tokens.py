"""Review tokens and poll signatures: genuine ones are read, everything else is refused alike."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.errors import NotAuthenticated
from shared.security.base64url import from_base64url, to_base64url
from shared.security.keys import KeyRing, SigningKey, mac
from shared.security.tokens import (
    REVIEW,
    ReviewClaims,
    check_result_signature,
    read_review_token,
    result_signature,
    review_token,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NEW, OLD = SigningKey("new", b"n" * 32), SigningKey("old", b"o" * 32)
RING = KeyRing((NEW, OLD))
CLAIMS = ReviewClaims(
    request_id="01JD3Q5B3A0000000000000000",
    phase="after",
    stage="brand: Überprüfung",
    round=2,
    manifest="ab" * 32,
    reviewer="p:" + "0f" * 16,
    expires_at=NOW + timedelta(hours=72),
)
TOKEN = review_token(RING, CLAIMS)

claims = st.builds(
    ReviewClaims,
    request_id=st.text(alphabet="0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=26, max_size=26),
    phase=st.sampled_from(["after", "before", "view"]),
    stage=st.text(max_size=64).filter(str.isprintable),
    round=st.integers(1, 5),
    manifest=st.sampled_from(["", "0" * 64, "9f" * 32]),
    reviewer=st.sampled_from(["*", "p:" + "a0" * 16]),
    expires_at=st.integers(1, 10**9).map(lambda seconds: NOW + timedelta(seconds=seconds)),
)


def refusal(token: str | None, ring: KeyRing = RING, now: datetime = NOW) -> tuple[str | None, str]:
    with pytest.raises(NotAuthenticated) as caught:
        read_review_token(ring, token, now)
    return caught.value.code, str(caught.value)


INVALID = ("invalid_token", "The review token is not valid.")


def signed(payload: bytes, version: str = "v1") -> str:
    text = f"{version}.new.{to_base64url(payload)}"
    return f"{text}.{to_base64url(mac(REVIEW, text.encode(), NEW.key))}"


@given(claims)
def test_what_was_signed_is_read(said: ReviewClaims) -> None:
    """Every set of claims comes back as it went in."""
    assert said == read_review_token(RING, review_token(RING, said), NOW)


def test_form() -> None:
    """A token has four parts, names its key and fits into a link with room to spare."""
    parts = TOKEN.split(".")

    assert parts[:2] == ["v1", "new"]
    assert len(parts) == 4
    assert len(TOKEN) < 400


def test_old_key_still_reads() -> None:
    """A token of a key that signs no more is good as long as the ring has it, and no longer."""
    token = review_token(KeyRing((OLD,)), CLAIMS)

    assert read_review_token(RING, token, NOW) == CLAIMS
    assert refusal(token, KeyRing((NEW,))) == INVALID


def test_expired() -> None:
    """A genuine token whose time is over says so, from that very second on."""
    assert read_review_token(RING, TOKEN, CLAIMS.expires_at - timedelta(seconds=1)) == CLAIMS
    assert refusal(TOKEN, now=CLAIMS.expires_at)[0] == "expired_token"


def test_forged_and_expired_is_only_invalid() -> None:
    """Expiry is told to holders of genuine tokens alone."""
    assert refusal(TOKEN[:-2] + "AA", now=CLAIMS.expires_at) == INVALID


@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_any_other_character_is_refused(place: int, character: str) -> None:
    """No character of a token can be exchanged."""
    assume(TOKEN[place] != character)

    assert refusal(TOKEN[:place] + character + TOKEN[place + 1 :]) == INVALID


@pytest.mark.parametrize("part", [2, 3])
def test_any_flipped_bit_is_refused(part: int) -> None:
    """No bit of payload or hmac can be flipped."""
    parts = TOKEN.split(".")
    data = from_base64url(parts[part])
    for bit in range(len(data) * 8):
        flipped = (int.from_bytes(data) ^ 1 << bit).to_bytes(len(data))
        forged = ".".join([*parts[:part], to_base64url(flipped), *parts[part + 1 :]])
        assert refusal(forged) == INVALID


@given(st.text() | st.none() | st.text(alphabet="v1.newold-_=AZ").map(lambda text: "v1." + text))
def test_garbage_is_refused(token: str | None) -> None:
    """Whatever is no token gets the one answer."""
    assert refusal(token) == INVALID


@pytest.mark.parametrize(
    "token",
    [
        TOKEN + "=",
        TOKEN + "\n",
        " " + TOKEN,
        TOKEN + ".",
        TOKEN.replace("v1.new.", "v1.old."),
        TOKEN.replace("v1.new.", "v1.nobody."),
        TOKEN.replace("v1.", "v2."),
        "\ud800",
        signed(b"[]"),
        signed(b"7"),
        signed(b"\xff"),
        signed(b'["a","after","s",1,"","*",1e400]'),
        signed(b'["a","after","s",1,"","*",99999999999999999]'),
        signed(b'["a","later","s",1,"","*",1]'),
        signed(b'["a","after","s",true,"","*",1]'),
        signed(b'[1,"after","s",1,"","*",1]'),
        signed(b'["a","after","s",1,"xx","*",1]'),
        signed(b'["a","after","s",1,"",null,1]'),
        signed(b'["a","after","s",1,"","*",99999999999]', version="v0"),
    ],
)
def test_near_misses_are_refused(token: str) -> None:
    """What almost is a token, and what only our key could have made, gets the one answer."""
    assert refusal(token) == INVALID


def test_other_spelling_of_the_same_bytes_is_refused() -> None:
    """The spare bits at the end of base64 cannot make a second token of the first."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = TOKEN[:-1] + alphabet[alphabet.index(TOKEN[-1]) ^ 1]
    tail = twin.rpartition(".")[2] + "="

    assert base64.urlsafe_b64decode(tail) == from_base64url(TOKEN.rpartition(".")[2])
    assert refusal(twin) == INVALID


def test_claims_need_a_time_zone() -> None:
    """A time without a zone cannot be signed."""
    with pytest.raises(ValueError, match="time zone"):
        replace(CLAIMS, expires_at=datetime(2026, 1, 1))


def test_result_signature() -> None:
    """A poll signature is good for its request, under any key of the ring."""
    check_result_signature(RING, "01J", result_signature(RING, "01J"))
    check_result_signature(RING, "01J", result_signature(KeyRing((OLD,)), "01J"))


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "new",
        "new.",
        result_signature(RING, "01K"),
        result_signature(RING, "01J") + "=",
        result_signature(RING, "01J").replace("new", "old"),
        result_signature(KeyRing((SigningKey("new", b"x" * 32),)), "01J"),
        f"new.{to_base64url(mac(REVIEW, b'01J', NEW.key))}",
        "\udfff.é",
    ],
)
def test_other_result_signatures_are_refused(signature: str | None) -> None:
    """Another request's, another key's, another purpose's: one answer."""
    with pytest.raises(NotAuthenticated) as caught:
        check_result_signature(RING, "01J", signature)

    assert caught.value.code == "invalid_signature"


@given(st.binary())
def test_base64url_round_trip(data: bytes) -> None:
    """Bytes come back, and the text needs no escaping in a URL."""
    text = to_base64url(data)

    assert data == from_base64url(text)
    assert not set(text) & set("+/=")


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "é", "AA A", "+/", "A\n"])
def test_base64url_refuses_other_spellings(text: str) -> None:
    """Padding, spare bits, other alphabets and blanks are no base64url of ours."""
    with pytest.raises(ValueError):
        from_base64url(text)


@pytest.mark.parametrize("phase", ["before", "after", "view"])
def test_phase(phase: Literal["before", "after", "view"]) -> None:
    """What the token is for is part of what was signed: another phase is another token."""
    token = review_token(RING, replace(CLAIMS, phase=phase))
    assert read_review_token(RING, token, NOW).phase == phase
    version, kid, payload, signature = token.split(".")
    other = from_base64url(payload).replace(
        f'"{phase}"'.encode(), b'"view"' if phase != "view" else b'"after"'
    )

    assert refusal(".".join([version, kid, to_base64url(other), signature])) == INVALID
