"""Complaints at a WeChat in memory, at moments that the test decides: for values, deadlines and failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from clock import day_bounds
from config import Settings
from orders.complaints.handling import mark
from payment.complaints import service
from payment.complaints.acts import PlannedAct
from payment.complaints.service import WeChatComplaints
from payment.wechatpay.complaint_replies import Detail, Listed, Negotiated, read_detail, read_page
from payment.wechatpay.complaints import PAGE
from storage import Storage
from storage.models.wechat_complaints import ComplaintAct, ComplaintActKind
from tests.payment.conftest import Shop
from tests.wechat_complaints.acting import CLERK
from tests.wechat_complaints.complaining import Desk

NUMBER = "200201820200101080000000001"
AT = day_bounds("2026-01-01")[0]
"""When its payer complains: two hours before the shop opens."""


class ToldCalls:
    """WeChat's side. ``failing``: what the next calls of a name end with; ``calls``: what was called, in order."""

    def __init__(self) -> None:
        self.details: dict[str, dict[str, Any]] = {}
        self.histories: dict[str, list[Negotiated]] = defaultdict(list)
        self.failing: dict[str, list[Exception]] = defaultdict(list)
        self.calls: list[str] = []
        self.pages: list[tuple[str, str, int]] = []
        self.said: list[tuple[Any, ...]] = []
        self.meanwhile: list[Any] = []
        """What happens while the next detail is asked for."""

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.failing[name]:
            raise self.failing[name].pop(0)

    def complain(self, number: str = NUMBER, at: int = AT, **changes: Any) -> None:
        self.details[number] = {
            "complaint_id": number,
            "complaint_time": datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds"),
            "complaint_detail": "等了一个小时",
            "complaint_state": "PENDING",
            "problem_type": "OTHERS",
            "user_complaint_times": 1,
            "incoming_user_response": False,
            **changes,
        }

    def change(self, number: str = NUMBER, **changes: Any) -> None:
        self.details[number] |= changes

    async def page(self, begin: str, end: str, offset: int) -> list[Listed | None]:
        self._called("page")
        self.pages.append((begin, end, offset))
        return read_page({"data": list(self.details.values())[offset : offset + PAGE]})

    async def detail(self, complaint_id: str) -> Detail:
        self._called("detail")
        found = read_detail(self.details[complaint_id], lambda sealed: sealed)
        while self.meanwhile:
            await self.meanwhile.pop(0)()
        return found

    async def history(self, complaint_id: str) -> list[Negotiated]:
        self._called("history")
        return sorted(self.histories[complaint_id], key=lambda entry: entry.at)

    async def upload(self, content: bytes) -> str:
        self._called("upload")
        return f"media-{len(content)}"

    async def answer(self, complaint_id: str, text: str, media_ids: Sequence[str]) -> None:
        self._called("answer")
        self.said.append(("answer", complaint_id, text, list(media_ids)))
        self.change(complaint_id, complaint_state="PROCESSING", incoming_user_response=False)

    async def reject_refund(self, complaint_id: str, reason: str, media_ids: Sequence[str]) -> None:
        self._called("reject")
        self.said.append(("reject", complaint_id, reason, list(media_ids)))

    async def approve_refund(self, complaint_id: str) -> None:
        self._called("approve")
        self.said.append(("approve", complaint_id))

    async def complete(self, complaint_id: str) -> None:
        self._called("complete")
        self.said.append(("complete", complaint_id))
        self.change(complaint_id, complaint_state="PROCESSED")


class MemoryDesk(Desk):
    """The office over ``ToldCalls``. ``shop`` holds the clock, which stands still unless it is moved."""

    def __init__(self, storage: Storage, settings: Settings, folder: Path) -> None:
        self.wechat = ToldCalls()
        super().__init__(cast(Any, Shop(storage, settings.replace("pay", complaints=True))), folder)

    def another(self) -> WeChatComplaints:
        wechat = cast(Any, self.wechat)
        return WeChatComplaints(
            self.storage, wechat, self.shop.settings, self.files, self.vault, self.shop.clock
        )

    async def read(self, number: str = NUMBER) -> int | None:
        _, complaint_id = await self.complaints.follower.read(number)
        return complaint_id

    async def complained(self, **wish: Any) -> int:
        """A complaint that was read; its id."""
        self.wechat.complain(**wish)
        complaint_id = await self.read()
        assert complaint_id is not None
        return complaint_id

    async def planned(
        self, kind: ComplaintActKind, text: str = "", action: str = "a" * 20, **more: Any
    ) -> ComplaintAct:
        """A clerk who sees the complaint as it is wants this sent."""
        complaint = await self.one()
        wanted = PlannedAct(kind, action, text, mark(complaint), **more)
        act_id, _ = await self.storage.run(
            lambda tx: self.complaints.plan(tx, complaint.id, wanted, CLERK, self.shop.at)
        )
        return await self.act(act_id)

    async def act(self, act_id: int) -> ComplaintAct:
        async with self.storage.reading() as reader:
            found = await reader.wechat_complaints.act(act_id)
        assert found is not None
        return found

    async def performed(
        self, act: ComplaintAct, error: Exception | None = None, call: str = ""
    ) -> ComplaintAct:
        """One more step, in which this call ends with this error."""
        if error is not None:
            self.wechat.failing[call or act.kind].append(error)
        await self.complaints.sender.perform(act.id)
        return await self.act(act.id)


@pytest.fixture
def memory(
    storage: Storage, shop_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MemoryDesk:
    """On both engines, through ``storage``."""
    monkeypatch.setattr(service, "ComplaintCalls", lambda calls: calls)
    return MemoryDesk(storage, shop_settings, tmp_path / "ours")
