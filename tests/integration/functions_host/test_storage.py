"""The host on a real storage service (Azurite)."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient, QueueServiceClient

from dev.functions_host.connections import resolve
from dev.functions_host.host import Host
from dev.functions_host.queue_store import AzureQueueStore, MessageGone, QueueMissing
from dev.functions_host.settings import AppSettings

# Long enough for a slow machine; every wait below ends as soon as its event came.
PATIENCE_S = 15.0
APP = """
import queue
seen = queue.Queue()


@app.queue_output("out", "%OUT%", "")
@app.queue_trigger("msg", "%IN%", "AzureWebJobsStorage")
def work(msg: func.QueueMessage, out: func.Out[bytes]) -> None:
    seen.put(msg)
    if msg.get_body() == b"bad":
        raise RuntimeError("refused")
    out.set(b"done " + msg.get_body())


@app.queue_trigger("msg", "%OUT%", "")
def after(msg: func.QueueMessage) -> None:
    seen.put(msg)


@app.timer_trigger("t", "0 0 0 1 1 *", run_on_startup=True)
def tick(t: func.TimerRequest) -> None:
    seen.put(t)
"""
HOST_JSON = json.dumps(
    {
        "version": "2.0",
        "extensions": {"queues": {"messageEncoding": "none", "maxDequeueCount": 2}},
    }
)


@pytest.fixture
def names(storage_connection_string: str) -> Iterator[dict[str, str]]:
    """Settings with queue names of this test; the queues are removed afterwards."""
    run = uuid.uuid4().hex[:12]
    yield {
        "AzureWebJobsStorage": storage_connection_string,
        "AzureFunctionsWebHost__hostid": run,
        "IN": f"{run}-in",
        "OUT": f"{run}-out",
    }
    with QueueServiceClient.from_connection_string(storage_connection_string) as service:
        for queue in service.list_queues(name_starts_with=run):
            service.delete_queue(queue.name)


@pytest.fixture
def inbox(names: dict[str, str]) -> Iterator[QueueClient]:
    text = names["AzureWebJobsStorage"]
    with QueueClient.from_connection_string(text, names["IN"]) as queue:
        queue.create_queue()
        yield queue


@pytest.fixture
def host(run_host: Callable[..., Host], names: dict[str, str], inbox: QueueClient) -> Host:
    return run_host(APP, HOST_JSON, **names)


def seen(host: Host) -> list[Any]:
    """Take the timer's run and two more events; order between functions is free."""
    queue = host.functions["work"].handler.__globals__["seen"]
    return [queue.get(timeout=PATIENCE_S) for _ in range(3)]


def test_message_through_two_functions(host: Host, inbox: QueueClient) -> None:
    """Trigger, output that creates its queue and wakes its listener, then deletion of both."""
    inbox.send_message("one")
    found = [e for e in seen(host) if hasattr(e, "get_body")]
    assert [e.get_body() for e in found] == [b"one", b"done one"]
    assert found[0].dequeue_count == 1
    assert abs(datetime.now(UTC) - found[0].insertion_time) < timedelta(minutes=1)
    assert host.stop(PATIENCE_S)
    assert inbox.get_queue_properties().approximate_message_count == 0


def test_failing_message_ends_in_poison(
    host: Host, inbox: QueueClient, names: dict[str, str]
) -> None:
    """Two failures (maxDequeueCount 2), then a new message with the body in the poison queue."""
    inbox.send_message("bad")
    found = [e for e in seen(host) if hasattr(e, "get_body")]
    assert [e.dequeue_count for e in found] == [1, 2]
    assert host.stop(PATIENCE_S)
    text = names["AzureWebJobsStorage"]
    with QueueClient.from_connection_string(text, f"{names['IN']}-poison") as poison:
        (message,) = poison.receive_messages()
    assert (message.content, message.dequeue_count) == ("bad", 1)
    assert inbox.get_queue_properties().approximate_message_count == 0


def test_start_by_hand(host: Host, inbox: QueueClient) -> None:
    """202 at once; the function runs with a made-up message that has only a body."""
    headers = {"x-functions-key": "master-key"}
    url = f"{host.url}/admin/functions/work"
    assert httpx.post(url, headers=headers, json={"input": "by hand"}).status_code == 202
    found = [e for e in seen(host) if hasattr(e, "get_body")]
    assert (found[0].get_body(), found[0].id) == (b"by hand", None)
    assert httpx.post(url, headers=headers).status_code == 400
    assert httpx.post(url, json={"input": "x"}).status_code == 401


def test_timer_record(host: Host, names: dict[str, str]) -> None:
    """The status blob in azure-webjobs-hosts, in the container the host creates."""
    queue = host.functions["tick"].handler.__globals__["seen"]
    timer = queue.get(timeout=PATIENCE_S)
    assert not timer.past_due
    assert host.stop(PATIENCE_S)
    path = f"timers/{names['AzureFunctionsWebHost__hostid']}/Host.Functions.tick/status"
    text = names["AzureWebJobsStorage"]
    with ContainerClient.from_connection_string(text, "azure-webjobs-hosts") as container:
        record = json.loads(container.download_blob(path).readall())
    assert set(record) == {"Last", "Next", "LastUpdated"}
    assert record["Next"].endswith("-01-01T00:00:00+00:00")


def test_store_against_the_service(names: dict[str, str]) -> None:
    """The adapter's errors and receipts are those the listener's rules are written for."""
    settings = AppSettings(names)
    with resolve("", "queue", settings).queue(names["IN"]) as client:
        store = AzureQueueStore(client)
        assert not store.exists()
        with pytest.raises(QueueMissing):
            store.receive(1, 600)
        store.create()
        store.create()
        store.put("<text> & more")
        (message,) = store.receive(16, 600)
        assert (message.text, message.dequeue_count) == ("<text> & more", 1)
        assert message.next_visible_at - datetime.now(UTC) > timedelta(seconds=500)
        newer = store.renew(message.id, message.receipt, 600)
        with pytest.raises(MessageGone):
            store.delete(message.id, message.receipt)
        store.delete(message.id, newer)
        assert store.receive(16, 600) == []
