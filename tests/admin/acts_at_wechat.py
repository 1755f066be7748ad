"""Acts about complaints that were made at WeChat, with a WeChat in memory that takes what is sent to it."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

from orders.complaints.handling import mark
from payment.complaints.reading import Read, apply_detail
from payment.wechatpay.complaint_replies import Detail
from storage.models import RefundState
from storage.writes import NewRefund
from tests.admin.act import Act
from tests.admin.act_preparations import Preparation, Ready
from tests.admin.acts_after_sales import read_complaint
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

_numbers = itertools.count(1)


class WeChat:
    """Has one complaint, and says yes to everything."""

    def __init__(self, number: str, state: str) -> None:
        self.said = {
            "complaint_id": number,
            "complaint_state": state,
            "complaint_time": "2026-11-29T10:00:00+08:00",
            "complaint_detail": "等了很久",
            "problem_type": "REFUND",
        }

    async def get(self, path: str, query: Any = None) -> dict[str, Any]:
        return {"data": []} if path.endswith("historys") else self.said

    async def send(self, *args: Any, **more: Any) -> dict[str, Any]:
        return {}

    def decrypt(self, sealed: str) -> str | None:
        return None


async def complaint_at_wechat(scenario: Scenario, order_id: int, state: str = "PROCESSING") -> int:
    """A complaint about an order, as if it had been read; its id. WeChat answers from memory from now on."""
    services, at = scenario.services, scenario.clock()
    number = f"2002{next(_numbers):020d}"
    services.complaints.enabled = True
    merchant = SimpleNamespace(mchid="1900000001")
    services.complaints.calls._gateway = SimpleNamespace(requests=WeChat(number, state), merchant=merchant)  # type: ignore[assignment]
    async with scenario.storage.reading() as reader:
        attempts = await reader.attempts.of_order(order_id)
    detail = Detail(
        number, state, at, "等了很久", "申请退款", "REFUND", 1, False, False, False, 1_000, "",
        attempts[-1].out_trade_no if attempts else "", "", None, (), "mark",
    )  # fmt: skip
    complaint_id = await scenario.storage.run(
        lambda tx: apply_detail(tx, Read(detail, at, at), services.settings.office, services.vault, at)
    )
    assert complaint_id is not None
    return complaint_id


def about(refund: bool = False, **fields: Any) -> Preparation:
    async def ready(scenario: Scenario, owner: Client) -> Ready:
        order_id = await scenario.order("finished")
        complaint_id = await complaint_at_wechat(scenario, order_id)
        if refund:
            fields["refund_id"] = await _refund(scenario, order_id)
        seen = mark(await read_complaint(scenario, complaint_id))
        return Ready(complaint_id, {"fingerprint": seen, "action_id": "an-action-of-the-office"} | fields)

    return ready


async def _refund(scenario: Scenario, order_id: int) -> int:
    """One that WeChat has, of an order; its id."""
    async with scenario.storage.transaction() as tx:
        (attempt,) = await tx.attempts.of_order(order_id)
        refund = NewRefund(
            order_id,
            attempt.id,
            f"R{order_id:031d}",
            1_000,
            1_000,
            "投诉",
            "admin",
            state=RefundState.PROCESSING,
        )
        refund_id = await tx.refunds.add(refund, scenario.clock())
        await tx.commit()
    return refund_id


AT_WECHAT = [
    Act(f"complaints/{{id}}/wechat/{path}/", f"complaint.{name}", "complaint", ready)
    for path, name, ready in (
        ("reveal", "reveal", about()),
        ("answer", "wechat_answer", about(text="马上退给您")),
        ("reject", "wechat_reject", about(text="服务已经完成")),
        ("approve", "wechat_approve", about(refund=True)),
        ("complete", "wechat_complete", about(text="用户同意")),
    )
]
