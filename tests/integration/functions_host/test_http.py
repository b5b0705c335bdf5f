"""Requests against a host in this process."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from dev.functions_host.host import Host

APP = """
import json

anonymous = func.AuthLevel.ANONYMOUS


def seen(req):
    return func.HttpResponse(json.dumps({
        "method": req.method, "url": req.url, "headers": dict(req.headers),
        "params": dict(req.params), "route": dict(req.route_params),
        "body": req.get_body().decode(), "kind": type(req).__module__,
    }), mimetype="application/json")


@app.route("echo/{*rest}", auth_level=anonymous)
def echo(req: func.HttpRequest) -> func.HttpResponse:
    return seen(req)


@app.route("jobs/{id}", methods=["GET"], auth_level=anonymous)
def b_job(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("b " + req.route_params["id"])


@app.route("jobs/latest", methods=["GET"], auth_level=anonymous)
def c_latest(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("c")


@app.route("submit", methods=["POST"])
def submit(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=202)


@app.route("secret", auth_level=func.AuthLevel.ADMIN)
def secret(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("s")


@app.route("fails", auth_level=anonymous)
def fails(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("boom")


@app.route("nothing", auth_level=anonymous)
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None


@app.route("text", auth_level=anonymous)
def text(req: func.HttpRequest) -> str:
    return req.get_body().decode()


@app.route("headers", auth_level=anonymous)
async def headers(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    answer = func.HttpResponse(b"raw", headers={"X-Run": context.function_name})
    answer.headers.add("Set-Cookie", "a=1; Path=/")
    answer.headers.add("Set-Cookie", "b=2; HttpOnly")
    return answer


@app.route("accent", auth_level=anonymous)
def accent(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("x", headers={"X-A": "\u2713"})


@app.route("broken", auth_level=anonymous)
def broken(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("x", headers={"X-A": "b\\r\\nX-C: d"})
"""


@pytest.fixture
def host(run_host: Callable[..., Host]) -> Host:
    return run_host(APP, FUNCTIONS_REQUEST_BODY_SIZE_LIMIT="1000")


@pytest.fixture
def client(host: Host) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=host.url, timeout=60) as client:
        yield client


def test_request_as_the_handler_sees_it(client: httpx.Client) -> None:
    """Lower-case joined headers, joined query without empty values, encoded slash, full URL."""
    answer = client.post(
        "/API/Echo/a%2Fb/c%20d?x=1&X=2&empty=&y=%20",
        content="body",
        headers=[("X-Two", "1"), ("x-two", "2")],
    )
    seen = answer.json()
    assert seen["url"] == f"{client.base_url}/API/Echo/a%2Fb/c%20d?x=1&X=2&empty=&y=%20"
    assert (seen["method"], seen["body"]) == ("POST", "body")
    assert seen["params"] == {"x": "1,2", "y": " "}
    assert seen["route"] == {"rest": "a%2Fb/c d"}
    assert seen["headers"]["x-two"] == "1,2"
    assert seen["kind"] == "azure.functions.http"


def test_chunked_body_without_length_is_empty(client: httpx.Client) -> None:
    """The platform copies a body only where its length is known; the connection lives on."""
    for _ in range(2):
        answer = client.post("/api/echo/x", content=iter([b"one", b"two"]))
        assert answer.json()["body"] == ""


def test_first_function_by_name_wins(client: httpx.Client) -> None:
    """No ranking by specificity: b_job hides c_latest."""
    assert client.get("/api/jobs/latest").text == "b latest"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/jobs/1"),
        ("HEAD", "/api/jobs/1"),
        ("OPTIONS", "/api/jobs/1"),
        ("QUERY", "/api/jobs/1"),
        ("GET", "/api/none"),
        ("GET", "/jobs/1"),
        ("GET", "/api"),
        ("GET", "/api/submit"),
    ],
)
def test_not_found_is_empty(client: httpx.Client, method: str, path: str) -> None:
    """Unknown paths and methods that are not listed are both 404, never 405."""
    answer = client.request(method, path)
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"x-functions-key": "wrong"}, "", 401),
        ({"x-functions-key": "submit-key"}, "", 202),
        ({"x-functions-key": "host-key"}, "", 202),
        ({}, "?code=master-key", 202),
        ({"x-functions-key": ""}, "?code=master-key", 401),
    ],
)
def test_function_keys(
    client: httpx.Client, headers: dict[str, str], query: str, status: int
) -> None:
    """Header before query, 401 without a body."""
    answer = client.post(f"/api/submit{query}", headers=headers)
    assert (answer.status_code, answer.content) == (status, b"")


def test_admin_level_takes_the_master_key_only(client: httpx.Client) -> None:
    """A host key does not open an admin function."""
    assert client.get("/api/secret?code=host-key").status_code == 401
    assert client.get("/api/secret?code=master-key").text == "s"


@pytest.mark.parametrize("path", ["fails", "nothing", "broken", "accent"])
def test_failures_are_500_without_a_body(client: httpx.Client, path: str) -> None:
    """An exception, None, and headers that cannot be sent."""
    answer = client.get(f"/api/{path}")
    assert (answer.status_code, answer.content) == (500, b"")


@pytest.mark.parametrize(
    ("returned", "status", "content_type", "body"),
    [
        ("plain", 200, "text/plain; charset=utf-8", "plain"),
        ('{"a": [1, "é"]}', 200, "application/json; charset=utf-8", '{"a":[1,"é"]}'),
        ('{"Body": "x", "statusCode": 418}', 418, "text/plain; charset=utf-8", "x"),
        ('{"body": {"a": 1}, "headers": {"content-type": "a/b"}}', 200, "a/b", '{"a":1}'),
    ],
)
def test_plain_strings_are_read_as_json(
    client: httpx.Client, returned: str, status: int, content_type: str, body: str
) -> None:
    """A returned str that parses as JSON is rewritten, or taken for a response object."""
    answer = client.post("/api/text", content=returned.encode())
    assert (answer.status_code, answer.text) == (status, body)
    assert answer.headers["content-type"] == content_type


def test_response_headers(client: httpx.Client) -> None:
    """Default content type, several cookies, an async handler with its context."""
    answer = client.get("/api/headers")
    assert answer.content == b"raw"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-run"] == "headers"
    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; HttpOnly"]


def test_body_limit(client: httpx.Client) -> None:
    """Over the limit is 413 before any function runs; at the limit is served."""
    assert client.post("/api/echo/x", content=b"x" * 1000).status_code == 200
    assert client.post("/api/echo/x", content=b"x" * 1001).status_code == 413
    assert client.get("/").status_code == 200


def test_homepage(client: httpx.Client) -> None:
    """An HTML page; 204 when switched off."""
    answer = client.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")


def test_homepage_switched_off(run_host: Callable[..., Host]) -> None:
    """AzureWebJobsDisableHomepage leaves an empty 204."""
    host = run_host("", AzureWebJobsDisableHomepage="true")
    assert httpx.get(host.url).status_code == 204


def test_disabled_function(run_host: Callable[..., Host]) -> None:
    """A disabled function is 404 without the master key."""
    host = run_host(APP, **{"AzureWebJobs.b_job.Disabled": "true"})
    assert httpx.get(f"{host.url}/api/jobs/1").status_code == 404
    assert httpx.get(f"{host.url}/api/jobs/1?code=master-key").status_code == 200


def test_not_running(host: Host, client: httpx.Client) -> None:
    """Before the start is complete and while stopping: 503 with the platform's sentence."""
    host.state = "Starting"
    answer = client.get("/api/jobs/1")
    assert (answer.status_code, answer.text) == (503, "Function host is not running.")
    assert client.get("/admin/host/ping").status_code == 200
    host.state = "Running"


def test_loopback_only(host: Host) -> None:
    """The socket is bound to 127.0.0.1 and to nothing else."""
    assert urlsplit(host.url).hostname == "127.0.0.1"
    assert host._server.server_address[0] == "127.0.0.1"


def test_keep_alive_and_one_segment(host: Host) -> None:
    """Two requests on one connection; head and body of an answer arrive together."""
    where = urlsplit(host.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    connection.request("GET", "/api/jobs/1")
    first = connection.getresponse()
    assert first.read() == b"b 1"
    assert isinstance(connection.sock, socket.socket)
    connection.sock.sendall(b"GET /api/jobs/2 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.sock.recv(65536).endswith(b"\r\n\r\nb 2")
    connection.close()


def test_expect_continue(host: Host) -> None:
    """A client that asks first is told to go on before it sends its body."""
    where = urlsplit(host.url)
    with socket.create_connection((where.hostname or "", where.port or 0), 5) as connection:
        head = b"POST /api/text HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        connection.sendall(head + b"Expect: 100-continue\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"hi")
        assert connection.recv(65536).endswith(b"\r\n\r\nhi")


def test_admin_needs_the_master_key(client: httpx.Client) -> None:
    """Status and the list of functions are closed without it; ping is open."""
    assert client.get("/admin/host/status").status_code == 401
    assert client.get("/admin/functions?code=host-key").status_code == 401
    assert client.get("/admin/host/ping").status_code == 200


def test_admin_status_and_functions(client: httpx.Client) -> None:
    """The state, and every function with its bindings."""
    client.headers["x-functions-key"] = "master-key"
    assert client.get("/admin/host/status").json()["state"] == "Running"
    functions = {f["name"]: f for f in client.get("/admin/functions").json()}
    assert functions["submit"]["config"]["bindings"][0]["type"] == "httpTrigger"
    assert client.get("/admin/functions/Submit").json()["name"] == "submit"
    assert client.get("/admin/functions/submit/status").json() == {"errors": []}
    assert client.get("/admin/functions/none").status_code == 404
    assert client.get("/admin/none").status_code == 404


def test_error_log_has_no_query(client: httpx.Client, capsys: pytest.CaptureFixture[str]) -> None:
    """A failed invocation is logged with its traceback, never with keys, query or body."""
    client.post("/api/fails?code=master-key&q=private", content="hidden")
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert events[-1]["function"] == "fails"
    assert "boom" in events[-1]["error"]
    assert not any(word in json.dumps(events) for word in ("master-key", "private", "hidden"))
