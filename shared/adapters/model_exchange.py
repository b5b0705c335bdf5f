"""One exchange with Azure OpenAI: a request, made once, and its answer, by one deadline."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from ssl import SSLContext

import httpx

from shared.adapters.deadline import Deadline, Wire, hanging_up
from shared.adapters.model_errors import NOT_SENT, not_sent, unknown
from shared.errors import ModelUnknown

# Reaching an endpoint takes milliseconds; whoever needs longer is not there.
CONNECT_S = 10.0


@cache
def certificates() -> SSLContext:
    """Loading them takes longer than all else before a call, and so does the first client."""
    context = httpx.create_ssl_context()
    httpx.Client(verify=context).close()
    return context


@contextmanager
def exchange(
    url: httpx.URL,
    headers: Mapping[str, str],
    body: bytes | Iterator[bytes],
    deadline: Deadline,
    transport: httpx.BaseTransport | None,
) -> Iterator[httpx.Response]:
    """
    The answer, whose body is still to be read; at the deadline the connection is cut.

    Without retries: a pooled connection that the peer has closed would look like a call whose
    outcome nobody knows. The environment's proxies count: in many networks they are the only
    way out. An explicit `transport` goes past them.

    Raises:
        ModelNotSent: the time was over before the whole request was sent.
        ModelUnknown: it was over before the answer began.
        HTTPError: httpx's, for all else.
    """
    left_s = deadline.left_s()
    if left_s <= 0:
        raise not_sent("no_time_left")
    client = httpx.Client(
        transport=transport,
        verify=certificates(),
        timeout=httpx.Timeout(left_s, connect=min(left_s, CONNECT_S)),
        follow_redirects=False,
    )
    with client, hanging_up(deadline) as wire:
        request = client.build_request(
            "POST", url, content=body, headers=headers, extensions={"trace": wire.trace}
        )
        with closing(_answered(client, request, deadline, wire)) as response:
            yield response


def _answered(
    client: httpx.Client, request: httpx.Request, deadline: Deadline, wire: Wire
) -> httpx.Response:
    try:
        return client.send(request, stream=True)
    except NOT_SENT:
        raise
    except httpx.HTTPError as exc:
        if not deadline.over():
            raise
        # The body's length was announced, or its end is a mark: half of it asks for nothing.
        raise (not_sent("unreachable") if wire.half_sent else unknown("timed_out")) from exc


@contextmanager
def timed(deadline: Deadline) -> Iterator[None]:
    """Cut by ourselves, an answer looks like any other that is cut: say that time was over."""
    try:
        yield
    except ModelUnknown as exc:
        if deadline.over():
            raise unknown("timed_out") from exc
        raise
