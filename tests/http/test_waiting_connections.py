"""Which connections wait, which of them are new, and when one timer closes those on which no request comes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tornado.httpserver import HTTPServer

from handlers import connections
from handlers.connections import FIRST_REQUEST_SECONDS, IDLE_SECONDS, READ_BYTES, Connections, Server


class Connection:
    """One of Tornado's, as far as it is looked at."""

    def __init__(self) -> None:
        self.closed = 0
        self.stream = SimpleNamespace(closed=lambda: bool(self.closed), close=self._close)

    def _close(self) -> None:
        self.closed += 1


class Time:
    """A clock, and the loop's timers: when each is due, and what it does."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.timers: list[tuple[float, Any]] = []

    def monotonic(self) -> float:
        return self.now

    def get_running_loop(self) -> Time:
        return self

    def call_later(self, seconds: float, work: Any) -> object:
        self.timers.append((self.now + seconds, work))
        return object()

    def ring(self) -> float:
        """The only timer goes off, when it is due; that moment."""
        ((self.now, work),) = self.timers
        self.timers.clear()
        work()
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(connections, "time", made)
    monkeypatch.setattr(connections, "asyncio", made)
    return made


@pytest.fixture
def open_ones() -> Any:
    return Connections()


def due(time: Time) -> list[float]:
    return [at for at, _ in time.timers]


def test_one_timer_closes_each_connection_when_it_has_waited_for_its_time(time: Time, open_ones: Any) -> None:
    first, second, third = Connection(), Connection(), Connection()
    begin = time.now
    open_ones.waits(first)
    time.now += 10
    open_ones.waits(second)
    open_ones.waits(third)
    assert due(time) == [begin + IDLE_SECONDS], "for all of them"
    assert time.ring() == begin + 75
    assert (first.closed, second.closed, third.closed) == (1, 0, 0)
    assert due(time) == [begin + 85]
    time.ring()
    assert (first.closed, second.closed, third.closed) == (1, 1, 1)
    assert due(time) == [], "nobody waits any more"
    open_ones.waits(fourth := Connection())
    assert due(time) == [time.now + 75]
    time.ring()
    assert fourth.closed == 1


def test_a_connection_that_has_waited_for_a_little_less_is_left(time: Time, open_ones: Any) -> None:
    first, second = Connection(), Connection()
    open_ones.waits(first)
    time.now += 0.5
    open_ones.waits(second)
    time.ring()
    assert (first.closed, second.closed, due(time)) == (1, 0, [time.now + 0.5])


def test_who_sends_a_request_is_not_closed_and_waits_anew_afterwards(time: Time, open_ones: Any) -> None:
    asked, other = Connection(), Connection()
    open_ones.waits(asked)
    open_ones.waits(other)
    open_ones.has_request(asked)
    time.now += 40
    open_ones.waits(asked)
    time.ring()
    assert (asked.closed, other.closed) == (0, 1)
    assert due(time) == [time.now + 40]
    open_ones.has_request(asked)
    time.ring()
    assert (asked.closed, due(time)) == (0, [])


def test_what_is_closed_is_forgotten(time: Time, open_ones: Any) -> None:
    waiting, used = Connection(), Connection()
    open_ones.waits(waiting)
    open_ones.has_request(used)
    assert (set(open_ones._waiting), open_ones._used) == ({waiting}, {used})
    for each in (waiting, used):
        open_ones.closed(each)
    open_ones.closed(waiting)
    assert (open_ones._waiting, open_ones._used) == ({}, set())


def test_a_connection_is_new_for_a_second_before_its_first_request(time: Time, open_ones: Any) -> None:
    assert open_ones.has_new() is False
    connection = Connection()
    open_ones.waits(connection)
    assert open_ones.has_new() is True
    time.now += FIRST_REQUEST_SECONDS - 0.001
    assert open_ones.has_new() is True
    time.now += 0.001
    assert open_ones.has_new() is False
    open_ones.waits(another := Connection())
    assert open_ones.has_new() is True
    open_ones.has_request(another)
    assert open_ones.has_new() is False
    open_ones.waits(another)
    assert open_ones.has_new() is False, "it waits for its second one"
    open_ones.waits(gone := Connection())
    gone.closed = 1
    assert open_ones.has_new() is False


def test_the_limits_of_connections() -> None:
    assert (IDLE_SECONDS, FIRST_REQUEST_SECONDS, READ_BYTES) == (75.0, 1.0, 16_384)


async def test_a_server_reads_little_at_a_time_and_has_no_timer_of_its_own_for_each_head() -> None:
    open_ones = Connections()

    def application(_: object) -> None:
        """Answers nothing."""

    server = Server(application, connections=open_ones, max_body_size=7)
    assert (server.conn_params.header_timeout, server.conn_params.chunk_size) == (None, 16_384)
    assert (server._open, server.conn_params.max_body_size) == (open_ones, 7)
    assert Server(application, connections=open_ones, chunk_size=9).conn_params.chunk_size == 9


async def test_what_is_written_is_sent_at_once_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    handled: list[tuple[Any, ...]] = []
    monkeypatch.setattr(HTTPServer, "handle_stream", lambda _, *given: handled.append(given))
    server = Server(lambda _: None, connections=Connections())
    calls: list[bool] = []
    stream: Any = SimpleNamespace(set_nodelay=calls.append)
    server.handle_stream(stream, ("203.0.113.9", 5))
    stream.set_nodelay(False)
    stream.set_nodelay(True)
    assert calls == [True]
    assert handled == [(stream, ("203.0.113.9", 5))]
