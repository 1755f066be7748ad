"""Supplements of orders, as the tests of the administration put them there."""

from __future__ import annotations

from orders.supplements.deciding import supplement_fingerprint
from payment.offline.receipts import Handling, Receipt
from payment.payables import PayableKey
from storage.models import Actor, OfflineMethod, Supplement, SupplementState
from storage.writes import NewSupplement
from tests.admin.act_preparations import Ready
from tests.admin.clients import Client
from tests.admin.scenario import Scenario

REASON = "代付挂号费 38.50 元"


async def put(
    scenario: Scenario,
    order_id: int,
    state: str = SupplementState.PROPOSED,
    *,
    by: int = 1,
    reason: str = REASON,
    receipt: str = "",
) -> int:
    """One that an escort has proposed, in this state; its id."""
    at = scenario.clock()
    async with scenario.storage.transaction() as tx:
        supplement_id = await tx.supplements.add(
            NewSupplement(
                order_id=order_id,
                kind="outlay",
                amount_fen=3850,
                reason=reason,
                state=state,
                proposed_by_kind="escort",
                proposed_by=by,
                action_id=f"action-{order_id}-{state}-{at}",
                created_at=at,
                updated_at=at,
                opened_at=None if state == SupplementState.PROPOSED else at,
                receipt_file=receipt,
                dispute="没有用到" if state == SupplementState.DISPUTED else "",
            )
        )
        await tx.commit()
    return supplement_id


async def get(scenario: Scenario, supplement_id: int) -> Supplement:
    async with scenario.storage.reading() as reader:
        found = await reader.supplements.get(supplement_id)
    assert found is not None
    return found


async def proposed_supplement(scenario: Scenario, owner: Client) -> Ready:
    """Of an order with the same number."""
    order_id = await scenario.order()
    assert await put(scenario, order_id) == order_id
    return Ready(order_id, {"fingerprint": supplement_fingerprint(await get(scenario, order_id))})


async def pay_in_cash(scenario: Scenario, supplement_id: int) -> None:
    """The office takes the money of one that is open."""
    supplement = await get(scenario, supplement_id)
    handling = Handling(OfflineMethod.CASH, "收据 0032", "王店员", scenario.clock())
    await scenario.services.payments.offline.record(
        PayableKey(supplement.order_id, supplement_id),
        Receipt(supplement.amount_fen, handling),
        Actor("admin", 1),
    )


async def paid_supplement(scenario: Scenario, owner: Client) -> Ready:
    """The first refund is that of its money."""
    supplement_id = await put(scenario, await scenario.order(), SupplementState.OPEN)
    await pay_in_cash(scenario, supplement_id)
    return Ready(supplement_id, {"amount": "38.50", "reason": "没有用到"}, subject_id=1)


async def order_that_takes_one(scenario: Scenario, owner: Client) -> Ready:
    fields = {"kind": "overtime", "amount": "50", "reason": "加时一小时", "action_id": "a-form-of-a-page-01"}
    return Ready(await scenario.order(), fields)
