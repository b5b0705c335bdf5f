"""The Event Grid topic: what is posted, with which credential, and what its answers mean."""

import pytest

from shared.adapters.event_grid import SCOPE, EventGridTopic
from shared.chain.ports import WebhookAnswer
from shared.errors import ServiceError, SinkError
from tests.integration.scripted_server import scripted_server
from tests.integration.tokens import Tokens

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_by_key() -> None:
    """The batch goes to the API's version with the key, and nobody is asked for a token."""
    tokens = Tokens()
    with scripted_server(OK) as server:
        topic = EventGridTopic(f"{server.url}/api/events", "topic-key", tokens)
        assert topic.publish(b"[{}]", 10) == WebhookAnswer(200)

    head, body = server.requests[0].split(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"post /api/events?api-version=2018-01-01 http/1.1"
    assert b"aeg-sas-key: topic-key" in lines
    assert b"content-type: application/cloudevents-batch+json; charset=utf-8" in lines
    assert not any(line.startswith(b"authorization") for line in lines)
    assert (body, tokens.asked) == (b"[{}]", [])


def test_by_identity() -> None:
    """Without a key the app's identity has a token for Event Grid."""
    tokens = Tokens()
    with scripted_server(OK) as server:
        EventGridTopic(server.url, None, tokens).publish(b"[]", 10)

    assert b"authorization: bearer bearer-token" in server.requests[0].lower()
    assert tokens.asked == [SCOPE]


def test_no_token() -> None:
    """Without a token nothing is sent, and it is tried again later."""
    with scripted_server(OK) as server, pytest.raises(SinkError):
        EventGridTopic(server.url, None, Tokens(ServiceError())).publish(b"[]", 10)
    assert server.requests == []


@pytest.mark.parametrize("status", [301, 400, 401, 404, 413, 429, 500])
def test_every_status_is_an_answer(status: int) -> None:
    """A redirect is not followed, and the topic may ask for time."""
    head = f"HTTP/1.1 {status} Hm\r\nRetry-After: 7\r\nLocation: http://127.0.0.1:1/\r\n\r\n"
    with scripted_server(head.encode()) as server:
        answer = EventGridTopic(server.url, "k", Tokens()).publish(b"[]", 10)
    assert answer == WebhookAnswer(status, 7.0)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n"])
def test_no_answer(answer: bytes) -> None:
    """A topic that hangs up has not answered."""
    with scripted_server(answer) as server, pytest.raises(SinkError):
        EventGridTopic(server.url, "k", Tokens()).publish(b"[]", 10)


def test_a_silent_topic() -> None:
    """Nobody waits longer than the limit."""
    with scripted_server(b"", hold=True) as server, pytest.raises(SinkError):
        EventGridTopic(server.url, "k", Tokens()).publish(b"[]", 0.1)


def test_its_name() -> None:
    """A topic is told from others without its address being written anywhere."""
    names = {EventGridTopic(f"https://{n}.example", None, Tokens()).name for n in "ab"}

    assert len(names) == 2
    assert not any("example" in name for name in names)
