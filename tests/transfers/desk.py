"""Statements that are paid through WeChat's stand-in: real sockets, real signatures, a clock that can be moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from clock import shanghai_date
from config import Settings
from orders.escort_pay import statements
from orders.escort_pay.months import month_of
from payment.transfers.service import Transfers
from payment.transfers.starting import Start
from payment.wechatpay.transfers import MerchantTransfers
from privacy import Vault, new_key
from storage import Storage
from storage.models import PayStatement, PayTransfer, TransferState
from tests.core.escorts import add_escort
from tests.escort_pay.paying import ADMIN_ID, confirm, finished, issue, mark_of, rule, statement
from tests.payment.sandbox_shop import SandboxShop, open_sandbox_shop

PAY_FEN = 8_000
NAME = "王芳"


class Desk:
    """The office of ``shop``, with one escort who has logged in; ``transfers`` is as the handlers have it."""

    def __init__(self, shop: SandboxShop, settings: Settings) -> None:
        self.shop, self.settings, self.storage = shop, settings, shop.storage
        self.vault = Vault(new_key())
        self.transfers = self.another()
        self.openid, self.escort_id = "", 0

    def another(self) -> Transfers:
        """A process of its own on the same database."""
        gateway = self.shop.gateway
        wechat = MerchantTransfers(gateway.merchant, gateway.requests)
        return Transfers(self.storage, wechat, self.vault, self.settings, self.shop.clock)

    async def log_in(self, person: str = "wang") -> str:
        identity = self.shop.sandbox.identity
        given = {"appid": identity.appid, "secret": identity.secret, "grant_type": "authorization_code"}
        path = f"{self.shop.base}/sns/jscode2session"
        reply = await self.shop.http.get(path, params={**given, "js_code": f"as:{person}:{self.shop.at}"})
        return str(reply.json()["openid"])

    async def hire(self, person: str = "wang", name: str = NAME) -> int:
        """An approved escort who has a WeChat account."""
        openid = await self.log_in(person)
        user = await self.shop.user(openid)
        escort_id = await add_escort(self.storage, name, user.id)
        if not self.escort_id:
            self.openid, self.escort_id = openid, escort_id
        return escort_id

    async def confirmed(self, fen: int = PAY_FEN, escort_id: int = 0) -> int:
        """A statement of this amount that its escort has agreed with."""
        escort, at = escort_id or self.escort_id, self.shop.at
        await rule(self.storage, fen, escort=escort)
        await finished(self.storage, escort, at, visit_date=shanghai_date(at))
        issued = await issue(self.storage, escort, month_of(at), at)
        await confirm(self.storage, issued.id, escort, at)
        return issued.id

    async def start(self, statement_id: int, transfers: Transfers | None = None) -> TransferState:
        seen = await mark_of(self.storage, statement_id)
        return await (transfers or self.transfers).start(Start(statement_id, seen, ADMIN_ID))

    async def statement(self, statement_id: int) -> PayStatement:
        return await statement(self.storage, statement_id)

    async def state(self, statement_id: int) -> str:
        return (await self.statement(statement_id)).state

    async def all_of(self, statement_id: int) -> list[PayTransfer]:
        async with self.storage.reading() as reader:
            return await reader.transfers.of_statement(statement_id)

    async def transfer(self, statement_id: int) -> PayTransfer:
        """The newest of the statement."""
        return (await self.all_of(statement_id))[-1]

    async def sweep(self) -> None:
        """One round with everything due."""
        async with self.storage.transaction() as tx:
            await tx.connection.execute(
                "UPDATE pay_transfers SET next_query_at = :at WHERE next_query_at > :at", {"at": self.shop.at}
            )
            await tx.commit()
        await self.transfers.sweep("test")

    async def until(self, statement_id: int, state: str) -> None:
        """Sweep until the newest transfer of the statement is in this state."""

        async def reached() -> bool:
            await self.sweep()
            return (await self.transfer(statement_id)).state == state

        await self.shop.until(reached)

    async def until_told(self, statement_id: int, state: str) -> None:
        """Wait, without asking, until a notification has brought the newest transfer into this state."""

        async def reached() -> bool:
            return (await self.transfer(statement_id)).state == state

        await self.shop.until(reached)

    async def payee(self, statement_id: int, outcome: str = "confirm", openid: str = "") -> Any:
        """What the escort's phone does with what it is given."""
        given = await self.transfers.receive(statement_id, self.escort_id)
        wish = {"package": given.package, "mchId": given.mchid, "appId": given.appid, "outcome": outcome}
        return await self.post("transfers/payee/", {**wish, "openid": openid or self.openid})

    async def post(self, path: str, document: dict[str, Any]) -> Any:
        return (await self.shop.http.post(f"{self.shop.base}/{path}", json=document)).json()

    async def at_wechat(self) -> list[dict[str, Any]]:
        """Every transfer that the stand-in knows, newest first."""
        found = (await self.shop.http.get(f"{self.shop.base}/transfers/")).json()["transfers"]
        assert isinstance(found, list)
        return found

    async def moved_fen(self) -> int:
        """What WeChat has paid to payees."""
        return sum(each["amount"] for each in await self.at_wechat() if each["state"] == "SUCCESS")

    async def messages(self, outcome: str) -> int:
        """How many messages of this outcome were queued to the escort."""
        async with self.storage.reading() as reader:
            row = await reader.connection.fetch_one(
                "SELECT COUNT(*) FROM outbox WHERE kind = 'statement' AND reference LIKE :like",
                {"like": f"%-{outcome}-%"},
            )
        return int(row[0]) if row else 0

    async def assert_paid_once(self, statement_id: int) -> None:
        paid = await self.statement(statement_id)
        assert paid.state == "paid"
        assert paid.paid_reference.startswith("微信转账 13")
        assert await self.moved_fen() == paid.total_fen
        assert await self.messages("paid") == 1
        await self.adds_up()

    async def adds_up(self) -> None:
        async with self.storage.reading() as reader:
            assert await reader.pay_statements.unbalanced() == []
            assert await reader.transfers.unbalanced() == []


@asynccontextmanager
async def open_desk(storage: Storage, settings: Settings, folder: Path) -> AsyncIterator[Desk]:
    async with open_sandbox_shop(storage, settings, folder) as shop:
        notify_url = shop.gateway.merchant.notify_url.replace("/notify/", "/transfer-notify/")
        configured = settings.replace("transfers", scene_id="1005", notify_url=notify_url)
        desk = Desk(shop, configured)
        await desk.hire()
        yield desk


async def pay_by_bank(desk: Desk, statement_id: int) -> None:
    """By bank, as the office does."""
    seen, at = await mark_of(desk.storage, statement_id), desk.shop.at
    payment = statements.BankPayment(shanghai_date(at), "2026120300001", ADMIN_ID)
    await desk.storage.run(lambda tx: statements.mark_paid(tx, statement_id, payment, seen, at))
