"""What every part that works on the storage needs: the database, WeChat, the settings, the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from clock import MINUTE, Clock
from config import Settings
from orders.booking.bookable_days import DayRules
from payment.refunds.policy import RefundPolicy, read_tiers
from payment.wechatpay.merchant import Merchant
from payment.wechatpay.results import RefundResult
from payment.wechatpay.results import Transaction as WeChatPayment
from storage import Storage, Transaction

Signer = Callable[[str], dict[str, str]]
"""From a prepay_id to the parameters of ``wx.requestPayment``, freshly signed."""


InTransaction = Callable[[Transaction, Any], Awaitable[None]]
"""What a caller wants written in the very transaction of an act, such as its row in the audit log; it is told what
came of the act. Where an act claims what it then asks WeChat about, this is called twice: with None in the transaction
of the claim, and with the answer in the one that stores it."""


async def no_hook(tx: Transaction, outcome: Any) -> None:
    """The ``InTransaction`` of who has nothing to add."""


class WeChatPay(Protocol):
    """The part of ``payment.wechatpay.gateway.Gateway`` that is used here."""

    @property
    def merchant(self) -> Merchant: ...

    @property
    def clock_skew_ms(self) -> int | None: ...

    async def create_order(
        self,
        *,
        out_trade_no: str,
        description: str,
        total_fen: int,
        openid: str,
        expire_at: int,
        attach: str = "",
    ) -> str: ...

    async def query_order(self, out_trade_no: str) -> WeChatPayment: ...

    async def close_order(self, out_trade_no: str) -> None: ...

    async def refund(
        self, *, out_trade_no: str, out_refund_no: str, refund_fen: int, total_fen: int, reason: str = ""
    ) -> RefundResult: ...

    async def query_refund(self, out_refund_no: str) -> RefundResult: ...

    async def trade_bill(self, day: date) -> bytes: ...

    async def fund_flow_bill(self, day: date) -> bytes: ...


@dataclass
class Context:
    """``wake`` is set when the sweeper has something to do at once."""

    storage: Storage
    gateway: WeChatPay
    sign: Signer
    settings: Settings
    clock: Clock
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        orders = self.settings.orders
        self.day_rules = DayRules.of(self.settings)
        self.policy = RefundPolicy(read_tiers(orders.refund_tiers), orders.refund_grace_minutes * MINUTE)


class KeyedLocks:
    """One at a time per key within this process. Saves WeChat twenty calls for twenty taps, and no more: what
    must not happen twice is prevented by the database."""

    def __init__(self) -> None:
        self._locks: dict[object, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def lock(self, key: object) -> AsyncIterator[None]:
        lock, waiting = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = (lock, waiting + 1)
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._locks[key]
            if waiting == 1:
                del self._locks[key]
            else:
                self._locks[key] = (lock, waiting - 1)
