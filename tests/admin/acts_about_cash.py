"""Acts about money outside of WeChat, and what has to be there before them."""

from __future__ import annotations

from typing import Any

from clock import shanghai
from tests.admin.act_preparations import Ready
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


def receipt_fields(scenario: Scenario, **changes: str) -> dict[str, Any]:
    """The form of a receipt, as a clerk fills it in."""
    now = shanghai(scenario.clock())
    return {
        "amount": "588",
        "method": "cash",
        "handled_by": "王店员",
        "day": now.strftime("%Y-%m-%d"),
        "time": now.strftime("%H:%M"),
        "reference": "收据 0031",
        **changes,
    }


async def order_to_receive(scenario: Scenario, owner: Client) -> Ready:
    return Ready(await scenario.order("unpaid"), receipt_fields(scenario))


async def order_in_cash(scenario: Scenario, owner: Client) -> Ready:
    ready = await order_to_receive(scenario, owner)
    answer = await owner.post(f"admin/orders/{ready.id}/receipt/", ready.fields)
    assert answer.code == 302, answer.body.decode()
    return Ready(ready.id, {"reason": "记错了"})


async def order_to_correct(scenario: Scenario, owner: Client) -> Ready:
    ready = await order_in_cash(scenario, owner)
    ready.fields |= receipt_fields(scenario, method="transfer")
    return ready


async def refund_by_hand(scenario: Scenario, owner: Client) -> Ready:
    ready = await order_in_cash(scenario, owner)
    answer = await owner.post(f"admin/orders/{ready.id}/refund/", {"amount": "588", "reason": "不去了"})
    assert answer.code == 302, answer.body.decode()
    fields = receipt_fields(scenario)
    del fields["amount"]
    return Ready(1, fields)


async def cash_of_today(scenario: Scenario, owner: Client) -> Ready:
    await order_in_cash(scenario, owner)
    return Ready(scenario.day(0))
