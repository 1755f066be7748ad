"""One call to WeChat Pay: its turn, its deadline, its reply verified over the raw bytes, its error named.

``Gateway`` says what is asked; this is how any of it is asked. Sources: pay.weixin.qq.com, 签名验证; the
code of wechatpayv3.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NoReturn

import httpx
import orjson

from clock import Clock
from frozen_dataclasses import frozen
from measures import CallOutcome, MeasuredCall, measured_call
from payment.wechatpay.errors import (
    Busy,
    GatewayError,
    Misconfigured,
    NoBill,
    NotFound,
    Refused,
    Unknown,
    Unreachable,
    error_for,
)
from payment.wechatpay.keys import PlatformKey, PlatformKeys
from payment.wechatpay.verification import NotificationRefused, read_headers, verify
from transport import DEFAULT_TIMEOUTS, Timeouts, last_reply

logger = logging.getLogger("hospital.payment.gateway")

Send = Callable[[], Awaitable[Any]]
"""Makes one request with the library. What it returns is not used: the transport keeps the raw reply."""


@frozen()
class Limits:
    """How long and how wide: seconds per call with everything in it, and calls at a time. Further calls wait
    up to ``queue`` seconds for their turn."""

    timeouts: Timeouts = DEFAULT_TIMEOUTS
    deadline: float = 12.0
    bill_deadline: float = 120.0
    concurrency: int = 16
    queue: float = 10.0


class Calls:
    """Makes calls, a bounded number at a time. ``is_open`` is set by the owner of the connections."""

    def __init__(self, keys: PlatformKeys, limits: Limits, clock: Clock) -> None:
        self._keys = keys
        self.limits = limits
        self._clock = clock
        self._slots = asyncio.Semaphore(limits.concurrency)
        self.is_open = False
        self.clock_skew_ms: int | None = None

    def usable_keys(self) -> list[PlatformKey]:
        """WeChat Pay's keys that may be used now."""
        return self._keys.usable()

    async def json(self, call: str, send: Send, *, empty: bool = False) -> dict[str, Any]:
        """Sends, verifies, and returns the JSON object of a 2xx reply ({} where ``empty`` is expected). ``call``: its
        name in ``metrics/``."""
        with _measured(call):
            return await self._json(send, empty)

    async def _json(self, send: Send, empty: bool) -> dict[str, Any]:
        answer = await self._exchange(send, self.limits.deadline)
        verified = self._verify_reply(answer)
        if answer.status_code >= 400:
            raise_error(answer, verified=verified)
        if not answer.is_success:
            raise Unknown("a redirect, which WeChat does not send", status=answer.status_code)
        if empty:
            return {}
        reply = _json_object(answer.content)
        if reply is None:
            raise Unknown("a reply that is not a JSON object", status=answer.status_code)
        return reply

    async def raw(self, call: str, send: Send, deadline: float | None = None) -> httpx.Response:
        """One request and its raw reply, of whatever status, unverified."""
        with _measured(call) as measured:
            answer = await self._exchange(send, deadline or self.limits.deadline)
            if answer.status_code >= 400:
                measured.outcome = _outcome_of(_error_of(answer, verified=False))
            return answer

    async def _exchange(self, send: Send, deadline: float) -> httpx.Response:
        if not self.is_open:
            raise RuntimeError("the gateway is not open")
        async with self._slot():
            last_reply.set(None)
            try:
                async with asyncio.timeout(deadline):
                    await send()
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as problem:
                raise Unreachable(f"not reached ({type(problem).__name__})") from None
            except TimeoutError:
                raise Unknown("no answer before the deadline") from None
            except (httpx.HTTPError, httpx.InvalidURL) as problem:
                raise Unknown(f"no usable answer ({type(problem).__name__})") from None
            answer = last_reply.get()
        if answer is None:
            raise Unknown("no answer")
        return answer

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.limits.queue):
                await self._slots.acquire()
        except TimeoutError:
            raise Busy("too many calls at once") from None
        try:
            yield
        finally:
            self._slots.release()

    def _verify_reply(self, answer: httpx.Response) -> bool:
        """Raises ``Unknown`` for a reply that is not WeChat's. An error without any signature gives False."""
        if answer.status_code >= 400 and "wechatpay-signature" not in answer.headers:
            return False
        try:
            self._note_skew(answer)
            verify(answer.headers, answer.content, self._keys, self._clock())
        except NotificationRefused as problem:
            logger.warning("unverifiable reply: %s, request id %s", problem, _request_id(answer))
            raise Unknown(f"unverifiable reply, {problem}", status=answer.status_code) from None
        return True

    def _note_skew(self, answer: httpx.Response) -> None:
        self.clock_skew_ms = int(read_headers(answer.headers).timestamp) * 1000 - self._clock()


@contextmanager
def _measured(call: str) -> Iterator[MeasuredCall]:
    """Count a call with what came of it."""
    with measured_call("pay", call) as measured:
        try:
            measured.outcome = CallOutcome.OK
            yield measured
        except GatewayError as error:
            measured.outcome = _outcome_of(error)
            raise
        except BaseException:  # cancelled, above all
            measured.outcome = CallOutcome.UNKNOWN
            raise


def _outcome_of(error: GatewayError) -> CallOutcome:
    for kind, outcome in (
        (Unreachable, CallOutcome.UNREACHABLE),
        (Busy, CallOutcome.BUSY),
        (Misconfigured, CallOutcome.MISCONFIGURED),
        (Refused, CallOutcome.REFUSED),
    ):
        if isinstance(error, kind):
            return outcome
    return CallOutcome.UNKNOWN


def _error_of(answer: httpx.Response, *, verified: bool) -> GatewayError:
    body = _json_object(answer.content) or {}
    code, message = (body.get(name) for name in ("code", "message"))
    code = code[:64] if isinstance(code, str) else ""
    message = one_line(message, 256) if isinstance(message, str) else ""
    return error_for(answer.status_code, code, message, verified=verified)


def raise_error(answer: httpx.Response, *, verified: bool) -> NoReturn:
    """Raises what an answer with an error status stands for (``payment.wechatpay.errors``)."""
    error = _error_of(answer, verified=verified)
    code = error.code
    # A day without money has no bill, and a payment that was never begun is not found: nothing to worry about.
    level = logging.DEBUG if isinstance(error, NoBill | NotFound) else logging.WARNING
    logger.log(level, "wechat answered %d %s, request id %s", answer.status_code, code, _request_id(answer))
    raise error


def one_line(text: str, longest: int) -> str:
    """``text`` without line ends and control characters, cut to ``longest`` characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:longest]


def _json_object(content: bytes) -> dict[str, Any] | None:
    try:
        loaded = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return loaded if isinstance(loaded, dict) else None


def _request_id(answer: httpx.Response) -> str:
    given = answer.headers.get("request-id", "-")
    return given if re.fullmatch(r"[\w-]{1,64}", given, re.ASCII) else "-"
