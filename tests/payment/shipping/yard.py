"""Where shipping is tried: a shop whose WeChat is the stand-in, with served orders and rounds of the job."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from clock import MINUTE, SECOND, shanghai_date
from config import Settings
from orders import serving
from payment.payables import PayableKey
from payment.shipping.context import ShippingContext
from payment.shipping.service import Shipping
from storage import Storage
from storage.models import Attempt, Shipment, User
from tests.payment.conftest import ADMIN
from tests.payment.sandbox_shop import SandboxShop, open_sandbox_shop
from tests.payment.supplements.desk import Desk
from wechat.api import WeChatApi
from wechat.shipping import ShippingCalls
from wechat.tokens import AccessTokens

DAY_MS = 86_400_000


class Yard:
    """``shipping`` is as the background runs it; ``another()`` is a further process."""

    def __init__(self, shop: SandboxShop, api: WeChatApi) -> None:
        self.shop, self._api = shop, api
        self.shipping = self.another()
        self.desk = Desk(shop)

    def another(self) -> Shipping:
        shop = self.shop
        calls = ShippingCalls(self._api, shop.sandbox.identity.appid)
        return Shipping(ShippingContext(shop.storage, calls, shop.settings, shop.clock))

    # Orders

    async def paid(self, payer: User | None = None, days: int = 3, **changes: Any) -> int:
        """An order that was paid a moment ago, for a visit in some days."""
        owner = await self.shop.user()
        changes.setdefault("visit_date", shanghai_date(self.shop.at + days * DAY_MS))
        order_id = await self.shop.placed(owner, **changes)
        if payer is not None:
            await self.shop.payments.checkout.resume(PayableKey(order_id), payer)
        await self.shop.pay(order_id)
        await self.shop.until_state(order_id, "paid")
        return order_id

    async def served(self, payer: User | None = None, **changes: Any) -> int:
        """An order whose service is over, some time after it was paid."""
        order_id = await self.paid(payer, **changes)
        self.shop.pass_time(5 * MINUTE)
        await self.finish(order_id)
        return order_id

    async def finish(self, order_id: int) -> None:
        at = self.shop.at
        await self.shop.storage.run(lambda tx: serving.finish(tx, order_id, ADMIN, at))

    async def refunded(self, order_id: int, amount_fen: int) -> None:
        """So much was paid back, and WeChat says that it has arrived."""
        await self.shop.payments.start_refund(order_id, ADMIN, amount_fen, "协商退款")

        async def gone() -> bool:
            await self.shop.sweep()
            self.shop.pass_time(SECOND)
            return (await self.shop.refund(order_id)).state == "succeeded"

        await self.shop.until(gone)

    # Rounds

    async def rounds(self, count: int = 1, pause: int = 0) -> list[str]:
        """Rounds of the job, ``pause`` (ms) after each; what they did, in its words."""
        done: list[str] = []
        for _ in range(count):
            done += (await self.shipping.run_once()).elements()
            self.shop.pass_time(pause)
        return done

    # What is known

    async def shipments(self, order_id: int) -> list[Shipment]:
        async with self.shop.storage.reading() as reader:
            return await reader.shipments.of_order(order_id)

    async def shipment(self, order_id: int) -> Shipment:
        (found,) = await self.shipments(order_id)
        return found

    async def attempt(self, order_id: int) -> Attempt:
        return await self.shop.attempt(order_id)

    async def at_wechat(self, order_id: int) -> list[dict[str, Any]]:
        """What the stand-in knows of the order's payments, oldest first."""
        numbers = {attempt.out_trade_no for attempt in await self.shop.attempts(order_id)}
        reply = (await self.shop.http.get(f"{self.shop.base}/shipments/?limit=1000")).json()
        return [each for each in reversed(reply["shipments"]) if each["out_trade_no"] in numbers]

    async def uploads(self, order_id: int) -> int:
        return sum(len(each["uploads"]) for each in await self.at_wechat(order_id))

    async def act(self, order_id: int, act: str) -> None:
        """A button of the stand-in's page."""
        number = (await self.attempt(order_id)).out_trade_no
        reply = await self.shop.http.post(
            f"{self.shop.base}/shipments/", json={"out_trade_no": number, "act": act}
        )
        assert reply.status_code == 200, reply.text

    async def setting(self, **values: Any) -> None:
        reply = await self.shop.http.post(f"{self.shop.base}/settings/", json=values)
        assert reply.status_code == 200, reply.text


@asynccontextmanager
async def open_yard(storage: Storage, settings: Settings, folder: Path) -> AsyncIterator[Yard]:
    async with open_sandbox_shop(storage, settings, folder) as shop:
        who = shop.sandbox.identity
        shop.settings = settings.replace("shipping", enabled=True).replace("wechat", appid=who.appid)
        base = shop.base
        async with (
            AccessTokens(who.appid, who.secret, base_url=base, clock=shop.clock) as tokens,
            WeChatApi(tokens, base_url=base) as api,
        ):
            yard = Yard(shop, api)
            await yard.setting(notify_speed=1, intake_seconds=60, confirm_days=2, settle_seconds=60)
            yield yard
