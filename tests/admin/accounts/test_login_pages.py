"""Pages without a login: where they lead, what they keep of what was typed, and logins that are overtaken."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode, urljoin

import pytest

from accounts.administrators import create_administrator, verify_password
from clock import HOUR
from handlers.admin.accounts import login, me
from handlers.admin.accounts.login import safe_next
from handlers.services import Services
from storage.models import Administrator, Role
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import Scenario

OTHER = "another Passphrase 8"


async def test_a_page_without_login_leads_to_the_login_and_back(visitor: Client):
    answer = await visitor.get("admin/orders/?state=paid")
    assert answer.code == 302
    assert answer.headers["Location"] == "../../admin/login/?next=orders%2F%3Fstate%3Dpaid"
    await visitor.get("admin/login/?next=orders%2F%3Fstate%3Dpaid")
    fields = {"username": "owner", "password": PASSWORD, "next": "orders/?state=paid"}
    answer = await visitor.post("admin/login/", fields)
    assert answer.headers["Location"] == "../../admin/orders/?state=paid"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/",
        "https://evil.example/",
        "/etc/",
        "../../x/",
        "orders/../../",
        "\\evil",
        "orders",
        "a:b/",
    ],
)
def test_the_way_back_cannot_leave_the_site(target: str):
    assert safe_next(target) == ""


@pytest.mark.parametrize(("base_path", "prefix"), [("/shop/api", "shop/api/"), ("", "")])
def test_every_redirect_and_link_works_under_any_prefix(
    services: Services, start: Callable[[Services], str], io_loop, base_path: str, prefix: str
):
    services.settings = services.settings.replace("server", base_path=base_path)
    root = start(services) + prefix
    client = Client(root)
    io_loop.run_sync(lambda: create_administrator(services.storage, "owner", PASSWORD, Role.OWNER, 1))
    answer = io_loop.run_sync(lambda: client.get("admin/users/?q=x"))
    login = urljoin(root + "admin/users/?q=x", answer.headers["Location"])
    assert login == root + "admin/login/?next=users%2F%3Fq%3Dx"
    answer = io_loop.run_sync(lambda: client.get("admin"))
    assert urljoin(root + "admin", answer.headers["Location"]) == root + "admin/"
    io_loop.run_sync(lambda: client.get("admin/login/"))
    fields = {"username": "owner", "password": PASSWORD, "next": "users/?q=x"}
    answer = io_loop.run_sync(lambda: client.post("admin/login/", fields))
    assert urljoin(root + "admin/login/", answer.headers["Location"]) == root + "admin/users/?q=x"
    for path in ("admin/", "admin/orders/", "admin/catalog/services/new/", "admin/runners/calendar/"):
        page = io_loop.run_sync(lambda path=path: client.page(path))
        links = re.findall(r'(?:href|src|action)="([^"#]+)"', page)
        assert len(links) > 8
        for link in links:
            assert urljoin(root + path, link).startswith(root), (path, link)


async def test_what_was_typed_when_the_session_had_ended_is_shown_again(owner: Client, scenario: Scenario):
    order = await scenario.order()
    scenario.clock.at += 3 * HOUR
    path = f"admin/orders/{order}/"
    sent = urlencode({"notes": "家属在门诊楼大厅等<b>", "version": "0", "_xsrf": owner.cookies["_xsrf"]})
    for headers, where in (({"Referer": owner.base + path}, f"orders%2F{order}%2F"), ({}, "orders%2F")):
        answer = await owner.send(
            "POST",
            path + "notes/",
            sent.encode(),
            {"Content-Type": "application/x-www-form-urlencoded", **headers},
        )
        page = answer.body.decode()
        assert answer.code == 401
        assert "家属在门诊楼大厅等&lt;b&gt;" in page
        assert f'admin/login/?next={where}"' in page


async def test_no_failure_shows_a_password_again(owner: Client):
    typed = {
        "current_password": "错的密码一二三",
        "new_password": "新的密码一二三",
        "again_password": "新的密码一二三",
    }
    page = (await owner.post("admin/me/password/", typed)).body.decode()
    assert "密码一二三" not in page
    page = (await owner.post("admin/me/password/", typed, token=False)).body.decode()
    assert "密码一二三" not in page


async def test_of_what_was_typed_a_failure_shows_what_a_person_wrote_and_no_more(
    owner: Client, scenario: Scenario
):
    written = {"note": "家属在大厅等", "reason": "改到下周", "name": "四个汉字"}
    others = {
        "code": "１２３４５６",
        "next": "下一页的地址",
        "_xsrf": owner.cookies["_xsrf"],
        "password": "错的密码一二三",
        "short": "三个字",
        "blank": "　三个字　",
        "english": "nothing but ASCII",
    }
    answer = await owner.post("admin/refunds/999999/approve/", written | others)
    page = answer.body.decode()
    assert answer.code == 404
    assert re.findall(r'<p class="pre">(.*?)</p>', page) == list(written.values())
    page = (await owner.post("admin/refunds/999999/approve/", others)).body.decode()
    assert "刚才写的内容" not in page


async def test_a_part_of_a_page_is_refused_in_a_plain_sentence(owner: Client, scenario: Scenario):
    order = await scenario.order()
    path, form = f"admin/orders/{order}/notes/", {"Content-Type": "application/x-www-form-urlencoded"}
    sent = urlencode({"notes": "长" * 10_241, "version": "0", "_xsrf": owner.cookies["_xsrf"]}).encode()
    answer = await owner.send("POST", path, sent, {**form, "HX-Request": "true"})
    assert (answer.code, answer.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert "备注" in answer.body.decode()
    scenario.clock.at += 3 * HOUR
    answer = await owner.send("POST", path, sent, {**form, "HX-Request": "true"})
    assert (answer.code, answer.headers.get("HX-Redirect")) == (401, None)


@pytest.mark.parametrize("act", ["password", "disable"])
@pytest.mark.parametrize("rehash", [False, True])
async def test_a_login_under_way_is_overtaken_by_a_reset_or_a_disabling(
    owner: Client,
    visitor: Client,
    scenario: Scenario,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
    rehash: bool,
):
    """The old password was right when it was looked at; the session would begin after the owner ended them all."""
    async with scenario.storage.reading() as reader:
        who = next(each for each in await reader.administrators.all() if each.name == "clerk")

    async def verify_then_wait(admin: Administrator | None, password: str) -> bool:
        right = await verify_password(admin, password)
        fields = {"password": OTHER} if act == "password" else {}
        assert (await owner.post(f"admin/accounts/{who.id}/{act}/", fields)).code == 302
        return right

    monkeypatch.setattr(login, "verify_password", verify_then_wait)
    monkeypatch.setattr(login, "needs_rehash", lambda _: rehash)
    assert (await visitor.log_in("clerk")).code == 401
    assert "ha_admin" not in visitor.cookies
    assert "login" not in await scenario.audited()
    monkeypatch.setattr(login, "verify_password", verify_password)
    assert (await visitor.log_in("clerk")).code == 401, "the old password is not back"
    if act == "password":
        assert (await visitor.log_in("clerk", OTHER)).code == 302


async def test_a_change_of_ones_own_password_is_overtaken_by_a_reset(
    owner: Client, clerk: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    async with scenario.storage.reading() as reader:
        who = next(each for each in await reader.administrators.all() if each.name == "clerk")

    async def verify_then_wait(admin: Administrator | None, password: str) -> bool:
        right = await verify_password(admin, password)
        assert (await owner.post(f"admin/accounts/{who.id}/password/", {"password": OTHER})).code == 302
        return right

    monkeypatch.setattr(me, "verify_password", verify_then_wait)
    own = "a third Passphrase 9"
    assert (
        await clerk.post("admin/me/password/", {"old": PASSWORD, "password": own, "again": own})
    ).code == 401
    assert (await clerk.log_in("clerk", own)).code == 401
    assert (await clerk.log_in("clerk", OTHER)).code == 302


@pytest.mark.promise(22)
def test_the_changes_of_an_administrator_are_limited(
    services: Services, start: Callable[[Services], str], io_loop
):
    services.settings = services.settings.replace("limits", admin_write_per_minute=2)
    client = Client(start(services))

    async def work() -> list[int]:
        await create_administrator(services.storage, "owner", PASSWORD, Role.OWNER, services.clock())
        await client.log_in()
        answers = [await client.post("admin/me/totp/start/") for _ in range(2)]
        answers.append(await client.get("admin/orders/export/"))
        assert (await client.get("admin/me/")).code == 200
        return [answer.code for answer in answers]

    assert io_loop.run_sync(work) == [200, 200, 429]
