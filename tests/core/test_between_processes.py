"""Four processes on one database: what one of them was told, all of them know with the next request.

Every request has a connection of its own, so that any process may get it.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pymysql
import pytest

from bench.databases import database
from bench.processes import Site
from bench.rolling import workers_of
from tests.http.uploading import picture

PROCESSES = 4
ASKED = 40
"""So many requests of one kind: that three of four processes get none of them happens once in 10^5 runs at the most,
and then nothing fails."""
pytestmark = pytest.mark.promise(44)


class Crowd:
    """Many who ask at once. ``header``: sent with each request."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.header: dict[str, str] = {}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        header = {**self.header, **options.pop("headers", {})}
        with httpx.Client(trust_env=False, timeout=30) as one:
            return one.request(method, self.site.server.root + path, headers=header, **options)

    def all_ask(self, path: str) -> list[httpx.Response]:
        with ThreadPoolExecutor(8) as clients:
            return list(clients.map(lambda _: self.ask("GET", path), range(ASKED)))

    def log_in(self, person: str) -> None:
        code = f"as:{person}:{random.getrandbits(48):x}"
        warrant = self.ask("GET", "login/", params={"code": code}).json()["warrant"]
        self.header = {"Authorization": f"Bearer {warrant}"}

    def log_in_to_the_office(self) -> None:
        shown = self.ask("GET", "admin/login/")
        self.header = {"Cookie": f"_xsrf={shown.cookies['_xsrf']}"}
        fields = {"username": "admin", "password": self.site.admin_password, "_xsrf": shown.cookies["_xsrf"]}
        answer = self.ask("POST", "admin/login/", data=fields)
        assert answer.status_code == 302, answer.text
        self.xsrf = answer.cookies.get("_xsrf", shown.cookies["_xsrf"])
        self.header = {"Cookie": f"_xsrf={self.xsrf}; ha_admin={answer.cookies['ha_admin']}"}

    def post(self, path: str, **fields: str) -> httpx.Response:
        """A form of the office."""
        answer = self.ask("POST", path, data={**fields, "_xsrf": self.xsrf})
        assert answer.status_code == 302, f"{answer.status_code} {answer.text[:3000]}"
        return answer


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with database("mysql") as base:
        site = Site(tmp_path_factory.mktemp("four"), base.environment, PROCESSES)
        try:
            asyncio.run(site.start())
            until(lambda: len(workers_of(site.server.pid)) == PROCESSES)
            until(lambda: f"{PROCESSES} 个进程 / processes are ready" in site.server.last_words)
            yield site
        finally:
            site.kill()


@pytest.fixture
def crowd(site: Site) -> Crowd:
    return Crowd(site)


def until(what: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def rows(site: Site, sql: str) -> list[tuple[Any, ...]]:
    settings = site.settings().database
    connection = pymysql.connect(
        host=settings.host,
        port=settings.port,
        user=settings.user,
        password=settings.password,
        database=settings.name,
        autocommit=True,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def test_a_change_of_the_catalog_is_seen_by_all_with_the_next_request(crowd: Crowd) -> None:
    crowd.log_in_to_the_office()
    shown = [len(answer.json()["hospitals"]) for answer in crowd.all_ask("catalog/")]
    assert len(set(shown)) == 1
    for act, change in (("archive", -1), ("restore", 0)):
        page = crowd.ask("GET", f"admin/catalog/hospitals/?archived={int(act == 'restore')}").text
        form = re.search(
            rf'admin/catalog/hospitals/1/{act}/.*?name="fingerprint" value="([^"]*)"', page, re.S
        )
        crowd.post(f"admin/catalog/hospitals/1/{act}/", **({"fingerprint": form[1]} if form else {}))
        seen = [len(answer.json()["hospitals"]) for answer in crowd.all_ask("catalog/")]
        assert seen == [shown[0] + change] * ASKED, act


def test_a_session_ends_for_all_at_once(crowd: Crowd) -> None:
    crowd.log_in("zhang")
    assert Counter(answer.status_code for answer in crowd.all_ask("user/me/")) == {200: ASKED}
    assert crowd.ask("POST", "user/logout/", json={}).status_code == 200
    assert Counter(answer.status_code for answer in crowd.all_ask("user/me/")) == {401: ASKED}


def test_a_session_of_the_office_ends_for_all_at_once(crowd: Crowd) -> None:
    crowd.log_in_to_the_office()
    assert Counter(answer.status_code for answer in crowd.all_ask("admin/orders/")) == {200: ASKED}
    crowd.post("admin/logout/")
    assert Counter(answer.status_code for answer in crowd.all_ask("admin/orders/")) == {302: ASKED}


def test_a_picture_that_one_process_has_taken_is_sent_by_all(crowd: Crowd) -> None:
    crowd.log_in("wang")
    sent = crowd.ask("POST", "user/avatar/", files={"avatar": ("me.png", picture(), "image/png")})
    assert sent.status_code == 200, sent.text
    address = {answer.json()["user"]["avatar"] for answer in crowd.all_ask("user/me/")}
    assert len(address) == 1
    pictures = crowd.all_ask(address.pop())
    assert Counter(answer.status_code for answer in pictures) == {200: ASKED}
    assert len({answer.content for answer in pictures}) == 1


def test_how_far_a_download_is_is_known_to_all(crowd: Crowd) -> None:
    crowd.log_in_to_the_office()
    ticket = f"{random.getrandbits(64):016x}"
    file = crowd.ask("GET", f"admin/orders/export/?format=csv&ticket={ticket}")
    assert file.status_code == 200
    told = crowd.all_ask(f"admin/orders/export/progress/?ticket={ticket}")
    assert ["导出完成" in answer.text for answer in told] == [True] * ASKED


def test_what_is_due_once_an_hour_is_done_once_although_four_processes_began(site: Site) -> None:
    hourly = "SELECT name, runs FROM jobs WHERE name IN ('forget', 'qualifications', 'unused_files')"
    until(lambda: len([row for row in rows(site, hourly) if row[1]]) == 3)
    assert dict(rows(site, hourly)) == {"forget": 1, "qualifications": 1, "unused_files": 1}
