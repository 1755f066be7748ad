"""Wrong passwords lock out the network they come from, slow down an account's new networks, and stop nobody at work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tornado.httpclient import HTTPResponse

from accounts import lockouts
from accounts.account_changes import basis_of_decision
from clock import DAY, MINUTE, SECOND
from handlers.admin import access
from handlers.admin.stale_forms import fingerprints
from handlers.services import Services
from startup import commands
from startup.problems import CommandFailed
from storage import Storage
from storage.models import FailureKind
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import MovingClock, Scenario

pytestmark = pytest.mark.promise(20)
HERE, THERE = "203.0.113.9", "198.51.100.7"


@pytest.fixture
def services(services: Services) -> Services:
    """The tests say in X-Forwarded-For where they come from."""
    services.settings = services.settings.replace("server", trusted_proxies=["127.0.0.1"])
    return services


class Elsewhere(Client):
    """A browser at some address."""

    address = HERE

    async def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> HTTPResponse:
        return await super().send(method, path, body, {**(headers or {}), "X-Forwarded-For": self.address})


def at(address: str, browser: Client) -> Elsewhere:
    made = Elsewhere(browser.base)
    made.address = address
    return made


async def guess(browser: Client, times: int, name: str = "owner") -> None:
    for _ in range(times):
        assert (await browser.log_in(name, "not the password")).code == 401


async def test_who_guesses_locks_out_their_own_network_alone(visitor: Client, clock: MovingClock) -> None:
    attacker, owner = at(HERE, visitor), at(THERE, visitor)
    await guess(attacker, 8)
    assert (await attacker.log_in()).code == 401
    assert (await owner.log_in()).code == 302
    clock.at += 14 * MINUTE
    assert (await attacker.log_in()).code == 401
    clock.at += 2 * MINUTE
    assert (await attacker.log_in()).code == 302


async def test_a_lock_is_an_event_of_its_own_and_so_is_each_try_behind_it(
    owner: Client, visitor: Client, clock: MovingClock, caplog: pytest.LogCaptureFixture
) -> None:
    def events() -> list[str]:
        words = [message.split() for message in caplog.messages if message.startswith("event=")]
        caplog.clear()
        return [" ".join(each for each in line if each[:5] in ("event", "accou", "detai")) for line in words]

    attacker = at(HERE, visitor)
    await guess(attacker, 9)
    assert events() == [
        *["event=wrong_password account=owner detail=-"] * 8,
        "event=locked_out account=owner detail=login",
        "event=refused_while_locked account=owner detail=-",
    ]
    clock.at += 11 * MINUTE
    for _ in range(9):
        await owner.post("admin/accounts/2/end-sessions/", {"confirm_password": "not the password"})
    assert events() == [
        *["event=wrong_confirmation account=owner detail=-"] * 8,
        "event=locked_out account=owner detail=confirmation",
        "event=refused_while_locked account=owner detail=-",
    ]


async def test_one_provider_customers_ipv6_addresses_are_one_network(visitor: Client) -> None:
    for number in range(8):
        await guess(at(f"2001:db8:1:2::{number}", visitor), 1)
    assert (await at("2001:db8:1:2::99", visitor).log_in()).code == 401
    assert (await at("2001:db8:1:3::1", visitor).log_in()).code == 302


async def test_guesses_from_many_networks_are_slowed_down_for_those_that_are_new(
    visitor: Client, clock: MovingClock
) -> None:
    home = at(THERE, visitor)
    assert (await home.log_in()).code == 302
    for number in range(lockouts.SLOW_AFTER):
        await guess(at(f"203.0.113.{number}", visitor), 1)
    stranger = at("192.0.2.1", visitor)
    assert (await stranger.log_in()).code == 401, "even the right one must wait"
    assert (await home.log_in()).code == 302, "where the owner works nobody waits"
    for number in range(lockouts.SLOW_AFTER):
        await guess(at(f"203.0.113.{number}", visitor), 1)
    clock.at += 16 * SECOND
    assert (await stranger.log_in()).code == 302


async def test_the_wait_for_new_networks_doubles_up_to_a_quarter_of_an_hour(
    services: Services, address: str, clock: MovingClock
) -> None:
    waits = []
    for number in range(lockouts.SLOW_AFTER + 12):
        tried = await lockouts.begin_login(services.storage, "owner", f"203.0.{number}.1", clock.at)
        assert tried.admin is not None
        async with services.storage.reading() as reader:
            counted = await reader.failures.get(1, FailureKind.LOGIN, lockouts.ALL_NEW_NETWORKS)
        assert counted is not None
        wait = max(counted.locked_until - clock.at, 0)
        assert tried.locks == (wait > 0)
        waits.append(wait // SECOND)
        clock.at += wait
    assert waits[: lockouts.SLOW_AFTER - 1] == [0] * (lockouts.SLOW_AFTER - 1)
    assert waits[lockouts.SLOW_AFTER - 1 :] == [15, 30, 60, 120, 240, 480, 900, 900, 900, 900, 900, 900, 900]
    clock.at += DAY
    tried = await lockouts.begin_login(services.storage, "owner", "192.0.2.1", clock.at)
    assert not tried.locks, "after a quiet day it begins again"


async def test_a_lock_at_the_login_does_not_stop_who_is_at_work(
    owner: Client, visitor: Client, scenario: Scenario
) -> None:
    for address in (HERE, "127.0.0.1"):
        await guess(at(address, visitor), 9)
    order = await scenario.order()
    scenario.clock.at += 11 * MINUTE
    form = {"amount": "588", "reason": "x", "confirm_password": PASSWORD}
    assert (await owner.post(f"admin/orders/{order}/refund/", form)).code == 302


async def test_wrong_passwords_on_the_confirmation_page_confirm_nothing_and_lock_the_confirmation_alone(
    owner: Client, visitor: Client, scenario: Scenario
) -> None:
    scenario.clock.at += 11 * MINUTE

    async def confirm(password: str) -> int:
        answer = await owner.post("admin/accounts/2/end-sessions/", {"confirm_password": password})
        return int(answer.code)

    before = await scenario.audited()
    for number in range(8):
        assert await confirm("not the password") == 403, number
    assert await confirm(PASSWORD) == 403, "locked"
    assert await scenario.audited() == before
    assert (await owner.get("admin/orders/")).code == 200, "the session lives on"
    assert (await at(HERE, visitor).log_in()).code == 302, "and the login knows nothing of it"
    scenario.clock.at += 16 * MINUTE
    assert await confirm("not the password") == 403
    assert await confirm(PASSWORD) == 302


async def test_guesses_at_once_on_the_confirmation_page_are_counted_one_by_one(
    owner: Client, scenario: Scenario
) -> None:
    scenario.clock.at += 11 * MINUTE
    form = {"confirm_password": "not the password"}
    await asyncio.gather(*(owner.post("admin/accounts/2/end-sessions/", form) for _ in range(12)))
    async with scenario.storage.reading() as reader:
        counted = await reader.failures.get(1, FailureKind.CONFIRMATION, "")
    assert counted is not None
    assert counted.failures == 8


async def test_wrong_old_passwords_count_as_wrong_confirmations(owner: Client, scenario: Scenario) -> None:
    new = "a third Passphrase 9"
    for _ in range(8):
        form = {"old": "not the password", "password": new, "again": new}
        assert (await owner.post("admin/me/password/", form)).code == 400
    assert (
        await owner.post("admin/me/password/", {"old": PASSWORD, "password": new, "again": new})
    ).code == 400


async def test_right_passwords_reset_the_count(owner: Client, visitor: Client, scenario: Scenario) -> None:
    browser = at(HERE, visitor)
    for _ in range(3):
        await guess(browser, 6)
        assert (await browser.log_in()).code == 302
    for _ in range(3):
        scenario.clock.at += 11 * MINUTE
        for password in ["wrong"] * 6 + [PASSWORD]:
            answer = await owner.post("admin/accounts/2/end-sessions/", {"confirm_password": password})
        assert answer.code == 302


async def test_a_session_has_another_token_after_its_password_was_given(
    owner: Client, scenario: Scenario
) -> None:
    scenario.clock.at += 11 * MINUTE
    old = owner.cookies["ha_admin"]
    form = {"confirm_password": PASSWORD}
    assert (await owner.post("admin/accounts/2/end-sessions/", form)).code == 302
    new = owner.cookies["ha_admin"]
    assert new != old
    assert (await owner.get("admin/accounts/")).code == 200
    owner.cookies["ha_admin"] = old
    assert (await owner.get("admin/accounts/")).code == 302
    owner.cookies["ha_admin"] = new
    scenario.clock.at += 11 * MINUTE
    answer = await owner.post("admin/accounts/999/end-sessions/", form)
    assert answer.code == 404
    assert (await owner.get("admin/accounts/")).code == 200
    own = "a third Passphrase 9"
    assert (
        await owner.post("admin/me/password/", {"old": PASSWORD, "password": own, "again": own})
    ).code == 302
    assert owner.cookies["ha_admin"] not in (old, new)
    assert (await owner.get("admin/accounts/")).code == 200


async def test_a_refusal_after_the_confirmation_does_not_lose_the_new_token(
    owner: Client, scenario: Scenario
) -> None:
    scenario.clock.at += 11 * MINUTE
    old = owner.cookies["ha_admin"]
    async with scenario.storage.reading() as reader:
        account = await reader.administrators.get(1)
    assert account is not None
    form = {"confirm_password": PASSWORD, "fingerprint": fingerprints(basis_of_decision(account))}
    answer = await owner.post("admin/accounts/1/clerk/", form)
    assert answer.code == 409
    assert "至少要有一个可以登录的店主账号" in answer.body.decode()
    assert owner.cookies["ha_admin"] != old
    assert (await owner.get("admin/")).code == 200


# Names


async def test_an_owner_unlocks_an_account(owner: Client, visitor: Client, scenario: Scenario) -> None:
    browser = at(HERE, visitor)
    await guess(browser, 8, "clerk")
    assert "锁定至" in await owner.page("admin/accounts/")
    assert (await owner.post("admin/accounts/2/unlock/")).code == 302
    assert "锁定至" not in await owner.page("admin/accounts/")
    assert (await browser.log_in("clerk")).code == 302


async def test_the_command_unlocks_an_account(
    visitor: Client, services: Services, scenario: Scenario, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    class Kept:
        """The storage of the test, which the command opens and must not close."""

        def __init__(self, storage: Storage) -> None:
            self.run, self.reading = storage.run, storage.reading

        async def open(self) -> None: ...
        async def close(self) -> None: ...

    monkeypatch.setattr(commands, "open_storage", lambda *_: Kept(services.storage))
    browser = at(HERE, visitor)
    await guess(browser, 8)
    assert (await browser.log_in()).code == 401
    assert await commands.unlock_admin(services.settings, "Owner ") == 0
    assert "owner" in capsys.readouterr().out
    assert (await browser.log_in()).code == 302
    assert "account.unlock" in await scenario.audited()
    with pytest.raises(CommandFailed):
        await commands.unlock_admin(services.settings, "nobody")


# Cookies and headers of production


@pytest.mark.promise(21)
@pytest.mark.parametrize(("tls", "expected"), [("cert.pem", "max-age=31536000"), ("", None)])
def test_https_is_insisted_on_where_the_server_itself_speaks_it(
    services: Services, start: Callable[[Services], str], io_loop: Any, tls: str, expected: str | None
) -> None:
    services.settings = services.settings.replace("server", mode="production", tls_certificate=tls)
    client = Client(start(services))
    for path in ("admin/login/", "healthz/", "docs/", "nowhere/", "user/me/"):
        answer = io_loop.run_sync(lambda path=path: client.get(path))
        assert answer.headers.get("Strict-Transport-Security") == expected, path
        assert "frame-ancestors" in answer.headers["Content-Security-Policy"], path


def test_cookies_have_no_prefix_where_http_is_spoken(services: Services) -> None:
    assert access.cookie_name("x", services.settings) == "x"
