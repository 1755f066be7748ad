"""What every handler has from its base: the head of an answer, ids, addresses, limits, methods."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.limits import RateLimiter
from clock import MINUTE
from handlers.base import BaseHandler, http_date
from handlers.errors import ApiError
from tests.http.handlers_alone import Known, handler, services_with

# What an answer begins with


async def test_an_answer_begins_with_the_headers_of_every_answer_and_nothing_else() -> None:
    made = handler()
    for _ in range(2):
        found = dict(made._headers)
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", found.pop("Date"))
        assert found == {
            "Content-Type": "text/html; charset=UTF-8",
            "X-Request-Id": made.request_id,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "SAMEORIGIN",
        }
        assert (made._write_buffer, made.get_status(), made._reason) == ([], 200, "OK")
        made.set_header("X-More", "1")
        made.set_status(404)
        made.write("half an answer")
        before = made.request_id
        made.clear()
        assert made.request_id == before, "a failure has the request's own id"
    assert (made.body_fields, made.query_fields) == ({}, {})


def test_the_time_of_an_answer_is_that_of_its_second() -> None:
    assert http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert http_date(1_795_060_800) == "Thu, 19 Nov 2026 04:00:00 GMT"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["abcdefgh"], True),
        (["aZ09_-" * 10 + "abcd"], True),
        (["abcdefg"], False),
        (["a" * 65], False),
        (["abc.defgh"], False),
        (["abcdefgh", "ijklmnop"], False),
        ([], False),
    ],
)
async def test_a_request_keeps_the_id_that_it_brings_if_that_may_be_one(
    given: list[str], *, kept: bool
) -> None:
    made = handler(headers=[("X-Request-Id", each) for each in given])
    assert (made.request_id == "".join(given)) is kept
    if not kept:
        assert re.fullmatch(r"[0-9a-f]{16}", made.request_id)
        assert handler().request_id != made.request_id


# Who asks, and how often


@pytest.mark.parametrize(
    ("remote", "forwarded", "address", "network"),
    [
        ("203.0.113.9", [], "203.0.113.9", "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7", "10.0.0.2"], "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", ["2001:db8::7:1"], "2001:db8::7:1", "2001:db8::/64"),
        (None, ["198.51.100.7"], "", ""),
        ("x" * 70, [], "x" * 70, "x" * 64),
    ],
)
async def test_an_address_is_the_one_before_the_trusted_proxies(
    remote: str | None, forwarded: list[str], address: str, network: str
) -> None:
    services = services_with(trusted_proxies=["10.0.0.0/24"])
    made = handler(
        services=services, headers=[("X-Forwarded-For", each) for each in forwarded], remote_ip=remote
    )
    assert (made.client_address, made.network) == (address, network)


class Buckets:
    """The limits of all processes; ``wait``: what is to be waited for (ms)."""

    def __init__(self, wait: int) -> None:
        self.wait, self.asked = wait, list[tuple[Any, ...]]()

    async def take(self, *asked: Any) -> int:
        self.asked.append(asked)
        return self.wait

    async def run(self, work: Any) -> Any:
        return await work(SimpleNamespace(limits=self))


def limited(wait: int = 0) -> tuple[Any, Buckets]:
    services, buckets = services_with(), Buckets(wait)
    services.limiter, services.storage = RateLimiter(services.clock), buckets
    return handler(services=services), buckets


async def test_what_was_too_often_in_this_process_says_when_to_come_again() -> None:
    made, _ = limited()
    made.limit("order", "1", 2)
    made.limit("order", "1", 2)
    made.limit("order", "2", 2)
    made.limit("card", "1", 2)
    with pytest.raises(ApiError) as refused:
        made.limit("order", "1", 2)
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "30"})


@pytest.mark.parametrize(
    ("wait", "seconds"), [(1, "1"), (1_400, "1"), (1_600, "2"), (MINUTE, "60"), (MINUTE + 600, "61")]
)
async def test_what_was_too_often_in_all_processes_says_so_in_whole_seconds(wait: int, seconds: str) -> None:
    made, buckets = limited(wait)
    with pytest.raises(ApiError) as refused:
        await made.limit_shared("claim", "7", 3)
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": seconds})
    assert buckets.asked == [("claim", "7", 1_000_000, 3)]


async def test_a_flood_at_one_process_does_not_reach_the_database_and_no_limit_does_not_either() -> None:
    made, buckets = limited()
    for _ in range(3):
        await made.limit_network("login", 3)
    with pytest.raises(ApiError):
        await made.limit_network("login", 3)
    assert buckets.asked == [("login", "203.0.113.9", 1_000_000, 3)] * 3
    for per_minute in (0, -1):
        await made.limit_shared("card", "7", per_minute)
    assert len(buckets.asked) == 3
    await made.limit_shared("card", "7", 1)
    assert buckets.asked[-1] == ("card", "7", 1_000_000, 1)


async def test_an_event_names_address_account_detail_and_request() -> None:
    services = services_with()
    for kind, given, account in ((Known, "", "user:7"), (Known, "李", "李"), (BaseHandler, "", "")):
        made = handler(kind, services)
        made.record("an event", "detail", given)
        assert services.security.pop() == ("an event", "203.0.113.9", account, "detail", made.request_id)


@pytest.mark.parametrize(
    ("prefix", "path", "root"),
    [
        ("", "/", "./"),
        ("", "/healthz", "./"),
        ("", "/healthz/", "../"),
        ("", "/admin/orders/7/", "../../../"),
        ("/clinic", "/clinic/", "./"),
        ("/clinic", "/clinic/admin/orders/", "../../"),
    ],
)
async def test_the_way_to_the_root_is_the_same_behind_any_prefix(prefix: str, path: str, root: str) -> None:
    assert handler(services=services_with(base_path=prefix), path=path).root() == root


def test_the_methods_of_a_handler_are_those_that_it_has() -> None:
    class One(Known):
        """One more than it."""

        async def delete(self) -> None:
            """Answers."""

    assert One.methods() == One.SUPPORTED_METHODS == ("GET", "HEAD", "POST", "PUT", "DELETE")
    assert Known.methods() == ("GET", "HEAD", "POST", "PUT")
    assert BaseHandler.methods() == ()


async def test_a_handler_may_begin_its_answers_with_headers_of_its_own() -> None:
    class Framed(BaseHandler):
        def set_default_headers(self) -> None:
            self.set_header("X-Frame-Options", "DENY")

    assert handler(Framed)._headers["X-Frame-Options"] == "DENY"


async def test_a_method_that_is_not_there_is_405() -> None:
    for name in ("get", "head", "post", "put", "patch", "delete", "options"):
        with pytest.raises(ApiError) as refused:
            getattr(handler(), name)()
        assert refused.value.status == 405
