"""A handler by itself: its application, its request, and a connection that keeps what is written."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application

from config import load_settings
from handlers.base import BaseHandler

HEADERS = (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "SAMEORIGIN"))


class Stream:
    """A connection that keeps what is written. ``fails``: what the next writes end with."""

    context = None

    def __init__(self) -> None:
        self.written, self.heads, self.closed, self.finished = b"", 0, 0, False
        self.status, self.headers = 0, HTTPHeaders()
        self.fails: Exception | None = None

    def set_close_callback(self, _: Any) -> None:
        """Nobody closes it."""

    def _done(self) -> asyncio.Future[None]:
        done = asyncio.get_running_loop().create_future()
        if self.fails is None:
            done.set_result(None)
        else:
            done.set_exception(self.fails)
        return done

    def write_headers(self, start: Any, headers: HTTPHeaders, chunk: bytes = b"") -> asyncio.Future[None]:
        self.heads, self.status, self.headers = self.heads + 1, start.code, headers
        return self.write(chunk)

    def write(self, chunk: bytes) -> asyncio.Future[None]:
        self.written += chunk
        return self._done()

    def finish(self) -> None:
        self.finished = True

    def close(self) -> None:
        self.closed += 1


class Events(list[tuple[Any, ...]]):
    def record(self, *event: Any) -> None:
        self.append(event)


def services_with(**changes: Any) -> Any:
    settings = load_settings(Path("/nonexistent"), environment={}).replace("server", **changes)
    return SimpleNamespace(settings=settings, security=Events(), clock=lambda: 1_000_000)


def handler(
    kind: type[BaseHandler] = BaseHandler,
    services: Any = None,
    *,
    method: str = "GET",
    path: str = "/healthz/",
    headers: list[tuple[str, str]] | None = None,
    remote_ip: str | None = "203.0.113.9",
) -> Any:
    sent = HTTPHeaders({"Host": "here"})
    for name, value in headers or []:
        sent.add(name, value)
    stream = Stream()
    request = HTTPServerRequest(
        headers=sent, start_line=RequestStartLine(method, path, "HTTP/1.1"), connection=cast(Any, stream)
    )
    request.remote_ip = cast(Any, remote_ip)
    application = Application(services=services or services_with(), default_headers=HEADERS)
    made = kind(application, request)
    made._transforms = []
    return made


class Known(BaseHandler):
    account = "user:7"

    async def get(self) -> None:
        """Answers."""

    async def put(self) -> None:
        """Answers."""

    async def post(self) -> None:
        """Answers."""

    head = get
