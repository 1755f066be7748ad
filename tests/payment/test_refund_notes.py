"""What WeChat is told with a refund, what a case about one says, and to whom money went or goes back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from clock import MINUTE
from payment.payables import load, of_order, payer_of, payer_of_attempt
from payment.refunds.steps import lock_refund
from payment.wechatpay import errors
from refusals import SupplementNotFound
from storage.models import OrderState, RefundState
from tests.payment.conftest import ADMIN, Shop
from tests.payment.refunding import sent
from tests.payment.supplements.desk import Desk

REFUSED = errors.Refused(code="USER_ACCOUNT_ABNORMAL", status=403, verified=True)


@pytest.mark.promise(12)
async def test_wechat_is_told_the_reason_that_the_office_wrote(shop: Shop) -> None:
    order_id = await shop.paid()
    told, real = list[dict[str, Any]](), shop.wechat.refund

    async def refund(**given: Any) -> Any:
        told.append(given)
        return await real(**given)

    shop.wechat.refund = refund  # type: ignore[method-assign]
    await shop.payments.start_refund(order_id, ADMIN, 1_000, "陪诊员迟到")
    await shop.sweep()
    attempt, number = await shop.attempt(order_id), (await shop.refund(order_id)).out_refund_no
    assert told == [
        {
            "out_trade_no": attempt.out_trade_no,
            "out_refund_no": number,
            "refund_fen": 1_000,
            "total_fen": attempt.amount_fen,
            "reason": "陪诊员迟到",
        }
    ]


@pytest.mark.promise(12)
async def test_a_refund_that_waits_unsent_beside_another_keeps_it_from_nothing(shop: Shop) -> None:
    """A request that was rejected was never submitted: the next one is sent at once."""
    order_id = await shop.paid()
    first = await shop.payments.start_refund(order_id, ADMIN, 1_000)
    async with shop.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE refunds SET state = 'closed', submitted_at = NULL, next_query_at = NULL WHERE id = :id",
            {"id": first},
        )
        await tx.commit()
    second = await shop.payments.start_refund(order_id, ADMIN, 2_000)
    await shop.sweep()
    async with shop.storage.reading() as reader:
        refund = await reader.refunds.get(second)
    assert refund is not None
    assert refund.state == RefundState.PROCESSING


@pytest.mark.promise(12)
async def test_an_older_refund_that_is_not_being_sent_any_more_holds_up_no_later_one(shop: Shop) -> None:
    """Its claim has ended: of the two, whichever is taken is sent."""
    order_id = await shop.paid()
    older = await shop.payments.start_refund(order_id, ADMIN, 1_000)
    second = await shop.payments.start_refund(order_id, ADMIN, 2_000)
    for claimed_until, state in (
        (shop.at + MINUTE, RefundState.APPROVED),
        (shop.at, RefundState.PROCESSING),
    ):
        async with shop.storage.transaction() as tx:
            await tx.connection.execute(
                "UPDATE refunds SET claimed_until = :until, next_query_at = :later WHERE id = :id",
                {"until": claimed_until, "later": shop.at + 60 * MINUTE, "id": older},
            )
            await tx.connection.execute(
                "UPDATE refunds SET next_query_at = :at, claimed_until = 0 WHERE id = :id",
                {"at": shop.at, "id": second},
            )
            await tx.commit()
        assert await shop.payments.refund_sender.step_now(second) == state


@pytest.mark.promise(12)
async def test_a_case_about_a_refund_names_it_with_its_amount_and_wechats_words(shop: Shop) -> None:
    order_id, refund = await sent(shop, 1_234)

    async def refused(out_refund_no: str) -> object:
        raise REFUSED

    shop.wechat.query_refund = refused  # type: ignore[assignment,method-assign]
    shop.pass_time(2 * MINUTE)
    await shop.sweep()
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    assert (case.kind, case.reference, case.order_id) == ("refund_refused", refund.out_refund_no, order_id)
    detail = json.loads(case.detail)
    assert detail.keys() == {"refund_id", "amount_fen", "code", "error"}
    assert (detail["refund_id"], detail["amount_fen"], detail["code"]) == (refund.id, 1_234, REFUSED.code)


async def test_whose_money_paid_an_order_and_whose_nobodys(shop: Shop) -> None:
    user = await shop.user()
    unpaid = of_order(await shop.order(await shop.placed(user)))
    paid = of_order(await shop.order(await shop.paid(await shop.user("oOther"))))
    attempt = await shop.attempt(paid.order.id)
    async with shop.storage.reading() as reader:
        assert await payer_of(reader, unpaid) is None
        assert await payer_of(reader, paid) == paid.order.user_id
        imported = replace(paid, paid_attempt_id=None)
        assert await payer_of(reader, imported) == paid.order.user_id, "paid elsewhere"
    assert payer_of_attempt(paid.order, replace(attempt, payer_user_id=77)) == 77
    assert payer_of_attempt(paid.order, replace(attempt, payer_user_id=None)) == paid.order.user_id
    assert payer_of_attempt(paid.order, None) == paid.order.user_id


async def test_a_service_is_named_with_its_unit_where_it_has_one(shop: Shop) -> None:
    order = await shop.order(await shop.placed(service_name="全心陪诊", service_unit="半天"))
    assert of_order(order).title == "全心陪诊（半天）"
    assert of_order(replace(order, service_unit="")).title == "全心陪诊"
    assert of_order(replace(order, state=OrderState.PAID)).wanted is False


async def test_a_supplement_is_none_of_another_order(shop: Shop) -> None:
    supplement_id = await Desk(shop).opened()
    other = await shop.order(await shop.paid(await shop.user("oOther")))
    async with shop.storage.reading() as reader:
        supplement = await reader.supplements.get(supplement_id)
        assert supplement is not None
        own = await reader.orders.get(supplement.order_id)
        assert own is not None
        assert (await load(reader, own, supplement_id)).supplement == supplement
        for missing in (supplement_id, 999_999):
            with pytest.raises(SupplementNotFound):
                await load(reader, other, missing)


async def test_a_refund_is_locked_with_what_its_money_paid(shop: Shop) -> None:
    order_id, refund = await sent(shop)
    payable, locked = await shop.storage.run(lambda tx: lock_refund(tx, refund.id))
    assert (payable.order.id, payable.supplement, locked.id) == (order_id, None, refund.id)
