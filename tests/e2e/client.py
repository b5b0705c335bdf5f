"""The product's HTTP interface as the tests speak it; no test builds a URL."""

import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from dev.http_client import Answer, send
from tests.e2e.waiting import until

FINAL = frozenset({"approved", "rejected", "expired", "failed", "cancelled"})


@dataclass(frozen=True)
class Client:
    """One caller of one running app."""

    api_url: str
    key: str = field(repr=False)

    def by(self, key: str) -> "Client":
        """The same app, asked by another caller."""
        return Client(self.api_url, key)

    def submit(self, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        return self._send("POST", "images", body, headers)

    def submit_and_wait(self, body: Any, wait_s: int, until: str) -> Answer:
        """Hold the line until it has come so far."""
        return self._send("POST", f"images?until={until}", body, {"prefer": f"wait={wait_s}"})

    def unsubscribe(self, headers: Mapping[str, str], cancel: bool = False) -> dict[str, Any]:
        answer = self._send("POST", "callbacks/unsubscribe", {"cancel": cancel}, headers)
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def batched(self, items: list[Any], **fields: Any) -> str:
        """The id of a batch that must be taken."""
        answer = self._send("POST", "batches", {"items": items, **fields})
        assert answer.status == 202, answer.body
        return str(answer.json()["id"])

    def batch(self, batch_id: str) -> dict[str, Any]:
        answer = self._send("GET", f"batches/{batch_id}")
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def cancel_batch(self, batch_id: str) -> Answer:
        return self._send("POST", f"batches/{batch_id}/cancel")

    def decide_batch(self, batch_id: str, body: Any) -> Answer:
        return self._send("POST", f"batches/{batch_id}/decision", body)

    def start(self, body: Any) -> Answer:
        return self._send("POST", "images/start", body)

    def models(self) -> list[dict[str, Any]]:
        answer = self._send("GET", "models")
        assert answer.status == 200, answer.status
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def checked(self, body: Any) -> dict[str, Any]:
        """What a dry run says of this body."""
        answer = self._send("POST", "policy/check", body)
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def put_template(self, name: str, body: Any) -> Answer:
        return self._send("PUT", f"templates/{name}", body)

    def submitted(self, body: Any, headers: Mapping[str, str] | None = None) -> str:
        """The id of a request that must be accepted."""
        answer = self.submit(body, headers)
        assert answer.status == 202, answer.body
        return str(answer.json()["id"])

    def submit_raw(self, body: bytes | Iterable[bytes]) -> Answer:
        """Bytes as they are; an iterable goes out in chunks and without a length."""
        headers = {"x-functions-key": self.key, "content-type": "application/json"}
        return _sent_raw("POST", f"{self.api_url}/images", body, headers)

    def upload_link(self, data: bytes, content_type: str) -> dict[str, Any]:
        """Where the app lets these bytes be sent ahead, and under which name."""
        wanted = {"contentType": content_type, "bytes": len(data)}
        answer = self._send("POST", "uploads", wanted)
        assert answer.status == 201, answer.body
        return dict(answer.json())

    def uploaded(self, data: bytes, content_type: str) -> str:
        """The name of a blob that holds these bytes now, put there by the app's own link."""
        return self.send_ahead(self.upload_link(data, content_type), data)

    def send_ahead(self, link: Mapping[str, Any], data: bytes) -> str:
        answer = _sent_raw("PUT", link["uploadUrl"], data, link["headers"])
        assert answer.status == 201, answer.body
        return str(link["blob"])

    def get(self, request_id: str) -> Answer:
        return self._send("GET", f"images/{request_id}")

    def resource(self, request_id: str) -> dict[str, Any]:
        answer = self.get(request_id)
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def reached(self, request_id: str, *statuses: str, timeout_s: float = 20.0) -> dict[str, Any]:
        """The resource once its status is one of these; a final one that is not fails at once."""

        def look() -> dict[str, Any] | None:
            found = self.resource(request_id)
            if found["status"] in statuses:
                return found
            assert found["status"] not in FINAL, (found["status"], found["error"])
            return None

        return until(look, f"{request_id} is {' or '.join(statuses)}", timeout_s)

    def listed(self, **query: str) -> Answer:
        return self._send("GET", "images?" + urlencode(query))

    def poll(self, location: str) -> Answer:
        """A link that the app gave out, asked without a key."""
        return send("GET", location)

    def result(self, request_id: str, **query: str) -> Answer:
        return send("GET", f"{self.api_url}/images/{request_id}/result?{urlencode(query)}")

    def decide(self, request_id: str, body: Any, token: str | None = None) -> Answer:
        """By the review token when there is one, else by the caller's key."""
        right = {"x-review-token": token} if token else {"x-functions-key": self.key}
        return send("POST", f"{self.api_url}/images/{request_id}/decision", body, right)

    def review(self, request_id: str, token: str) -> dict[str, Any]:
        """What the review page is served."""
        place = f"{self.api_url}/images/{request_id}/review"
        answer = send("GET", place, headers={"x-review-token": token})
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def inbox(self, token: str) -> dict[str, Any]:
        """What waits for the person whose link it is."""
        answer = send("GET", f"{self.api_url}/reviews", headers={"x-review-token": token})
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def cancel(self, request_id: str) -> Answer:
        return self._send("POST", f"images/{request_id}/cancel", {})

    def resume(self, request_id: str, action: str, attention: int) -> Answer:
        body = {"action": action, "attention": attention}
        return self._send("POST", f"images/{request_id}/resume", body)

    def rerun(self, request_id: str) -> Answer:
        return self._send("POST", f"images/{request_id}/rerun", {})

    def content(self, request_id: str, index: int) -> Answer:
        return self._send("GET", f"images/{request_id}/content/{index}")

    def preview(self, resource: Mapping[str, Any]) -> Answer | None:
        """The latest partial image by the resource's own link; None where it has none."""
        url = resource["progress"]["previewUrl"]
        return send("GET", url) if url else None

    def evidence(self, request_id: str) -> dict[str, Any]:
        answer = self._send("GET", f"images/{request_id}/evidence")
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def facts(self, request_id: str) -> list[dict[str, Any]]:
        """The journal, line by line."""
        return [json.loads(line) for line in self.evidence(request_id)["journal"]]

    def pause(self, deployment: str) -> dict[str, Any]:
        return self._switched(deployment, "pause")

    def go_on(self, deployment: str) -> dict[str, Any]:
        """End a pause, let an open breaker be probed, and let go of whoever is held for it."""
        return self._switched(deployment, "resume?release=1")

    def conditions(self) -> tuple[str, dict[str, dict[str, Any]]]:
        """How ready the app says it is, and how each deployment is; up to 10 s old."""
        found = self._send("GET", "health/ready").json()
        return str(found["status"]), {one["name"]: one for one in found["deployments"]}

    def usage(self, **query: str) -> Answer:
        return self._send("GET", "usage?" + urlencode(query))

    def subscribed(self, url: str, **fields: Any) -> str:
        """The id of a subscription that is there from now on."""
        answer = self._send("POST", "subscriptions", {"notificationUrl": url, **fields})
        assert answer.status == 201, answer.body
        return str(answer.json()["id"])

    def subscriptions(self) -> list[dict[str, Any]]:
        return list(self._send("GET", "subscriptions").json()["items"])

    def unsubscribed(self, id_: str) -> None:
        answer = self._send("DELETE", f"subscriptions/{id_}")
        assert answer.status == 204, answer.body

    def deliveries(self, **query: str) -> list[dict[str, Any]]:
        answer = self._send("GET", "deliveries?" + urlencode(query))
        assert answer.status == 200, answer.body
        return list(answer.json()["items"])

    def every(self) -> list[dict[str, Any]]:
        """Every request that the caller may see, page by page."""
        found, page = [], self.listed(limit="100").json()
        while page["continuation"]:
            found += page["items"]
            page = self.listed(limit="100", continuation=page["continuation"]).json()
        return [*found, *page["items"]]

    def dead_letters(self, queue: str, **query: str) -> list[dict[str, Any]]:
        """The newest dead letters of a queue."""
        answer = self._send("GET", f"deadletters/{queue}?" + urlencode(query))
        assert answer.status == 200, answer.body
        return list(answer.json()["items"])

    def redrive(self, queue: str, **wanted: Any) -> dict[str, Any]:
        answer = self._send("POST", f"deadletters/{queue}/redrive", wanted)
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def switch(self, deployment: str, how: str) -> Answer:
        return self._send("POST", f"deployments/{deployment}/{how}")

    def erased(self, **whom: str) -> dict[str, Any]:
        """The erasure that was asked for, once nothing is left."""
        answer = self._send("POST", "erasures", whom)
        assert answer.status == 202, answer.body
        place = f"erasures/{answer.json()['id']}"

        def done() -> dict[str, Any] | None:
            found = dict(self._send("GET", place).json())
            return found if found["state"] == "done" else None

        return until(done, "it is erased")

    def _switched(self, deployment: str, how: str) -> dict[str, Any]:
        answer = self.switch(deployment, how)
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def run_sweep(self, master_key: str) -> None:
        """Start the sweep by hand, as an operator can on the platform."""
        place = self.api_url.removesuffix("/api") + "/admin/functions/sweep"
        answer = send("POST", place, {"input": ""}, {"x-functions-key": master_key})
        assert answer.status == 202, answer.status

    def _send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        sent = {"x-functions-key": self.key, **(headers or {})}
        return send(method, f"{self.api_url}/{path}", body, sent)


def _sent_raw(
    method: str, url: str, body: bytes | Iterable[bytes], headers: Mapping[str, str]
) -> Answer:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=30)
    try:
        connection.request(method, f"{place.path}?{place.query}", body, dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class SimulatorClient:
    """The simulator's own routes: fault orders and ledger."""

    url: str

    def order(self, *faults: Mapping[str, Any]) -> None:
        answer = send("POST", f"{self.url}/__faults", list(faults))
        assert answer.status == 200, answer.body

    def forget_faults(self) -> None:
        send("DELETE", f"{self.url}/__faults")

    def calls(self, request_id: str) -> list[dict[str, Any]]:
        """What the model's side knows of this request's calls, in order of arrival."""
        rows = send("GET", f"{self.url}/__ledger").json()
        return [row for row in rows if row["requestId"].startswith(f"{request_id}-")]

    def billed(self, request_id: str) -> int:
        return sum(1 for row in self.calls(request_id) if row["billed"])


@dataclass(frozen=True)
class ApproverClient:
    """The local approver: where it is told of events, and what it was told."""

    hook: str

    def received(self, request_id: str) -> list[str]:
        """Types of the request's events in the order in which they came."""
        rows = send("GET", self.hook.removesuffix("/hook") + "/").json()
        return [row["type"] for row in rows if row["subject"] == f"images/{request_id}"]
