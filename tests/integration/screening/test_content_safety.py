"""Content Safety: what is asked on the wire, and what each answer or failure means."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.simulator import running_simulator
from shared.adapters.content_safety import (
    CALL_S,
    MOST_CHARS,
    OVERLAP_CHARS,
    SCOPE,
    ContentSafety,
    finding_of,
    parts_of,
)
from shared.adapters.content_safety_errors import translated
from shared.domain.screening import MISCONFIGURED, UNANSWERED
from shared.errors import ScreeningError, ScreeningMisconfigured, ServiceError
from tests.integration.screening.calls import KEY, NO_TOKENS, TEXT
from tests.integration.scripted_server import scripted_server
from tests.integration.tokens import Tokens

ENDPOINT = "https://res.cognitiveservices.azure.com"
CALM: dict[str, Any] = {
    "blocklistsMatch": [],
    "categoriesAnalysis": [
        {"category": name, "severity": 0} for name in ("Hate", "SelfHarm", "Sexual", "Violence")
    ],
}
# An error of theirs may quote what was screened.
ERROR = {"error": {"code": "InvalidRequestBody", "message": f"Bad: {TEXT}", "details": []}}
FOREIGN = [
    kind for kind in vars(httpx).values() if isinstance(kind, type) and issubclass(kind, Exception)
]


def answering(
    answer: Callable[[httpx.Request], httpx.Response], key: str | None = KEY, tokens: Any = None
) -> ContentSafety:
    transport = httpx.MockTransport(answer)
    return ContentSafety(f"{ENDPOINT}/", key, tokens or NO_TOKENS, transport)


def failure(screener: ContentSafety, timeout_s: float = 30, text: str = TEXT) -> ScreeningError:
    """What is raised; never a word of the text, of their answer, or of the address."""
    with pytest.raises(ScreeningError) as caught:
        screener.screen(text, ("brand-terms",), timeout_s)
    for secret in (KEY, TEXT, "Bad:", "InvalidRequest", "res.cognitive", "127.0.0.1"):
        assert secret not in str(caught.value)
    sentences = {**UNANSWERED, **MISCONFIGURED}
    assert str(caught.value) == sentences[caught.value.code]
    assert isinstance(caught.value, ScreeningMisconfigured) is (caught.value.code in MISCONFIGURED)
    return caught.value


def test_the_wire() -> None:
    """One POST to the documented address, with the key, all categories and four levels."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=CALM)

    answering(answer).screen("d\N{LATIN SMALL LETTER E WITH ACUTE}j\ud800", ("brand-terms",), 30)

    [request] = seen
    assert str(request.url) == f"{ENDPOINT}/contentsafety/text:analyze?api-version=2024-09-01"
    assert request.headers["ocp-apim-subscription-key"] == KEY
    assert "authorization" not in request.headers
    assert json.loads(request.content) == {
        "text": "d\N{LATIN SMALL LETTER E WITH ACUTE}j\ud800",
        "categories": ["Hate", "SelfHarm", "Sexual", "Violence"],
        "blocklistNames": ["brand-terms"],
        "haltOnBlocklistHit": False,
        "outputType": "FourSeverityLevels",
    }


def test_by_identity() -> None:
    """Without a key the app's identity has a token for Cognitive Services."""
    tokens, seen = Tokens(), []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json=CALM)

    answering(answer, key=None, tokens=tokens).screen(TEXT, (), 30)

    assert seen[0]["authorization"] == "Bearer bearer-token"
    assert "ocp-apim-subscription-key" not in seen[0]
    assert tokens.asked == [SCOPE]


def test_no_credential() -> None:
    """Without a token, or with a key that is none, nothing is sent."""
    tokens = Tokens(ServiceError())

    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError("something was sent")

    assert failure(answering(never, key=None, tokens=tokens)).code == "no_token"
    no_key = "k\N{LATIN SMALL LETTER E WITH ACUTE}y"
    assert failure(answering(never, key=no_key)).code == "unauthorized"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((301, "not_found"), (307, "not_found"), (400, "request_refused")),
        *((401, "unauthorized"), (403, "unauthorized"), (404, "not_found")),
        *((408, "timed_out"), (413, "request_refused"), (429, "throttled")),
        *((500, "service_failed"), (502, "service_failed"), (503, "service_failed")),
        *((201, "broken_answer"), (204, "broken_answer"), (599, "service_failed")),
    ],
)
def test_statuses(status: int, code: str) -> None:
    """Each status has its reason; none but 200 is an answer, and no redirect is followed."""
    headers = {"Retry-After": "7", "Location": "http://127.0.0.1:1/"}
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(status, json=ERROR, headers=headers)

    error = failure(answering(answer))
    assert (error.code, len(asked)) == (code, 1)
    assert error.retry_after_s == (7.0 if status in (408, 429) or status >= 500 else 0.0)


