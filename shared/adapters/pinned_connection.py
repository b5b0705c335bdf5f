"""A network for httpcore that leads to one address only and ends by a deadline."""

import ssl
from collections.abc import Iterable

import httpcore

from shared.adapters.deadline import Deadline

# What `setsockopt` takes.
SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class PinnedNetwork(httpcore.NetworkBackend):
    """
    Connects to `address` whatever name is asked for.

    The name stays in the URL, so `Host`, TLS's server name and the certificate's check are
    those of the name, and no second look-up can lead elsewhere.
    """

    def __init__(self, address: str, deadline: Deadline) -> None:
        self._address = address
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        if self._deadline.over():
            raise httpcore.ConnectTimeout
        left_s = self._deadline.left_s()
        stream = self._network.connect_tcp(
            self._address,
            port,
            timeout=left_s if timeout is None else min(timeout, left_s),
            local_address=local_address,
            socket_options=socket_options,
        )
        return _BoundedStream(stream, self._deadline)


class _BoundedStream(httpcore.NetworkStream):
    """No read or write goes on after the deadline, however slowly the peer drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left_s(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left_s(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left_s = self._left_s(httpcore.ConnectTimeout)
        stream = self._stream.start_tls(ssl_context, server_hostname, left_s)
        return _BoundedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    def _left_s(self, too_late: type[httpcore.TimeoutException]) -> float:
        left_s = self._deadline.left_s()
        if left_s <= 0:
            raise too_late
        return left_s
