"""The local approver, with the `standardwebhooks` package as judge of its signature check."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from standardwebhooks import Webhook

from dev.approver import ASKED, Approver, Server
from dev.http_client import Answer, send
from dev.verdicts import asking, post_verdict, verdict

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DIGEST = "ab" * 32
DATA: dict[str, Any] = {
    "id": "01J",
    "round": 2,
    "reviewUrl": "http://127.0.0.1:1/review#t",
    "decisionUrl": "http://127.0.0.1:1/decision?token=t",
    "images": [
        {"index": 0, "round": 1, "sha256": "cd" * 32},
        {"index": 0, "round": 2, "sha256": DIGEST},
    ],
}


@contextmanager
def serving(server: HTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running_app(statuses: list[int]) -> Iterator[tuple[str, "queue.Queue[Any]"]]:
    """An app that answers decisions with these statuses, one after the other."""
    decisions: queue.Queue[Any] = queue.Queue()

    class App(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(statuses.pop(0))
            self.send_header("content-length", "0")
            self.end_headers()
            decisions.put((self.path, json.loads(body)))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with serving(HTTPServer(("127.0.0.1", 0), App)) as url:
        yield url, decisions


def hook(
    url: str, data: dict[str, Any], key: str = KEY, at: datetime | None = None, id_: str = "01J-3"
) -> Answer:
    """Sign as the vendor's library does, over the very bytes that are sent."""
    at = at or datetime.now(UTC)
    headers = {
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(key).sign(id_, at, json.dumps(data)),
        "ce-type": ASKED,
        "ce-id": id_,
        "ce-subject": "images/01J",
        "ce-time": "2026-11-20T12:00:00Z",
    }
    return send("POST", f"{url}/hook", data, headers)


def silent(mode: str = "manual") -> Approver:
    return Approver(KEY, mode, say=lambda text: None)


def test_signed_event_is_listed_without_links() -> None:
    """An event the vendor's library signed is taken, and its links are not shown."""
    with serving(Server(silent(), 0)) as url:
        assert hook(url, DATA).status == 200
        listed = send("GET", url)

    assert listed.json() == [
        {"type": ASKED, "id": "01J-3", "time": "2026-11-20T12:00:00Z", "subject": "images/01J"}
    ]


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_old_and_future_events_are_refused(age: timedelta) -> None:
    """A message outside the tolerance of five minutes answers 401."""
    with serving(Server(silent(), 0)) as url:
        assert hook(url, DATA, at=datetime.now(UTC) - age).status == 401


def test_foreign_signature_is_refused() -> None:
    """A message signed with another secret answers 401 and is not listed."""
    with serving(Server(silent(), 0)) as url:
        assert hook(url, DATA, key="whsec_" + "A" * 32).status == 401
        assert send("GET", url).json() == []


def test_unsigned_event_is_refused() -> None:
    """Without the headers there is nothing to believe."""
    with serving(Server(silent(), 0)) as url:
        assert send("POST", f"{url}/hook", DATA).status == 401


def test_repeated_event_is_listed_once() -> None:
    """A redelivery answers 200 and changes nothing."""
    with serving(Server(silent(), 0)) as url:
        answers = [hook(url, DATA).json() for _ in range(2)]
        listed = send("GET", url).json()

    assert answers == [{"new": True}, {"new": False}]
    assert len(listed) == 1


def test_auto_mode_approves_once_through_the_link_of_the_event() -> None:
    """The verdict goes to `decisionUrl` with its token, once however often the event comes."""
    with running_app([200, 200]) as (app, decisions), serving(Server(silent("auto"), 0)) as url:
        data = DATA | {"decisionUrl": f"{app}/decision?token=t"}
        hook(url, data)
        hook(url, data)
        path, decision = decisions.get(timeout=60)
        hook(url, data | {"round": 3, "images": []}, id_="01J-9")
        _, later = decisions.get(timeout=60)

    assert path == "/decision?token=t"
    assert decision["decision"] == "approve"
    assert decision["images"] == [{"index": 0, "decision": "approve", "sha256": DIGEST}]
    assert (decision["round"], later["round"]) == (2, 3)


def test_verdict_is_posted_again_after_a_server_error() -> None:
    """A 503 is not the app's answer to the decision."""
    with running_app([503, 200]) as (app, decisions):
        outcome = post_verdict(DATA | {"decisionUrl": f"{app}/decision"}, pause_s=0.0)

    assert outcome == "status 200"
    assert decisions.qsize() == 2


def test_unreachable_app_is_reported() -> None:
    """The tries end, and the outcome says so instead of raising."""
    assert post_verdict(DATA, pause_s=0.0) == "nobody answered"


def test_verdict_of_a_spend_gate_names_no_images() -> None:
    """Before generation there are none to name."""
    assert "images" not in verdict({"round": 1, "images": []})


def test_manual_mode_prints_the_links_and_a_line_to_paste() -> None:
    """Manual mode decides nothing, it shows where to decide."""
    said: list[str] = []
    Approver(KEY, "manual", said.append).act(ASKED, DATA)

    assert [asking(DATA)] == said
    assert "curl -X POST" in said[0]
    assert DATA["reviewUrl"] in said[0]


def test_other_events_need_no_answer() -> None:
    """Only a question is answered."""
    said: list[str] = []
    Approver(KEY, "auto", said.append).act("darkroom.request.approved", DATA)

    assert said == []


def test_clock_of_the_check_is_passed_in() -> None:
    """The tolerance counts from the moment of arrival."""
    at = datetime.now(UTC)
    body = b"{}"
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": "v1,c3R1ZmY= " + Webhook(KEY).sign("m", at, body.decode()),
    }

    assert silent().take(headers, body, now_s=time.time() + 200)
