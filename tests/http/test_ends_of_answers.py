"""How an answer ends: in pieces, or as a failure, with its trace and its line of the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from handlers import base
from handlers.base import BaseHandler
from handlers.errors import ApiError, ForgedForm, by_status
from storage import StorageUnavailable
from tests.http.handlers_alone import Known, handler, services_with

# Answers in pieces


async def pieces(*parts: Any) -> AsyncIterator[bytes]:
    for part in parts:
        if isinstance(part, BaseException):
            raise part
        yield part


async def test_pieces_are_sent_one_by_one_with_an_end() -> None:
    made = handler()
    stream = made.request.connection
    seen = []

    async def counted() -> AsyncIterator[bytes]:
        for part in (b"a", b"b"):
            seen.append(stream.written)
            yield part

    await made.send_pieces(counted(), b"!")
    assert (seen, stream.written, stream.heads, stream.closed) == ([b"", b"a"], b"ab!", 1, 0)
    assert stream.finished


async def test_a_failure_amid_the_pieces_closes_the_connection_and_one_before_does_not() -> None:
    for parts, closed in (((b"a", ValueError("x")), 1), ((ValueError("x"),), 0)):
        made = handler()
        with pytest.raises(ValueError, match="x"):
            await made.send_pieces(pieces(*parts))
        assert made.request.connection.closed == closed


async def test_a_reader_who_has_had_enough_is_no_failure() -> None:
    made = handler()
    made.request.connection.fails = StreamClosedError()
    await made.send_pieces(pieces(b"a", b"b"))
    assert (made.request.connection.written, made.request.connection.closed) == (b"a", 0)


# Failures


def failed(made: Any, status: int, error: BaseException | None = None) -> tuple[Any, ...]:
    """Status, JSON and the headers that a failure has of its own."""
    made.write_error(status, **({"exc_info": (type(error), error, None)} if error else {}))
    stream = made.request.connection
    own = {
        name: stream.headers[name]
        for name in ("Content-Type", "Cache-Control", "Allow", "Retry-After")
        if name in stream.headers
    }
    return stream.status, orjson.loads(stream.written), own


JSON = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}


@pytest.mark.parametrize(
    ("status", "error", "shown", "slug", "more"),
    [
        (500, None, 500, "internal_error", {}),
        (404, None, 404, "not_found", {}),
        (500, ValueError("x"), 500, "internal_error", {}),
        (500, by_status(409), 409, "conflict", {}),
        (405, by_status(405), 405, "method_not_allowed", {"Allow": "GET, HEAD, POST, PUT"}),
        (405, None, 405, "method_not_allowed", {"Allow": "GET, HEAD, POST, PUT"}),
        (500, StorageUnavailable("x"), 503, "unavailable", {"Retry-After": "5"}),
        (400, HTTPError(413), 413, "too_large", {}),
    ],
)
async def test_a_failure_is_answered_in_the_one_shape(
    status: int, error: BaseException | None, shown: int, slug: str, more: dict[str, str]
) -> None:
    services = services_with()
    made = handler(Known, services)
    told, body, own = failed(made, status, error)
    assert (told, body["code"], body["error"], body["request_id"]) == (shown, shown, slug, made.request_id)
    assert own == {**JSON, **more}
    assert services.security == []


@pytest.mark.parametrize(
    ("error", "event", "slug"),
    [
        (by_status(403), "forbidden", "forbidden"),
        (ForgedForm(), "csrf_refused", "forbidden"),
        (by_status(429), "rate_limited", "too_many_requests"),
        (ApiError(429, "slow_down", "慢"), "rate_limited", "slow_down"),
    ],
)
async def test_some_refusals_leave_a_trace(error: ApiError, event: str, slug: str) -> None:
    services = services_with()
    made = handler(Known, services)
    failed(made, error.status, error)
    assert services.security == [(event, "203.0.113.9", "user:7", slug, made.request_id)]


@pytest.mark.parametrize(
    ("given", "error", "sent"),
    [(500, by_status(409), 409), (500, ValueError("x"), 500), (404, None, 404), (502, HTTPError(413), 413)],
)
async def test_an_error_is_sent_with_its_own_status(
    given: int, error: BaseException | None, sent: int
) -> None:
    seen: list[int] = []

    class Told(BaseHandler):
        def write_error(self, status_code: int, **_: Any) -> None:
            seen.append(status_code)
            self.finish()

    made = handler(Told)
    made.send_error(given, **({"exc_info": (type(error), error, None)} if error else {}))
    assert seen == [sent]


AWAY = StorageUnavailable("host is away")


@pytest.mark.parametrize(
    ("error", "level", "said"),
    [
        (None, None, ""),
        (asyncio.CancelledError(), None, ""),
        (by_status(404), None, ""),
        (by_status(501), None, ""),
        (by_status(502), "WARNING", "request {id}: 502 internal_error"),
        (ApiError(503, "busy", "忙"), "WARNING", "request {id}: 503 busy"),
        (AWAY, "WARNING", "request {id}: 503 unavailable (host is away)"),
        (by_status(500), "ERROR", "request {id} failed: ApiError"),
        (ValueError("13800138000"), "ERROR", "request {id} failed: ValueError"),
    ],
)
async def test_the_log_has_what_is_our_own_fault_and_nothing_that_it_quotes(
    error: BaseException | None, level: str | None, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = handler()
    with caplog.at_level(logging.DEBUG, base.logger.name):
        made.log_exception(type(error), error, None)
    found = [(each.levelname, each.getMessage()) for each in caplog.records]
    assert found == ([(level, said.format(id=made.request_id))] if level else [])


async def test_the_log_tells_the_last_eight_calls_of_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    def deeper(left: int) -> None:
        if not left:
            raise ValueError("secret")
        deeper(left - 1)

    made = handler()
    with pytest.raises(ValueError, match="secret") as failure:
        deeper(12)
    made.log_exception(ValueError, failure.value, None)
    (line,) = caplog.messages
    assert line.startswith(f"request {made.request_id} failed: ValueError at ")
    assert len(line.split(" > ")) == 8
    assert "secret" not in line
