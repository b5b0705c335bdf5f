"""
Texts screened by Azure AI Content Safety.

https://learn.microsoft.com/rest/api/contentsafety/text-operations/analyze-text
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from shared.adapters.content_safety_errors import error_of, misconfigured, translated, unanswered
from shared.adapters.deadline import Deadline
from shared.adapters.model_client import JSON_BODY, TokenSource
from shared.adapters.model_exchange import certificates
from shared.domain.screening import CATEGORIES, Finding, Severities, worst
from shared.errors import ServiceError

PATH, API_VERSION = "contentsafety/text:analyze", "2024-09-01"
SCOPE = "https://cognitiveservices.azure.com/.default"
# One call takes a fraction of a second; reaching the service takes milliseconds.
CALL_S, CONNECT_S = 10.0, 5.0
# Unicode code points of one call. The parts of a longer text overlap, so that what stands where
# it is cut is seen whole: an item of a blocklist has at most 128, a sentence some hundred.
MOST_CHARS, OVERLAP_CHARS = 10_000, 500
# An answer has a few hundred bytes.
ANSWER_BYTES = 256 * 1024
# The service's names of the categories.
THEIRS: Mapping[str, str] = {
    "hate": "Hate",
    "self_harm": "SelfHarm",
    "sexual": "Sexual",
    "violence": "Violence",
}


class ContentSafety:
    """Implements `Screener`: by key, or by the app's identity when there is none."""

    def __init__(
        self,
        endpoint: str,
        key: str | None,
        tokens: TokenSource,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = httpx.URL(f"{endpoint.rstrip('/')}/{PATH}", params={"api-version": API_VERSION})
        self._key = key
        self._tokens = tokens
        self._transport = transport
        self._monotonic = monotonic

    def screen(self, text: str, blocklists: Sequence[str], timeout_s: float) -> Finding:
        """One connection, no retries: the request's own looks are those."""
        deadline = Deadline(timeout_s, self._monotonic)
        headers = {**JSON_BODY, "User-Agent": "darkroom", **self._credential()}
        with translated(), self._client() as client:
            return worst(
                self._analyzed(client, part, blocklists, headers, deadline)
                for part in parts_of(text)
            )

    def _client(self) -> httpx.Client:
        return httpx.Client(
            transport=self._transport, verify=certificates(), follow_redirects=False
        )

    def _analyzed(
        self,
        client: httpx.Client,
        text: str,
        blocklists: Sequence[str],
        headers: Mapping[str, str],
        whole: Deadline,
    ) -> Finding:
        call_s = min(whole.left_s(), CALL_S)
        if call_s <= 0:
            raise unanswered("timed_out")
        call = Deadline(call_s, self._monotonic)
        limits = httpx.Timeout(call_s, connect=min(call_s, CONNECT_S))
        content = json.dumps(_asked(text, blocklists)).encode("ascii")
        with client.stream(
            "POST", self._url, content=content, headers=headers, timeout=limits
        ) as response:
            if response.status_code != 200:
                raise error_of(response.status_code, response.headers)
            return finding_of(_body(response, call), blocklists)

    def _credential(self) -> dict[str, str]:
        if self._key is not None:
            if not self._key.isascii():
                raise misconfigured("unauthorized")
            return {"Ocp-Apim-Subscription-Key": self._key}
        try:
            return {"Authorization": f"Bearer {self._tokens.token(SCOPE)}"}
        except ServiceError as exc:
            raise unanswered("no_token") from exc


def parts_of(text: str) -> Iterator[str]:
    """The text in parts that one call takes, each but the first beginning in the one before."""
    yield text[:MOST_CHARS]
    step = MOST_CHARS - OVERLAP_CHARS
    for start in range(step, len(text) - OVERLAP_CHARS, step):
        yield text[start : start + MOST_CHARS]


def _asked(text: str, blocklists: Sequence[str]) -> dict[str, Any]:
    return {
        "text": text,
        "categories": [THEIRS[name] for name in CATEGORIES],
        "blocklistNames": list(blocklists),
        "haltOnBlocklistHit": False,
        "outputType": "FourSeverityLevels",
    }


def _body(response: httpx.Response, call: Deadline) -> bytes:
    """Looked at between chunks, the limit can be overrun by one wait for a byte."""
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if call.over():
            raise unanswered("timed_out")
        if len(body) > ANSWER_BYTES:
            raise unanswered("broken_answer")
    return bytes(body)


def finding_of(body: bytes, blocklists: Sequence[str]) -> Finding:
    """
    What the answer says of every category, and of the blocklists that were asked about.

    Raises:
        ScreeningError: it does not say all of that.
    """
    try:
        answer = json.loads(body)
        found = {one["category"]: one["severity"] for one in answer["categoriesAnalysis"]}
        severities = Severities(**{name: found[THEIRS[name]] for name in CATEGORIES})
        hit = dict.fromkeys(one["blocklistName"] for one in answer.get("blocklistsMatch") or ())
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # From none: a validation error quotes the answer.
        raise unanswered("broken_answer") from None
    if not set(hit) <= set(blocklists):
        raise unanswered("broken_answer")
    return Finding(severities=severities, blocklists=tuple(hit))
