"""A shop whose payers complain at WeChat: the stand-in's side by its buttons, ours by one or more server processes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from config import Settings
from payment.complaints.service import WeChatComplaints
from privacy import Vault
from sealed_files import DocumentFiles
from storage import Storage
from storage.models import Complaint
from storage.models.wechat_complaints import ComplaintAct, WeChatComplaint
from tests.payment.sandbox_shop import SandboxShop, open_sandbox_shop
from tests.payment.telling import stand_in_folder, stand_in_identity, teller

__all__ = ["Desk", "Story", "Tell", "stand_in_folder", "stand_in_identity", "tell"]

KEY = "cd" * 32


class Desk:
    """The office of a shop; ``complaints`` is as one server process has it."""

    def __init__(self, shop: SandboxShop, folder: Path) -> None:
        self.shop, self.storage, self.vault = shop, shop.storage, Vault(KEY)
        self.files = DocumentFiles(folder, self.vault)
        self.complaints = self.another()

    def another(self) -> WeChatComplaints:
        """A process of its own on the same database."""
        shop = self.shop
        return WeChatComplaints(shop.storage, shop.gateway, shop.settings, self.files, self.vault, shop.clock)

    async def paid(self) -> int:
        order_id, _ = await self.shop.payments.place(await self.shop.user(), self.shop.content())
        await self.shop.pay(order_id)
        await self.shop.until_state(order_id, "paid")
        return order_id

    async def file(self, order_id: int, **wish: Any) -> str:
        """Its payer complains: WeChat's number of the complaint."""
        number = (await self.shop.attempt(order_id)).out_trade_no
        return str((await self._post({"out_trade_no": number, **wish}))["complaint_id"])

    async def payer(self, number: str, act: str, text: str = "") -> None:
        await self._post({"complaint_id": number, "act": act, "text": text})

    async def _post(self, wish: dict[str, Any]) -> dict[str, Any]:
        reply = await self.shop.http.post(f"{self.shop.base}/complaints/", json=wish)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    async def at_wechat(self, number: str) -> dict[str, Any]:
        reply = await self.shop.http.get(f"{self.shop.base}/complaints/?complaint_id={number}")
        return dict(reply.json()["complaints"][0])

    async def said_at_wechat(self, number: str, kind: str) -> list[str]:
        """What the history has of a kind, oldest first."""
        history = (await self.at_wechat(number))["history"]
        return [entry["details"] for entry in history if entry["type"] == kind]

    async def register(self) -> None:
        """News is sent to our address."""
        await self.complaints.calls.set_address(
            self.shop.gateway.merchant.notify_url.replace("/notify/", "/complaint-notify/")
        )

    async def round(self, complaints: WeChatComplaints | None = None) -> None:
        """What the background does in a round."""
        await (complaints or self.complaints).run_once("test")

    async def poll(self) -> None:
        """A round after the list has come due again."""
        self.shop.pass_time(4 * 60_000)
        await self.round()

    async def rows(self) -> list[Complaint]:
        """All complaints, oldest first."""
        async with self.storage.reading() as reader:
            ids = await reader.connection.fetch_all("SELECT id FROM complaints ORDER BY id")
            found = [await reader.complaints.get(int(row[0])) for row in ids]
        return [each for each in found if each is not None]

    async def one(self) -> Complaint:
        (found,) = await self.rows()
        return found

    async def row(self, number: str) -> WeChatComplaint:
        async with self.storage.reading() as reader:
            found = await reader.wechat_complaints.find(number)
        assert found is not None
        return found

    async def acts(self, complaint_id: int) -> list[ComplaintAct]:
        async with self.storage.reading() as reader:
            return await reader.wechat_complaints.acts(complaint_id)


Story = Callable[[Desk], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture
def tell(
    storage: Storage, shop_settings: Settings, stand_in_folder: Path, tmp_path: Path, io_loop: IOLoop
) -> Tell:
    """Runs a story ``async def (desk)`` against a fresh stand-in, on both engines."""
    settings = shop_settings.replace("pay", complaints=True)

    @asynccontextmanager
    async def opening() -> AsyncIterator[Desk]:
        async with open_sandbox_shop(storage, settings, stand_in_folder) as shop:
            yield Desk(shop, tmp_path / "ours")

    return teller(opening, io_loop)
