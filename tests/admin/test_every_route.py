"""Every route of the administrators' side: no write without a token, a login and the right role."""

from __future__ import annotations

import re

import pytest

from clock import HOUR
from handlers import admin
from handlers.base import BaseHandler
from storage.models import Role
from tests.admin.clients import Client, error_of
from tests.admin.scenario import MovingClock, Scenario

_GROUP = re.compile(r"\(((?:[^()]|\([^()]*\))*)\)")


def _path(pattern: str) -> str:
    """A route's pattern with an example in place of each group."""

    def example(match: re.Match[str]) -> str:
        first = match[1].split("|")[0]
        return "999999" if "[0-9]" in match[1] else first

    return _GROUP.sub(example, pattern).lstrip("/")


def _routes(method: str) -> list[tuple[str, type]]:
    return [
        (_path(pattern), handler)
        for pattern, handler, *_ in admin.routes
        if getattr(handler, method) is not BaseHandler._unimplemented_method and pattern.startswith("/admin/")
    ]


WRITES = _routes("post")
READS = _routes("get")
OWNERS = [(path, handler) for path, handler in WRITES if getattr(handler, "role", "") == Role.OWNER]


@pytest.fixture
def engine() -> str:
    """What is refused here never reaches a database: one engine is enough."""
    return "sqlite"


def test_the_table_of_routes_is_understood():
    assert len(WRITES) > 40
    assert "admin/orders/edit/finishState/" in [path for path, _ in WRITES]
    assert len(OWNERS) >= 9


@pytest.mark.promise(21)
async def test_every_write_without_a_token_is_refused(owner: Client):
    for path, _ in WRITES:
        answer = await owner.post(path, {"id": 1}, token=False)
        assert answer.code == 403, path
        answer = await owner.post_json(path, {"id": 1}, token=False)
        assert (answer.code, error_of(answer)) == (403, "forbidden"), path


@pytest.mark.promise(21)
async def test_a_wrong_token_is_as_good_as_none(owner: Client):
    right = owner.cookies["_xsrf"]
    for wrong in ("", "x", right[:-3] + "abc", "2|00000000|" + "0" * 32 + "|1795000000"):
        answer = await owner.post(
            "admin/orders/edit/notes/", {"id": 1, "notes": "x", "_xsrf": wrong}, token=False
        )
        assert answer.code == 403


async def test_every_write_without_a_login_is_refused(visitor: Client):
    await visitor.get("admin/login/")
    for path, _ in WRITES:
        if path == "admin/login/":
            continue
        answer = await visitor.post_json(path, {"id": 1})
        assert (answer.code, error_of(answer)) == (401, "unauthorized"), path
        assert (await visitor.post(path)).code == 401, path


async def test_every_page_without_a_login_leads_to_the_login(visitor: Client):
    for path, _ in READS:
        if path != "admin/login/":
            answer = await visitor.get(path)
            assert answer.code == 302, path
            assert "admin/login/?next=" in answer.headers["Location"], path


async def test_nothing_is_written_after_the_session_has_timed_out(owner: Client, clock: MovingClock):
    clock.at += 3 * HOUR
    for path, _ in WRITES:
        if path != "admin/login/":
            assert (await owner.post_json(path, {"id": 1})).code == 401, path


async def test_a_clerk_cannot_do_what_is_the_owners(clerk: Client):
    for path, _ in OWNERS:
        answer = await clerk.post(path, {"confirm": "删除", "password": "a long Passphrase 8"})
        assert answer.code == 403, path
    for path in ("admin/accounts/", "admin/audit/"):
        assert (await clerk.get(path)).code == 403
    menu = await clerk.page("admin/")
    assert "accounts/" not in menu
    assert "audit/" not in menu


async def test_every_page_opens_on_an_empty_database(owner: Client):
    for path, _ in READS:
        if "999999" not in path:
            answer = await owner.get(path)
            leads_on = path in ("admin/login/", "admin/logout/")
            assert answer.code == (302 if leads_on else 200), path
            if not leads_on and "html" in answer.headers["Content-Type"]:
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.promise(18)
async def test_an_unknown_id_is_not_found_everywhere(owner: Client):
    for path, _ in READS:
        if "999999" in path:
            assert (await owner.get(path)).code == 404, path


async def test_assets_are_kept_by_the_browser_for_a_year(visitor: Client):
    page = await visitor.page("admin/login/")
    address = re.search(r'href="\.\./\.\./(static/admin/admin\.css\?v=[0-9a-f]+)"', page)
    assert address
    answer = await visitor.get(address[1])
    assert answer.code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert (await visitor.get("static/admin/../../main.py")).code == 404


async def test_no_page_has_a_script_or_a_style_of_its_own(owner: Client, scenario: Scenario):
    await scenario.order()
    for path in ("admin/", "admin/orders/", "admin/orders/1/", "admin/catalog/services/"):
        page = await owner.page(path)
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert not re.search(r"\sstyle=|\son[a-z]+=", page)
