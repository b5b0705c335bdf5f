"""Fault orders are obeyed in order, and the ledger tells what each request would have cost."""

from __future__ import annotations

import socket
import time
from typing import Any

import httpx
import pytest

from dev.simulator import Simulator, running_simulator
from dev.simulator.server import RESET_ON_CLOSE


def generate(http: httpx.Client, deployment: str = "img-local", **headers: str) -> httpx.Response:
    body = {"model": deployment, "prompt": "x", "output_format": "jpeg"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.post("/openai/v1/images/generations", json=body, headers=named)


def order(http: httpx.Client, orders: object) -> Any:
    return http.post("/__faults", json=orders).json()


def test_orders_are_used_up_in_order(http: httpx.Client) -> None:
    """A list is taken from the front, each order as often as it says, then all is well again."""
    order(http, [{"kind": "503"}, {"kind": "429", "times": 2, "retryAfterS": 7}])
    answers = [generate(http) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [503, 429, 429, 200]
    assert http.get("/__faults").json() == []


def test_order_for_a_deployment_spares_others(http: httpx.Client) -> None:
    """An order with a deployment waits for it, and does not block orders behind it."""
    order(http, [{"kind": "403", "deployment": "img-one"}, {"kind": 500}])
    statuses = [generate(http, name).status_code for name in ("img-local", "img-local", "img-one")]
    assert statuses == [500, 200, 403]


def test_rate_limit_says_when_to_come_back(http: httpx.Client) -> None:
    """429 carries both retry headers, an empty allowance and the seconds in words."""
    order(http, {"kind": "429", "retryAfterS": 38})
    answer = generate(http)
    assert answer.headers["retry-after"] == "38"
    assert answer.headers["retry-after-ms"] == "38000"
    assert answer.headers["x-ratelimit-remaining-requests"] == "0"
    assert "ImageGenerations_Create" in answer.json()["error"]["message"]
    assert "Please retry after 38 seconds." in answer.json()["error"]["message"]


def test_retry_after_on_other_refusals(http: httpx.Client) -> None:
    """Any refusal carries a retry time where the order gives one."""
    order(http, {"kind": "503", "retryAfterS": 1.5})
    answer = generate(http)
    assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("2", "1500")


def test_blocked_resource_sounds_like_policy(http: httpx.Client) -> None:
    """The resource block says Forbidden, though it talks of content policy."""
    order(http, {"kind": "403"})
    error = generate(http).json()["error"]
    assert error["code"] == "Forbidden"
    assert "temporarily blocked" in error["message"]


def test_drip_spreads_the_body(simulator: Simulator, http: httpx.Client) -> None:
    """A dripping answer takes its time and is whole in the end."""
    order(http, {"kind": "drip", "seconds": 0.3})
    started_s = time.perf_counter()
    answer = generate(http)
    assert time.perf_counter() - started_s >= 0.3
    assert answer.headers["transfer-encoding"] == "chunked"
    assert len(answer.json()["data"]) == 1
    assert simulator.ledger()[0]["outcome"] == "completed"


def test_a_drip_begins_at_once(http: httpx.Client) -> None:
    """The head of a dripping answer does not wait for the rest."""
    order(http, {"kind": "drip", "seconds": 600})
    body = {"model": "img-local", "prompt": "x"}
    with http.stream("POST", "/openai/v1/images/generations", json=body) as answer:
        assert answer.status_code == 200


def test_slow_waits_before_the_answer(http: httpx.Client) -> None:
    """A slow answer keeps its headers back as well."""
    order(http, {"kind": "slow", "seconds": 0.2})
    started_s = time.perf_counter()
    assert generate(http).status_code == 200
    assert time.perf_counter() - started_s >= 0.2


def test_empty_data_is_billed(simulator: Simulator, http: httpx.Client) -> None:
    """An empty list is a success without a picture, and its usage still counts."""
    order(http, {"kind": "emptyData"})
    body = generate(http).json()
    assert body["data"] == [] and body["usage"]["output_tokens"] > 0
    assert simulator.ledger()[0]["outcome"] == "emptyData"
    assert simulator.ledger()[0]["billed"] is True


def test_malformed_usage_has_pictures(http: httpx.Client) -> None:
    """A malformed usage comes with good pictures."""
    order(http, {"kind": "malformedUsage"})
    body = generate(http).json()
    assert len(body["data"]) == 1
    assert body["usage"]["input_tokens_details"] == []


@pytest.mark.parametrize("kind", ["cutBefore", "cutAfterBilling"])
def test_cut_resets_the_connection(simulator: Simulator, kind: str) -> None:
    """A cut is a reset, not an orderly end, and not one byte comes before it."""
    simulator.order({"kind": kind})
    with raw_request(simulator) as connection, pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_client_that_leaves_is_still_billed(simulator: Simulator) -> None:
    """An abandoned answer stays in the books as billed, marked clientGone."""
    simulator.order({"kind": "drip", "seconds": 0.4})
    with raw_request(simulator) as connection:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    deadline_s = time.monotonic() + 60
    while simulator.ledger()[0]["outcome"] != "clientGone" and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert simulator.ledger()[0]["outcome"] == "clientGone"
    assert simulator.ledger()[0]["billed"] is True


def raw_request(simulator: Simulator) -> socket.socket:
    host, port = simulator.url.removeprefix("http://").split(":")
    body = b'{"model":"img-local","prompt":"x"}'
    head = (
        "POST /openai/v1/images/generations HTTP/1.1\r\nHost: x\r\n"
        f"api-key: {simulator.key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection((host, int(port)), timeout=60)
    connection.sendall(head.encode() + body)
    return connection


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"kind": "418"}, "418"),
        ({}, "None"),
        ({"kind": "429", "time": 2}, "time"),
        ({"kind": "429", "times": 0}, "times"),
        ({"kind": "429", "retryAfterS": "2"}, "retryAfterS"),
        ({"kind": "429", "deployment": 5}, "deployment"),
        ({"kind": "streamError", "form": "loud"}, "event, typed, flat"),
        ("429", "JSON object"),
    ],
)
def test_wrong_orders_are_refused(http: httpx.Client, wrong: object, named: str) -> None:
    """A wrong order is named, and none of its list is queued."""
    answer = http.post("/__faults", json=[{"kind": "500"}, wrong])
    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]
    assert http.get("/__faults").json() == []


