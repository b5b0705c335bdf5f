"""An HTTP request as the handler sees it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from azure.functions.meta import Datum


@dataclass(frozen=True, repr=False)
class Exchange:
    """One request, read completely. `target` is path and query as they were sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """Repeated parameters joined by commas; one whose value is empty does not exist."""
        return join_query(self.target.partition("?")[2])

    @property
    def url(self) -> str:
        """Scheme, host, path and query, prefix included."""
        return f"http://{self.headers.get('host', '127.0.0.1')}{self.target}"


def join_headers(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Lower-case names; a repeated header is one value joined with a comma."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def join_query(text: str) -> dict[str, str]:
    """Names compare ignoring case and keep their first spelling."""
    spelling: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first = spelling.setdefault(name.lower(), name)
        values.setdefault(first, []).append(value)
    return {name: ",".join(found) for name, found in values.items() if "".join(found)}


def request_value(exchange: Exchange, route_params: Mapping[str, str]) -> Datum:
    """The trigger value; the body is always bytes, empty when there is none."""
    return Datum(
        {
            "method": _text(exchange.method),
            "url": _text(exchange.url),
            "headers": _texts(exchange.headers),
            "query": _texts(exchange.query),
            "params": _texts(route_params),
            "body": Datum(exchange.body, "bytes"),
        },
        "http",
    )


def _text(value: str) -> Datum:
    return Datum(value, "string")


def _texts(values: Mapping[str, str]) -> dict[str, Datum]:
    return {name: _text(value) for name, value in values.items()}
