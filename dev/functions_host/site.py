"""Every request's way through the host: state, functions, admin endpoints, home page."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .admin import Admin
from .bindings import Function
from .executor import Executor
from .host_rules import is_disabled, methods_of, route_of
from .http_request import Exchange, request_value
from .http_response import Answer, answer_of
from .invocation import Inputs
from .keys import KeyRing, presented_key
from .routing import Route, compile_route, decode_path
from .settings import AppSettings

_NOT_FOUND = Answer(404)
_HOME = Answer(
    200,
    (("Content-Type", "text/html"),),
    b"<!DOCTYPE html><title>Functions</title><p>Your function app is up and running.</p>\n",
)
_NOT_RUNNING = Answer(503, (("Content-Type", "text/plain"),), b"Function host is not running.")


@dataclass(frozen=True)
class _Endpoint:
    function: Function
    route: Route
    methods: frozenset[str]
    level: str
    disabled: bool

    def takes(self, method: str) -> bool:
        """No listed method means every method; HEAD and OPTIONS are never implied."""
        return not self.methods or method in self.methods


class FunctionRoutes:
    """The app's HTTP functions, ordered by name; the first whose route matches answers."""

    def __init__(
        self, functions: Iterable[Function], settings: AppSettings, prefix: str, keys: KeyRing
    ) -> None:
        self._keys = keys
        self._endpoints = [
            _endpoint(function, settings, prefix)
            for function in sorted(functions, key=lambda f: f.name.lower())
            if function.trigger.type == "httpTrigger"
        ]

    def answer(self, exchange: Exchange, executor: Executor) -> Answer | None:
        """None when no function's route and method match."""
        path = decode_path(exchange.path)
        for endpoint in self._endpoints:
            params = endpoint.route.match(path) if endpoint.takes(exchange.method) else None
            if params is not None:
                return self._call(endpoint, params, exchange, executor)
        return None

    def _call(
        self, endpoint: _Endpoint, params: dict[str, str], exchange: Exchange, executor: Executor
    ) -> Answer:
        key = presented_key(dict(exchange.headers), exchange.query)
        if endpoint.disabled and not self._keys.is_master(key):
            return _NOT_FOUND
        if not self._keys.allows(endpoint.level, endpoint.function.name, key):
            return Answer(401)
        return run_http(endpoint.function, exchange, params, executor)


def _endpoint(function: Function, settings: AppSettings, prefix: str) -> _Endpoint:
    return _Endpoint(
        function=function,
        route=compile_route(prefix, route_of(function, settings)),
        methods=methods_of(function),
        level=function.trigger.text("authLevel", "FUNCTION").lower(),
        disabled=is_disabled(function, settings),
    )


def run_http(
    function: Function, exchange: Exchange, params: dict[str, str], executor: Executor
) -> Answer:
    """Run the handler; whatever goes wrong is a 500 without a body."""
    inputs = Inputs({function.trigger.name: request_value(exchange, params)})
    try:
        return answer_of(executor.begin(function, inputs).finish())
    except Exception:
        # Already in the log as function.executed, with its traceback.
        return Answer(500)


class Site:
    """Answers a request with what the host's state and routes say."""

    def __init__(self, admin: Admin, settings: AppSettings, is_running: Callable[[], bool]) -> None:
        self._admin = admin
        self._no_homepage = settings.is_true("AzureWebJobsDisableHomepage")
        self._is_running = is_running
        self._routes: FunctionRoutes | None = None
        self._executor: Executor | None = None

    def serve(self, routes: FunctionRoutes, executor: Executor) -> None:
        """Give the site its functions once the app has been indexed."""
        self._routes, self._executor = routes, executor

    def respond(self, exchange: Exchange) -> Answer:
        """Admin first (its roots are reserved), then functions, then the home page."""
        if self._admin.owns(exchange.path):
            return self._admin.answer(exchange)
        if not self._is_running() or self._routes is None or self._executor is None:
            return _NOT_RUNNING
        found = self._routes.answer(exchange, self._executor)
        if found is None and exchange.path == "/":
            return Answer(204) if self._no_homepage else _HOME
        return found or _NOT_FOUND