def broken(**changes: Any) -> bytes:
    return json.dumps(CALM | changes).encode()


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"<html>", b"[]", b"null", b"{}", b"\xff", b'{"categoriesAnalysis":'),
        b"[" * 200_000,
        broken(categoriesAnalysis=[]),
        broken(categoriesAnalysis=CALM["categoriesAnalysis"][:3]),
        broken(categoriesAnalysis=[*CALM["categoriesAnalysis"][:3], {"category": "Violence"}]),
        *(
            broken(
                categoriesAnalysis=[
                    *CALM["categoriesAnalysis"][:3],
                    {"category": "Violence", "severity": severity},
                ]
            )
            for severity in (None, "0", -1, 8, 0.5)
        ),
        broken(blocklistsMatch=[{}]),
        broken(blocklistsMatch=[TEXT]),
        broken(blocklistsMatch=[{"blocklistName": TEXT}]),
        broken(blocklistsMatch=[{"blocklistName": ["brand-terms"]}]),
        broken(padding="x" * 300_000),
    ],
)
def test_no_answer(body: bytes) -> None:
    """What does not say all that was asked says nothing: nobody passes by it."""
    error = failure(answering(lambda request: httpx.Response(200, content=body)))

    assert error.code == "broken_answer"


@pytest.mark.parametrize("match", [None, []])
def test_nothing_hit(match: object) -> None:
    """No hit may be told in either way."""
    assert finding_of(broken(blocklistsMatch=match), ()).blocklists == ()


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: str(kind.__name__))
def test_every_exception_of_httpx_has_a_place(kind: type[Exception]) -> None:
    """Each becomes one of ours, without its text; a new one fails here."""
    if issubclass(kind, httpx.HTTPStatusError):
        return  # only raised on request
    exc = kind.__new__(kind)
    exc.args = (TEXT,)
    with pytest.raises(ScreeningError) as caught, translated():
        raise exc
    assert caught.value.code in ("unreachable", "timed_out", "broken_answer")
    assert caught.value.retry and TEXT not in str(caught.value)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n"])
def test_hung_up(answer: bytes) -> None:
    """A service that hangs up has not answered."""
    with scripted_server(answer) as server:
        assert failure(ContentSafety(server.url, KEY, NO_TOKENS)).code == "broken_answer"


def test_nobody_there() -> None:
    """Where nobody listens nothing was asked."""
    with scripted_server(b"") as server:
        url = server.url
    assert failure(ContentSafety(url, KEY, NO_TOKENS)).code == "unreachable"


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_a_silent_service(head: bytes) -> None:
    """Nobody waits longer than the limit, whether an answer has begun or not."""
    with scripted_server(head, hold=True) as server:
        error = failure(ContentSafety(server.url, KEY, NO_TOKENS), timeout_s=0.2)
    assert error.code == "timed_out"


@pytest.mark.parametrize(("timeout_s", "made"), [(17, 2), (18, 2), (19, 3)])
def test_parts_share_the_time(timeout_s: float, made: int) -> None:
    """A part that no time is left for is not asked about, and the text has not passed."""
    clock, calls = [0.0], []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        clock[0] += CALL_S - 1
        return httpx.Response(200, json=CALM)

    transport = httpx.MockTransport(answer)
    slow = ContentSafety(ENDPOINT, KEY, NO_TOKENS, transport, monotonic=lambda: clock[0])
    error = failure(slow, timeout_s=timeout_s, text=TEXT * 2_000)

    assert (error.code, len(calls)) == ("timed_out", made)


@given(st.integers(1, 5 * MOST_CHARS))
def test_parts(length: int) -> None:
    """No part is too long for a call, and whatever is short stands in one of them whole."""
    text = "".join(chr(0x100 + at) for at in range(0xD000))[:length]
    parts = list(parts_of(text))

    assert all(0 < len(part) <= MOST_CHARS for part in parts)
    assert parts[0] + "".join(part[OVERLAP_CHARS:] for part in parts[1:]) == text
    assert len(parts) == 1 or all(len(part) > OVERLAP_CHARS for part in parts)


def test_faults_of_the_simulator() -> None:
    """Each ordered fault has its reason, and afterwards all is well again."""
    kinds = {
        "screen401": "unauthorized",
        "screen403": "unauthorized",
        "screen404": "not_found",
        "screen429": "throttled",
        "screen500": "service_failed",
        "screen503": "service_failed",
        "screenCut": "broken_answer",
    }
    with running_simulator(key=KEY, deployments={"img": "gpt-image-2"}) as simulator:
        simulator.block(brand_terms=[])
        screener = ContentSafety(simulator.url, KEY, NO_TOKENS)
        simulator.order(*({"kind": kind, "retryAfterS": 3} for kind in kinds))
        found = [failure(screener) for _ in kinds]
        assert [error.code for error in found] == list(kinds.values())
        assert found[3].retry_after_s == 3
        assert screener.screen(TEXT, ("brand-terms",), 30).blocklists == ()