def test_orders_are_shown_and_cleared(http: httpx.Client) -> None:
    """What is left can be seen and forgotten, without credentials."""
    order(http, [{"kind": "429", "times": 3, "retryAfterS": 2, "deployment": "img-one"}])
    (shown,) = http.get("/__faults", headers={"api-key": ""}).json()
    assert (shown["kind"], shown["times"], shown["deployment"]) == ("429", 3, "img-one")
    assert http.delete("/__faults").status_code == 200
    assert http.get("/__faults").json() == []


def test_ledger_keeps_order_and_caller_ids(http: httpx.Client) -> None:
    """Rows come in order, with the caller's id or else the service's, and the time of arrival."""
    begun_s = time.time()
    order(http, {"kind": "500"})
    refused = generate(http)
    done = generate(http, x_ms_client_request_id="mine-1")
    assert done.headers["x-ms-client-request-id"] == "mine-1"
    rows = http.get("/__ledger").json()
    arrived = [row.pop("arrivedAt") for row in rows]
    assert begun_s <= arrived[0] <= arrived[1] <= time.time()
    common = {"deployment": "img-local", "route": "generations"}
    assert rows == [
        {
            "requestId": refused.headers["apim-request-id"],
            "images": 0,
            "outcome": "500",
            "billed": False,
            **common,
        },
        {"requestId": "mine-1", "images": 1, "outcome": "completed", "billed": True, **common},
    ]
    http.delete("/__ledger")
    assert http.get("/__ledger").json() == []


def test_success_headers(http: httpx.Client) -> None:
    """A good answer carries ids, region and the request allowance."""
    headers = generate(http).headers
    wanted = {"apim-request-id", "x-request-id", "x-ms-region", "x-ratelimit-limit-requests"}
    assert wanted <= set(headers)


def test_stopping_does_not_wait_for_slow_answers() -> None:
    """A stopped simulator cuts what it has not yet answered, or this would take an hour."""
    with running_simulator(key="k", deployments={"img-local": "gpt-image-2"}) as simulator:
        simulator.order({"kind": "slow", "seconds": 3600})
        connection = raw_request(simulator)
        while not simulator.ledger():
            time.sleep(0.01)
    connection.close()
    assert simulator.ledger()[0]["outcome"] == "cut"


def test_log_has_no_prompt_and_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    """The log line names method, path, status and time, and nothing a caller wrote."""
    with (
        running_simulator(key="planted-key", deployments={"d": "gpt-image-2"}) as simulator,
        httpx.Client(base_url=simulator.url, headers={"api-key": "planted-key"}) as client,
    ):
        body = {"model": "d", "prompt": "planted-prompt blocked-prompt"}
        client.post("/openai/v1/images/generations?api-version=preview", json=body)
        simulator.order({"kind": "cutBefore"})
        with pytest.raises(httpx.HTTPError):
            client.post("/openai/v1/images/generations", json=body)
    logged = capsys.readouterr().err
    assert '"method": "POST", "path": "/openai/v1/images/generations", "status": 400' in logged
    assert '"status": null' in logged
    assert "planted" not in logged
