"""The administrators' way in: passwords, sessions, cookies, CSRF."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from urllib.parse import urlencode, urljoin

import pytest

from accounts import administrators
from accounts.administrators import AccountRefused, create_administrator, verify_password
from clock import HOUR, MINUTE
from handlers.admin.accounts import login, me
from handlers.admin.accounts.login import safe_next
from handlers.services import Services
from storage.models import Administrator, FailureKind, Role
from storage.writes import AdministratorChange
from tests.admin.clients import PASSWORD, Client, error_of, token_of
from tests.admin.scenario import MovingClock, Scenario

pytestmark = pytest.mark.promise(20)
OTHER = "another Passphrase 8"


async def test_a_password_opens_the_door_and_begins_a_session(visitor: Client, scenario: Scenario):
    assert (await visitor.get("admin/")).code == 302
    assert (await visitor.log_in()).code == 302
    assert "owner" in await visitor.page("admin/")
    assert (await scenario.audited())[-1] == "login"


async def test_the_password_is_kept_as_a_slow_hash_and_the_session_hashed(
    visitor: Client, scenario: Scenario, real_logins: None
):
    await visitor.log_in()  # the test's own hash is a quick one: a login replaces it
    async with scenario.storage.reading() as reader:
        admin = await reader.administrators.by_name("owner")
        assert admin is not None
        sessions = await reader.administrators.sessions_of(admin.id, scenario.clock(), 0)
    assert admin.password_hash.startswith("$argon2id$v=19$m=65536,t=3,")
    assert PASSWORD not in admin.password_hash
    assert sessions[0].token_hash != visitor.cookies["ha_admin"]
    assert len(visitor.cookies["ha_admin"]) >= 43


async def test_an_unknown_name_gets_the_same_answer_as_a_wrong_password(visitor: Client):
    pages = []
    for name in ("owner", "nobody-here"):
        answer = await visitor.log_in(name, "not the password")
        assert answer.code == 401
        pages.append(answer.body.decode().replace(token_of(answer.body.decode()), "").replace(name, ""))
    assert pages[0] == pages[1]


async def test_an_unknown_name_takes_as_long_as_a_wrong_password(
    visitor: Client, real_logins: None, monkeypatch: pytest.MonkeyPatch
):
    """Without the common wait at the end, which would hide it: a password is hashed for nobody, too."""
    monkeypatch.setattr(login, "REFUSED_AFTER_SECONDS", 0.0)

    async def seconds(name: str) -> float:
        await visitor.get("admin/login/")
        begun = time.perf_counter()
        await visitor.post("admin/login/", {"username": name, "password": "not the password"})
        return time.perf_counter() - begun

    await visitor.log_in()  # the test's own hash is a quick one: a login replaces it
    await visitor.post("admin/logout/")
    await seconds("nobody-here")  # the first one makes the hash of nobody
    # Other work on the machine only ever adds to a time: the shortest ones approach each other in the end.
    known, unknown = [await seconds("owner")], [await seconds("nobody-here")]
    while min(unknown) != pytest.approx(min(known), rel=0.4) and len(known) < 7:
        known.append(await seconds("owner"))
        unknown.append(await seconds("nobody-here"))
    assert min(unknown) == pytest.approx(min(known), rel=0.4)


@pytest.mark.parametrize("name", ["owner", "nobody-here", "disabled", "locked"])
async def test_one_slow_hash_is_computed_for_every_name(
    visitor: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, name: str
):
    async with scenario.storage.transaction() as tx:
        admin = await tx.administrators.by_name("owner")
        assert admin is not None
        for number, other in enumerate(("disabled", "locked"), start=3):
            await tx.administrators.add(other, admin.password_hash, Role.CLERK, 1)
            if other == "disabled":
                await tx.administrators.change(number, AdministratorChange(disabled_at=1))
        await tx.commit()
    for _ in range(8):
        await visitor.log_in("locked", "not the password")
    hashed: list[str] = []
    real = administrators._matches

    def matches(used: str, given: str) -> bool:
        hashed.append(used)
        return real(used, given)

    monkeypatch.setattr(administrators, "_matches", matches)
    assert (await visitor.log_in(name, "not the password")).code == 401
    (used,) = hashed
    parameters = used.split("$")[:4]
    assert parameters == admin.password_hash.split("$")[:4]


async def test_every_refused_login_is_answered_after_the_same_time(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(login, "REFUSED_AFTER_SECONDS", 0.4)
    for name in ("owner", "nobody-here"):
        begun = time.perf_counter()
        assert (await visitor.log_in(name, "not the password")).code == 401
        assert time.perf_counter() - begun >= 0.4, name


async def test_each_login_begins_a_new_session_and_ends_the_old_one(owner: Client):
    old = owner.cookies["ha_admin"]
    await owner.log_in()
    assert owner.cookies["ha_admin"] != old
    owner.cookies["ha_admin"] = old
    assert (await owner.get("admin/")).code == 302


async def test_a_session_ends_after_two_hours_unused_and_after_twelve_at_the_latest(
    owner: Client, clock: MovingClock
):
    begun = clock.at
    for _ in range(7):
        clock.at += 100 * MINUTE
        assert (await owner.get("admin/")).code == 200
    assert clock.at - begun < 12 * HOUR
    clock.at += 100 * MINUTE
    assert (await owner.get("admin/")).code == 302
    await owner.log_in()
    clock.at += 121 * MINUTE
    assert (await owner.get("admin/")).code == 302
    answer = await owner.post_json("admin/orders/edit/notes/", {"id": 1, "notes": "x"})
    assert (answer.code, error_of(answer)) == (401, "unauthorized")


async def test_eight_wrong_passwords_lock_the_account_for_a_quarter_of_an_hour(
    visitor: Client, clock: MovingClock
):
    for _ in range(8):
        assert (await visitor.log_in("owner", "not the password")).code == 401
    assert (await visitor.log_in("owner")).code == 401
    clock.at += 16 * MINUTE
    assert (await visitor.log_in("owner", "not the password")).code == 401
    assert (await visitor.log_in("owner")).code == 302


async def test_twenty_guesses_at_once_count_as_twenty(visitor: Client, scenario: Scenario):
    await visitor.get("admin/login/")
    fields = {"username": "owner", "password": "not the password"}
    await asyncio.gather(*(visitor.post("admin/login/", fields) for _ in range(20)))
    async with scenario.storage.reading() as reader:
        counted = await reader.failures.get(1, FailureKind.LOGIN, "127.0.0.1")
    assert counted is not None
    assert counted.failures == 8
    assert counted.locked_until > scenario.clock()


@pytest.mark.promise(22)
def test_logins_are_limited_per_address_and_a_forged_header_does_not_help(
    services: Services, start: Callable[[Services], str], io_loop
):
    services.settings = services.settings.replace("limits", admin_login_per_minute=3)
    client = Client(start(services))
    io_loop.run_sync(lambda: client.get("admin/login/"))
    answers = [io_loop.run_sync(lambda n=n: _try(client, f"10.0.0.{n}")) for n in range(5)]
    assert [answer.code for answer in answers] == [401, 401, 401, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0


async def _try(client: Client, forged: str):
    body = f"username=x&password=y&_xsrf={client.cookies['_xsrf']}".encode()
    headers = {"X-Forwarded-For": forged, "Content-Type": "application/x-www-form-urlencoded"}
    return await client.send("POST", "admin/login/", body, headers)


async def test_logging_out_ends_the_session_on_the_server(owner: Client):
    token = owner.cookies["ha_admin"]
    assert (await owner.post("admin/logout/")).code == 302
    assert "ha_admin" not in owner.cookies
    owner.cookies["ha_admin"] = token
    assert (await owner.get("admin/")).code == 302


@pytest.mark.promise(21)
async def test_cookies_are_httponly_and_samesite(visitor: Client):
    await visitor.get("admin/login/")
    lines = list(visitor.set_cookies)
    await visitor.log_in()
    lines += visitor.set_cookies
    assert {line.split("=")[0] for line in lines} == {"_xsrf", "ha_admin"}
    assert all("HttpOnly" in line and "SameSite=Lax" in line and "Path=/" in line for line in lines)
    assert all("Secure" not in line for line in lines)


@pytest.mark.promise(21)
def test_cookies_are_secure_in_production(services: Services, start: Callable[[Services], str], io_loop):
    services.settings = services.settings.replace("server", mode="production")
    client = Client(start(services))
    io_loop.run_sync(
        lambda: create_administrator(services.storage, "owner", PASSWORD, Role.OWNER, services.clock())
    )
    io_loop.run_sync(lambda: client.get("admin/login/"))
    lines = list(client.set_cookies)
    io_loop.run_sync(client.log_in)
    lines += client.set_cookies
    assert {line.split("=")[0] for line in lines} == {"__Host-_xsrf", "__Host-ha_admin"}
    assert all("Secure" in line and "Path=/" in line and "Domain" not in line for line in lines)
    assert io_loop.run_sync(lambda: client.get("admin/")).code == 200
    client.cookies["ha_admin"] = client.cookies.pop("__Host-ha_admin")
    assert io_loop.run_sync(lambda: client.get("admin/")).code == 302, "a cookie that anybody could plant"


async def test_a_name_is_given_once(services: Services):
    await create_administrator(services.storage, "店长", PASSWORD, Role.OWNER, 1)
    with pytest.raises(AccountRefused):
        await create_administrator(services.storage, "店长", PASSWORD, Role.OWNER, 1)


async def test_a_disabled_account_is_out_at_once(owner: Client, scenario: Scenario):
    async with scenario.storage.transaction() as tx:
        admin = await tx.administrators.by_name("owner")
        assert admin is not None
        await tx.administrators.change(admin.id, AdministratorChange(disabled_at=scenario.clock()))
        await tx.commit()
    assert (await owner.get("admin/")).code == 302
    assert (await owner.log_in()).code == 401


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
