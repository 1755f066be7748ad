"""One access token, renewed early, asked for once however many want it."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import httpx
import pytest

from wechat.tokens import FORCED_EVERY_MS, PAUSE_AFTER_FAILURE_MS, AccessTokens, NoToken

SECRET = "c0ffee00c0ffee00c0ffee00c0ffee00"


class Bank:
    """Hands out tokens like WeChat: the same one until five minutes before its end, unless forced."""

    def __init__(self) -> None:
        self.now = 1_795_000_000_000
        self.asked: list[dict[str, Any]] = []
        self.number = 0
        self.ends = 0
        self.fail: Any = None
        self.slowly = 0.0

    async def handle(self, request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/cgi-bin/stable_token")
        question = json.loads(request.content)
        self.asked.append(question)
        await asyncio.sleep(self.slowly)
        if self.fail is not None:
            if isinstance(self.fail, Exception):
                raise self.fail
            return httpx.Response(*self.fail[:1], content=self.fail[1])
        if question["force_refresh"] or self.ends - self.now <= 300_000:
            self.number += 1
            self.ends = self.now + 7_200_000
        left = (self.ends - self.now) // 1000
        return httpx.Response(200, json={"access_token": f"token-{self.number}", "expires_in": left})

    def tokens(self) -> AccessTokens:
        return AccessTokens("wx0", SECRET, clock=lambda: self.now, transport=httpx.MockTransport(self.handle))


async def fetched(tokens: AccessTokens) -> None:
    """Until the request to WeChat that runs, if one does, is over."""
    if tokens._running is not None:
        done, _ = await asyncio.wait({tokens._running}, timeout=5)
        assert done


def test_a_token_is_asked_for_once_and_kept() -> None:
    bank = Bank()

    async def story() -> None:
        async with bank.tokens() as tokens:
            assert [await tokens.get() for _ in range(3)] == ["token-1"] * 3
            bank.now += 6_000_000
            assert await tokens.get() == "token-1"

    asyncio.run(story())
    assert bank.asked == [
        {"grant_type": "client_credential", "appid": "wx0", "secret": SECRET, "force_refresh": False}
    ]


def test_many_callers_share_one_request() -> None:
    bank = Bank()
    bank.slowly = 0.02

    async def story() -> None:
        async with bank.tokens() as tokens:
            assert set(await asyncio.gather(*(tokens.get() for _ in range(50)))) == {"token-1"}

    asyncio.run(story())
    assert len(bank.asked) == 1


def test_a_caller_who_gives_up_takes_nobody_along() -> None:
    bank = Bank()
    bank.slowly = 0.05

    async def story() -> None:
        async with bank.tokens() as tokens:
            first, second = asyncio.ensure_future(tokens.get()), asyncio.ensure_future(tokens.get())
            while not bank.asked:
                await asyncio.sleep(0)
            first.cancel()
            assert await second == "token-1"

    asyncio.run(story())
    assert len(bank.asked) == 1


def test_the_last_five_minutes_renew_it_without_waiting() -> None:
    bank = Bank()

    async def story() -> None:
        async with bank.tokens() as tokens:
            await tokens.get()
            bank.now += 6_900_000
            bank.slowly = 0.02
            assert await tokens.get() == "token-1"
            assert await tokens.get() == "token-1"
            await fetched(tokens)
            assert await tokens.get() == "token-2"

    asyncio.run(story())
    assert len(bank.asked) == 2


def test_while_renewal_fails_the_old_one_is_used_to_its_end() -> None:
    bank = Bank()

    async def story() -> None:
        async with bank.tokens() as tokens:
            await tokens.get()
            bank.now += 7_000_000
            bank.fail = httpx.ConnectError("away")
            for _ in range(5):
                assert await tokens.get() == "token-1"
                await fetched(tokens)
            assert len(bank.asked) == 2
            bank.now += PAUSE_AFTER_FAILURE_MS
            assert await tokens.get() == "token-1"
            await fetched(tokens)
            assert len(bank.asked) == 3
            bank.now += 200_000
            with pytest.raises(NoToken):
                await tokens.get()
            bank.fail = None
            assert await tokens.get() == "token-2"

    asyncio.run(story())


@pytest.mark.parametrize(
    "failure",
    [
        (200, b'{"errcode": 40125, "errmsg": "invalid appsecret"}'),
        (200, b'{"access_token": "", "expires_in": 7200}'),
        (200, b'{"access_token": "x", "expires_in": 0}'),
        (200, b'{"access_token": "x", "expires_in": "7200"}'),
        (200, b'{"access_token": 5, "expires_in": 7200}'),
        (200, b"[]"),
        (200, b"<html>"),
        (500, b"{}"),
        (302, b""),
        httpx.ReadTimeout("slow"),
    ],
)
def test_every_failure_is_no_token(failure: Any) -> None:
    bank = Bank()
    bank.fail = failure

    async def story() -> NoToken:
        async with bank.tokens() as tokens:
            with pytest.raises(NoToken) as caught:
                await tokens.get()
            return caught.value

    problem = asyncio.run(story())
    assert problem.http_status == 503
    assert problem.code == (40125 if isinstance(failure, tuple) and b"40125" in failure[1] else None)


def test_a_refused_token_is_replaced_by_what_another_process_got() -> None:
    bank = Bank()

    async def story() -> None:
        async with bank.tokens() as tokens:
            await tokens.get()
            bank.number += 1  # another process forced a renewal
            assert await tokens.renew("token-1") == "token-2"
            assert await tokens.renew("token-1") == "token-2"

    asyncio.run(story())
    assert [question["force_refresh"] for question in bank.asked] == [False, False]


def test_a_refused_token_that_wechat_repeats_is_forced_out_rarely() -> None:
    bank = Bank()

    async def story() -> None:
        async with bank.tokens() as tokens:
            assert await tokens.renew(await tokens.get()) == "token-2"
            with pytest.raises(NoToken, match="forced"):
                await tokens.renew("token-2")
            bank.now += FORCED_EVERY_MS
            assert await tokens.renew("token-2") == "token-3"

    asyncio.run(story())
    assert [question["force_refresh"] for question in bank.asked] == [False, False, True, False, False, True]


def test_closing_ends_a_renewal_that_hangs() -> None:
    bank = Bank()
    bank.slowly = 60

    async def story() -> None:
        tokens = bank.tokens()
        waiting = asyncio.ensure_future(tokens.get())
        await asyncio.sleep(0.01)
        await asyncio.wait_for(tokens.close(), 1)
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(story())


def test_logs_hold_neither_secret_nor_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bank = Bank()

    async def story() -> None:
        async with bank.tokens() as tokens:
            await tokens.get()
            bank.now += 8_000_000
            bank.fail = (200, json.dumps({"errcode": 40125, "errmsg": SECRET}).encode())
            with pytest.raises(NoToken):
                await tokens.get()

    asyncio.run(story())
    assert "40125" in caplog.text
    assert SECRET not in caplog.text
    assert "token-1" not in caplog.text
