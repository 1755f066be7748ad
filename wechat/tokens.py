"""The access token for api.weixin.qq.com, from ``POST /cgi-bin/stable_token``. Source:
developers.weixin.qq.com, getStableAccessToken.

A token lives up to two hours. In its last five minutes WeChat hands out the next one while the old one still
works, so it is renewed then; callers in between never wait, and callers without a token share one request.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx
import orjson

from clock import MINUTE, Clock, now_ms
from transport import open_client
from wechat.login import WECHAT_BASE_URL

logger = logging.getLogger("hospital.wechat.tokens")

RENEW_BEFORE_MS = 5 * MINUTE
PAUSE_AFTER_FAILURE_MS = 10_000
FORCED_EVERY_MS = 5 * MINUTE
"""A forced renewal kills the old token at once, and WeChat allows twenty a day."""


class NoToken(Exception):
    """There is no valid token and WeChat gave none. ``code`` is its errcode, where there was one."""

    slug = "wechat_no_token"
    http_status = 503

    def __init__(self, detail: str, code: int | None = None) -> None:
        super().__init__(f"{self.slug}: {detail}")
        self.code = code


class AccessTokens:
    """One mini-program's access token, cached. Its own context manager; close it at shutdown."""

    def __init__(
        self,
        appid: str,
        secret: str,
        *,
        base_url: str = WECHAT_BASE_URL,
        clock: Clock = now_ms,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._appid = appid
        self._secret = secret
        self._url = base_url.rstrip("/") + "/cgi-bin/stable_token"
        self._http = open_client(transport=transport)
        self._clock = clock
        self._token = ""
        self._renew_at = 0
        self._expires_at = 0
        self._failed_at: int | None = None
        self._forced_at: int | None = None
        self._running: asyncio.Task[str] | None = None

    async def get(self) -> str:
        """A valid token, from the cache if it can be; ``NoToken`` if WeChat gives none."""
        now = self._clock()
        if self._token and now < self._renew_at:
            return self._token
        if self._token and now < self._expires_at:
            # Valid for some more minutes: renewed in the background, with a pause after a failure.
            if self._failed_at is None or abs(now - self._failed_at) >= PAUSE_AFTER_FAILURE_MS:
                self._start(force=False)
            return self._token
        return await asyncio.shield(self._start(force=False))

    async def renew(self, refused: str) -> str:
        """Another token than ``refused``, which WeChat called invalid (40001) although we took it for valid.

        Usually another process renewed it, and asking tells the new one. If WeChat repeats the refused one,
        renewal is forced, at most once in five minutes.
        """
        if self._token != refused and self._token and self._clock() < self._expires_at:
            return self._token
        token = await asyncio.shield(self._start(force=False))
        if token != refused:
            return token
        now = self._clock()
        if self._forced_at is not None and abs(now - self._forced_at) < FORCED_EVERY_MS:
            raise NoToken("refused again right after a forced renewal", 40001)
        self._forced_at = now
        return await asyncio.shield(self._start(force=True))

    async def close(self) -> None:
        """Ends a renewal that still runs and closes the connections."""
        if self._running is not None and not self._running.done():
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._http.aclose()

    async def __aenter__(self) -> AccessTokens:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    def _start(self, *, force: bool) -> asyncio.Task[str]:
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._fetch(force))
            self._running.add_done_callback(_look_at)
        return self._running

    async def _fetch(self, force: bool) -> str:
        asked_at = self._clock()
        try:
            token, seconds = await self._ask(force)
        except NoToken as problem:
            self._failed_at = self._clock()
            logger.warning("%s", problem)
            raise
        self._failed_at = None
        lifetime = seconds * 1000
        self._token = token
        self._expires_at = asked_at + lifetime
        self._renew_at = self._expires_at - min(RENEW_BEFORE_MS, lifetime // 2)
        return token

    async def _ask(self, force: bool) -> tuple[str, int]:
        question = {
            "grant_type": "client_credential",
            "appid": self._appid,
            "secret": self._secret,
            "force_refresh": force,
        }
        try:
            answer = await self._http.post(self._url, json=question)
            reply: Any = orjson.loads(answer.content) if answer.status_code == 200 else None
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise NoToken(f"not reached ({type(problem).__name__})") from None
        except orjson.JSONDecodeError:
            raise NoToken("an answer that is not JSON") from None
        if not isinstance(reply, dict):
            raise NoToken(f"HTTP {answer.status_code} without a JSON object")
        token, seconds = reply.get("access_token"), reply.get("expires_in")
        if (
            isinstance(token, str)
            and 0 < len(token) <= 1024
            and type(seconds) is int
            and 0 < seconds <= 86400
        ):
            return token, seconds
        errcode = reply.get("errcode")
        code = errcode if type(errcode) is int else None
        raise NoToken(f"errcode {code}", code)


def _look_at(task: asyncio.Task[str]) -> None:
    """Takes note of a failure that nobody waits for; it is in the log already."""
    if not task.cancelled():
        task.exception()
