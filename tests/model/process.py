"""A server process of the model: ``Payments`` and a sweeper of their own, which may be cut short at any point.

A *point* is where a real process can be interrupted with something half done: before a request to WeChat, after its
reply, before and after each commit. Between two points nothing leaves the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from clock import Clock
from config import Settings
from payment.service import Payments
from payment.wechatpay.gateway import Gateway
from payment.wechatpay.notification import NotificationVerifier
from payment.wechatpay.signing import sign_payment_parameters
from storage import Storage, Transaction

T = TypeVar("T")


class Interruption:
    """Strikes at the n-th point that the process passes from now on.

    ``cancel``: the running call is cancelled, as when a client hangs up or the server is told to stop.
    ``die``: the whole process stops where it is, for good: no ``finally``, no ``except``, as under SIGKILL.
    """

    def __init__(self) -> None:
        self.struck = asyncio.Event()
        self._left = 0
        self._how = ""
        self._victim: asyncio.Task[Any] | None = None
        self._buried: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def dead(self) -> bool:
        return self._how == "die" and self.struck.is_set()

    def arm(self, how: str, points: int, victim: asyncio.Task[Any]) -> None:
        self._how, self._left, self._victim = how, points, victim

    def disarm(self) -> None:
        """The call ended before its turn came."""
        if not self.struck.is_set():
            self._left = 0
        elif self._how == "cancel":
            self.struck.clear()

    async def point(self) -> None:
        if self.dead:
            await self._buried
        if self._left == 0:
            return
        self._left -= 1
        if self._left:
            return
        self.struck.set()
        if self._how == "die":
            await self._buried
        elif self._victim is not None:
            self._victim.cancel()
            await asyncio.sleep(0)

    def bury(self) -> None:
        """Let go of what is left of a dead process; its tasks end without doing anything more."""
        self._buried.cancel()


class Line:
    """The gateway as this process has it: every call passes a point before it and one after it."""

    def __init__(self, gateway: Gateway, interruption: Interruption) -> None:
        self._gateway = gateway
        self._interruption = interruption

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._gateway, name)
        return self._interrupted(found) if asyncio.iscoroutinefunction(found) else found

    def _interrupted(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def interrupted(*arguments: Any, **named: Any) -> Any:
            await self._interruption.point()
            answer = await call(*arguments, **named)
            await self._interruption.point()
            return answer

        return interrupted


class Door:
    """The storage as this process has it: every transaction passes a point before it and one after its commit."""

    def __init__(self, storage: Storage, interruption: Interruption) -> None:
        self._storage = storage
        self._interruption = interruption

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    async def run(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        await self._interruption.point()
        result = await self._storage.run(work)
        await self._interruption.point()
        return result


class Process:
    """What ``startup.wiring`` puts together, as far as money goes."""

    def __init__(
        self, name: str, storage: Storage, gateway: Gateway, settings: Settings, clock: Clock
    ) -> None:
        self.interruption = Interruption()
        self.storage = cast(Storage, Door(storage, self.interruption))
        line = cast(Gateway, Line(gateway, self.interruption))
        merchant = gateway.merchant
        self.payments = Payments(
            self.storage,
            line,
            NotificationVerifier(gateway.keys, settings.pay.apiv3_key, clock),
            lambda prepay_id: sign_payment_parameters(
                prepay_id, appid=merchant.appid, key=merchant.key, now_ms=clock()
            ),
            settings,
            clock,
        )
        self.sweeper = self.payments.sweeper(name)
