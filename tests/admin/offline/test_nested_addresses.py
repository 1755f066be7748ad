"""A supplement in the address, or in the form, of another order is not there."""

from __future__ import annotations

import pytest

from orders.supplements.deciding import supplement_fingerprint
from storage.models import OrderState, SupplementState
from tests.admin import supplements
from tests.admin.acts_about_cash import receipt_fields
from tests.admin.clients import Client, form_of
from tests.admin.scenario import Scenario

pytestmark = pytest.mark.promise(18, 38)
HUGE = 10**17


async def two_orders(scenario: Scenario, state: str) -> tuple[int, int]:
    """An unpaid order, and a supplement of another one."""
    mine = await scenario.order("unpaid")
    return mine, await supplements.put(scenario, await scenario.order(), state)


@pytest.mark.parametrize("act", ["open", "withdraw"])
async def test_a_supplement_of_another_order_is_not_decided_about(
    owner: Client, scenario: Scenario, act: str
) -> None:
    mine, other = await two_orders(scenario, SupplementState.PROPOSED)
    before = await supplements.get(scenario, other)
    form = {"fingerprint": supplement_fingerprint(before), "amount": "38.50", "note": "不用"}
    for supplement_id in (other, HUGE):
        answer = await owner.post(f"admin/orders/{mine}/supplements/{supplement_id}/{act}/", form)
        assert answer.code == 404, answer.code
    assert await supplements.get(scenario, other) == before
    assert (await owner.get(f"admin/orders/{mine}/supplements/{other}/receipt/")).code == 404


@pytest.mark.parametrize("number", ["other", str(HUGE), "9" * 30, "-1", "１"])
async def test_cash_for_a_supplement_of_another_order_is_refused(
    owner: Client, scenario: Scenario, number: str
) -> None:
    mine, other = await two_orders(scenario, SupplementState.OPEN)
    supplement_id = str(other) if number == "other" else number
    page = await owner.page(f"admin/orders/{mine}/")
    shown = form_of(page, f"orders/{mine}/receipt/")
    for act in ("", "reverse/", "correct/"):
        form = receipt_fields(scenario, amount="38.50", supplement_id=supplement_id, reason="记错了")
        answer = await owner.post(f"admin/orders/{mine}/receipt/{act}", {**shown, **form})
        assert answer.code in (400, 404, 409), (act, answer.code)
    assert (await supplements.get(scenario, other)).state == SupplementState.OPEN
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(mine)
        assert await reader.offline.of_order(mine) == []
    assert order is not None
    assert order.state == OrderState.UNPAID
    assert await scenario.log() == []
