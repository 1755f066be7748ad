"""Statements paid through a WeChat in memory, at moments that the test decides: for values, times and cases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from config import Settings
from payment.transfers.service import Transfers
from payment.wechatpay.errors import GatewayError
from payment.wechatpay.transfers import TransferResult
from storage import Storage
from storage.models import PayTransfer
from tests.payment.conftest import Shop
from tests.transfers.desk import Desk
from tests.transfers.fake import FakeTransfers

NOTIFY_URL = "https://example.test/wechatpay/notify/"


class ToldTransfers(FakeTransfers):
    """``calls``: what was called, in order; ``refused``: what the next call of that name ends with; ``more``: what
    WeChat says beyond what it always says."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.refused: dict[str, GatewayError] = {}
        self.more: dict[str, Any] = {}

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.refused:
            raise self.refused.pop(name)

    async def create(self, request: Mapping[str, Any], key_serial: str) -> TransferResult:
        self._called("create")
        return await super().create(request, key_serial)

    async def query(self, out_bill_no: str) -> TransferResult:
        self._called("query")
        return await super().query(out_bill_no)

    async def cancel(self, out_bill_no: str) -> str:
        self._called("cancel")
        return await super().cancel(out_bill_no)

    def _told(self, number: str, **more: Any) -> TransferResult:
        return super()._told(number, **{**more, **self.more})


class MemoryDesk(Desk):
    """The office over ``ToldTransfers``. ``shop`` holds the clock, which stands still unless it is moved."""

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self.wechat = ToldTransfers()
        paid_through = settings.replace("transfers", scene_id="1005").replace("pay", notify_url=NOTIFY_URL)
        super().__init__(cast(Any, Shop(storage, settings)), paid_through)

    def another(self) -> Transfers:
        wechat = cast(Any, self.wechat)
        return Transfers(self.storage, wechat, self.vault, self.settings, self.shop.clock)

    async def log_in(self, person: str = "wang") -> str:
        return f"o{person}"

    async def sent(self, error: GatewayError | None = None) -> PayTransfer:
        """A transfer whose request was sent, and ended with this error."""
        if error is not None:
            self.wechat.refused["create"] = error
        number = await self.confirmed()
        await self.start(number)
        return await self.transfer(number)

    async def again(self, transfer: PayTransfer) -> PayTransfer:
        async with self.storage.reading() as reader:
            found = await reader.transfers.get(transfer.id)
        assert found is not None
        return found

    async def asked(self, transfer: PayTransfer, error: GatewayError | None = None) -> PayTransfer:
        """WeChat is asked about it now, which ends with this error."""
        if error is not None:
            self.wechat.refused["query"] = error
        await self.transfers.ask(transfer.id)
        return await self.again(transfer)

    async def cases(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Kind, number and evidence of the cases, in the order of their kinds."""
        async with self.storage.reading() as reader:
            found = await reader.finance.cases()
        return sorted((case.kind, case.reference, json.loads(case.detail)) for case in found)

    def later(self, *milliseconds: int) -> Iterator[int]:
        """Let these times pass, one after another."""
        for each in milliseconds:
            self.shop.pass_time(each)
            yield self.shop.at
