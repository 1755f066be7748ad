"""Open connections: which of them wait for a request, and the end of those on which none comes."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tornado.http1connection import HTTP1ServerConnection
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

IDLE_SECONDS = 75.0
"""How long a connection waits for the whole head of its next request; then it is closed."""
FIRST_REQUEST_SECONDS = 1.0
"""So long after a connection was made its first request is waited for when the server stops."""
READ_BYTES = 16 * 1024
"""Memory that is laid out, and emptied, for each read of a connection. Few requests are larger."""


class Connections:
    """Those of one application. One timer for all of them: one for each request would be made only to be cancelled."""

    def __init__(self) -> None:
        self._waiting: dict[HTTP1ServerConnection, float] = {}
        """Since when, the one that has waited longest first."""
        self._used: set[HTTP1ServerConnection] = set()
        """Those that have sent a request."""
        self._timer: asyncio.TimerHandle | None = None

    def waits(self, connection: HTTP1ServerConnection) -> None:
        """For a request, from now on."""
        self._waiting[connection] = time.monotonic()
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)

    def has_request(self, connection: HTTP1ServerConnection) -> None:
        """The head of one has come."""
        self._waiting.pop(connection, None)
        self._used.add(connection)

    def closed(self, connection: HTTP1ServerConnection) -> None:
        self._waiting.pop(connection, None)
        self._used.discard(connection)

    def has_new(self) -> bool:
        """Is there one that was made just now and has not sent its first request yet?"""
        young = time.monotonic() - FIRST_REQUEST_SECONDS
        return any(
            since > young and connection not in self._used and not connection.stream.closed()
            for connection, since in self._waiting.items()
        )

    def _close_idle(self) -> None:
        self._timer, now = None, time.monotonic()
        for connection, since in list(self._waiting.items()):
            if (left := since + IDLE_SECONDS - now) > 0:
                self._timer = asyncio.get_running_loop().call_later(left, self._close_idle)
                return
            del self._waiting[connection]
            connection.stream.close()


class Server(HTTPServer):
    """Tornado's, for an application that closes idle connections itself. ``connections``: the application's."""

    def initialize(self, *given: Any, connections: Connections, **options: Any) -> None:
        super().initialize(*given, **{"chunk_size": READ_BYTES, **options})
        self.conn_params.header_timeout = None
        self._open = connections

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        stream.set_nodelay(True)
        stream.set_nodelay = _as_it_is  # type: ignore[method-assign]
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        assert isinstance(server_conn, HTTP1ServerConnection)
        self._open.closed(server_conn)
        super().on_close(server_conn)


def _as_it_is(value: bool) -> None:
    """What is written is sent at once, for good: an answer is written in one piece. Tornado would change that before
    and after each, with two calls of the system."""
