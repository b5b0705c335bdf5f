"""Webhook signatures, judged by the `standardwebhooks` package."""

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from shared.security.signatures import TOLERANCE_S, check_secret, sign, verify, webhook_key

# The vector that Svix publishes.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, TIMESTAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
OTHER = "whsec_" + base64.b64encode(b"o" * 24).decode()


def headers(signature: str, timestamp: int) -> dict[str, str]:
    return {
        "webhook-id": ID,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
    }


def test_published_vector() -> None:
    """The published example comes out as published."""
    assert sign([SECRET], ID, TIMESTAMP, BODY) == SIGNATURE


def test_one_signature_per_secret() -> None:
    """Each secret signs by itself, so that receivers can change theirs."""
    both = sign([OTHER, SECRET], ID, TIMESTAMP, BODY)

    assert [sign([OTHER], ID, TIMESTAMP, BODY), SIGNATURE] == both.split(" ")


@given(st.binary(min_size=24, max_size=64), st.dictionaries(st.text(), st.text()))
def test_judge_accepts_ours(key: bytes, data: dict[str, str]) -> None:
    """The reference library verifies what we sign, with any secret and body."""
    secret, body = "whsec_" + base64.b64encode(key).decode(), json.dumps(data).encode()
    now_s = int(datetime.now(UTC).timestamp())
    signature = sign([OTHER, secret], ID, now_s, body)

    assert data == Webhook(secret).verify(body, headers(signature, now_s))


def test_judge_refuses_another_body() -> None:
    """The reference library refuses our signature on another body."""
    now_s = int(datetime.now(UTC).timestamp())
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b"{}", headers(sign([SECRET], ID, now_s, BODY), now_s))


@given(st.binary(), st.integers(0, 2**33))
def test_we_accept_the_judge(body: bytes, timestamp: int) -> None:
    """We verify what the reference library signs."""
    text = body.hex()
    at = datetime.fromtimestamp(timestamp, UTC)
    signature = Webhook(SECRET).sign(ID, at, text)

    assert verify(SECRET, ID, timestamp, text.encode(), f"v1a,x {signature}", timestamp)


@pytest.mark.parametrize(
    ("changed", "now_s"),
    [
        ({"body": b"{}"}, TIMESTAMP),
        ({"webhook_id": "msg_other"}, TIMESTAMP),
        ({"timestamp": TIMESTAMP + 1}, TIMESTAMP),
        ({"header": "v1,AAAA"}, TIMESTAMP),
        ({"header": ""}, TIMESTAMP),
        ({"header": "v1,é\ud800"}, TIMESTAMP),
        ({"secret": OTHER}, TIMESTAMP),
        ({}, TIMESTAMP + TOLERANCE_S + 1),
        ({}, TIMESTAMP - TOLERANCE_S - 1),
    ],
)
def test_verify_refuses(changed: dict[str, object], now_s: int) -> None:
    """Anything changed, or too far from now, is refused."""
    parts: dict[str, object] = {
        "secret": SECRET,
        "webhook_id": ID,
        "timestamp": TIMESTAMP,
        "body": BODY,
        "header": SIGNATURE,
    }

    assert verify(**parts, now_s=TIMESTAMP)  # type: ignore[arg-type]
    assert not verify(**(parts | changed), now_s=now_s)  # type: ignore[arg-type]


def test_dot_in_an_id() -> None:
    """An id with a dot could be split in another place under the same signature."""
    with pytest.raises(ValueError, match="dot"):
        sign([SECRET], "a.b", TIMESTAMP, BODY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        "whsec_" + base64.b64encode(b"x" * 25).decode().rstrip("="),
        SECRET + "\n",
        "whsec_!" + "A" * 31,
        "whsec_é" + "A" * 31,
        "whsec_" + "A" * 33 + "B==",
    ],
)
def test_secrets_that_are_none(text: str) -> None:
    """A malformed secret is refused, and the message does not repeat it."""
    with pytest.raises(ValueError) as caught:
        check_secret(text)

    assert str(caught.value) == "expected whsec_ and the base64 of 24 to 64 bytes"


def test_webhook_key() -> None:
    """The derived secret is well-formed, stable, and another one for another key."""
    assert len(check_secret(webhook_key(b"k" * 32))) == 32
    assert webhook_key(b"k" * 32) == webhook_key(b"k" * 32)
    assert webhook_key(b"k" * 32) != webhook_key(b"l" * 32)
