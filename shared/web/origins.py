"""What headers say about where a request comes from, and whether it came before."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.chain.request_keys import Origin
from shared.domain.submission import MAX_KEY_CHARS
from shared.errors import Fault

# A structured field's string (RFC 8941 3.3.3), as the Idempotency-Key draft has it …
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
# … or the bare text that most senders give.
_BARE = re.compile(r"[!#-~](?:[ !#-~]*[!#-~])?")
# Both, as JSON Schema has a pattern.
KEY_HEADER = f"^(?:{_QUOTED.pattern}|{_BARE.pattern})$"
_PLAIN = re.compile(r"[ -~]{1,200}")
# https://www.w3.org/TR/trace-context/#traceparent-header, version 00
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_OFF = "none"


def origin_of(headers: Mapping[str, str]) -> tuple[Origin, list[Fault]]:
    """
    The origin, and what is wrong with the idempotency key. Other headers that make no sense
    are left out: a sender may not even know that it sends them.
    """
    key = _key(headers.get("idempotency-key"))
    if key is not None and not 1 <= len(key) <= MAX_KEY_CHARS:
        detail = f"1 to {MAX_KEY_CHARS} printable ASCII characters, quoted or bare."
        return Origin(), [Fault("#/headers/Idempotency-Key", detail)]
    origin = Origin(
        key=None if key == _OFF else key,
        dedupe_runs=key != _OFF,
        workflow_run_id=_plain(headers.get("x-ms-workflow-run-id")),
        workflow_operation=_plain(headers.get("x-ms-workflow-operation-name")),
        client_tracking_id=_plain(headers.get("x-ms-client-tracking-id")),
        traceparent=_traceparent(headers.get("traceparent")),
    )
    return origin, []


def from_elsewhere(headers: Mapping[str, str], own_url: str) -> bool:
    """
    Whether a browser says that a page of another site sends it, by nothing but its cookies.

    No page can have a browser say something else (https://www.w3.org/TR/fetch-metadata/). Programs
    say nothing of the kind, or bring a token, which no other site's page has: connectors pass on
    the `Origin` of the page in which a maker works.
    """
    if "authorization" in headers:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    own = urlsplit(own_url)
    return headers.get("origin", "").lower() not in ("", f"{own.scheme}://{own.netloc}".lower())


def _key(header: str | None) -> str | None:
    """The key inside its quotes: they are syntax. Empty when it is malformed."""
    if header is None:
        return None
    text = header.strip(" \t")
    if quoted := _QUOTED.fullmatch(text):
        return re.sub(r"\\(.)", r"\1", quoted[1])
    return text if _BARE.fullmatch(text) else ""


def _plain(header: str | None) -> str | None:
    return header if header and _PLAIN.fullmatch(header) else None


def _traceparent(header: str | None) -> str | None:
    return header if header and _TRACEPARENT.fullmatch(header) else None
