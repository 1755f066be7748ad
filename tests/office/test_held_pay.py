"""What an escort earned is held while something about the order's money is open, and is on a statement afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from orders.complaints import handling as complaints
from orders.complaints import sending
from orders.complaints.sending import Sent
from privacy import Vault, new_key
from storage.models import ComplaintKind, RefundKind
from storage.pay_views import PayHold
from tests.office.conftest import PAY, dispute, hold, in_cash, on_statement, served, withdraw
from tests.offline.conftest import handling, paid_offline
from tests.payment.conftest import ADMIN, Shop
from tests.payment.supplements.desk import Desk
from tests.payment.visit_money import pay_out

pytestmark = pytest.mark.promise(40)

FREE = PayHold(False, False, False)
REFUND = PayHold(True, False, False)


async def test_from_the_request_for_a_refund_until_wechat_has_paid_it_out(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    escort_id = await served(shop, order_id)
    assert await on_statement(shop, escort_id) == (PAY, 0)
    refused = await shop.payments.request_refund(order_id, user, "迟到", 1_000, kind=RefundKind.MONEY_BACK)
    assert await hold(shop, order_id) == REFUND
    assert await on_statement(shop, escort_id) == (0, PAY)
    await shop.payments.reject_refund(refused, ADMIN, "准时到了")
    assert await hold(shop, order_id) == FREE
    await shop.payments.start_refund(order_id, ADMIN, 1_000, "迟到")
    assert await hold(shop, order_id) == REFUND
    await pay_out(shop, order_id)
    assert await hold(shop, order_id) == FREE
    assert await on_statement(shop, escort_id) == (PAY, 0)


async def test_a_refund_that_wechat_cannot_pay_out_holds_it_until_that_is_settled(shop: Shop) -> None:
    order_id = await shop.paid()
    escort_id = await served(shop, order_id)
    await shop.payments.start_refund(order_id, ADMIN, 1_000, "迟到")
    await pay_out(shop, order_id, "ABNORMAL")
    assert await on_statement(shop, escort_id) == (0, PAY)


async def test_until_a_person_has_paid_cash_back(shop: Shop) -> None:
    order_id = await paid_offline(shop)
    escort_id = await served(shop, order_id)
    refund_id = await shop.payments.start_refund(order_id, ADMIN, 1_000, "迟到")
    await shop.sweep()
    assert await hold(shop, order_id) == REFUND
    await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    assert await hold(shop, order_id) == FREE
    assert await on_statement(shop, escort_id) == (PAY, 0)


@pytest.mark.promise(38)
async def test_while_a_supplement_is_given_back_at_wechat_or_in_cash(shop: Shop, desk: Desk) -> None:
    order_id = await shop.paid()
    by_phone = await desk.paid(order_id=order_id)
    by_hand = await in_cash(shop, desk, order_id)
    escort_id = await served(shop, order_id)
    await shop.payments.start_supplement_refund(by_phone, ADMIN, 500, "多收了")
    assert await hold(shop, order_id) == REFUND
    await desk.given_back(by_phone)
    assert await hold(shop, order_id) == FREE
    refund_id = await shop.payments.start_supplement_refund(by_hand, ADMIN, 500, "多收了")
    assert await on_statement(shop, escort_id) == (0, PAY)
    await shop.payments.offline.confirm_refund(refund_id, handling(shop), ADMIN)
    assert await on_statement(shop, escort_id) == (PAY, 0)


@pytest.mark.promise(38)
async def test_while_a_supplement_is_disputed_and_not_while_it_is_unpaid(shop: Shop, desk: Desk) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    supplement_id = await desk.begun(user, order_id=order_id)
    escort_id = await served(shop, order_id)
    assert await on_statement(shop, escort_id) == (PAY, 0)
    await dispute(shop, supplement_id, user.id)
    assert await hold(shop, order_id) == PayHold(False, True, False)
    await withdraw(shop, desk, supplement_id)
    assert await on_statement(shop, escort_id) == (PAY, 0)


async def test_while_a_complaint_is_not_settled_and_again_when_more_is_said(shop: Shop) -> None:
    user, vault = await shop.user(), Vault(new_key())
    order_id = await shop.paid(user)
    escort_id = await served(shop, order_id)
    sent = Sent(order_id, ComplaintKind.ESCORT, "complaint-action-1", "陪诊员迟到了四十分钟")
    office = shop.settings.office
    complaint_id = await shop.storage.run(
        lambda tx: sending.complain(tx, vault, sent, user.id, office, shop.at)
    )
    held = PayHold(False, False, True)
    assert await hold(shop, order_id) == held
    await decide(shop, vault, complaint_id, complaints.answer)
    assert await hold(shop, order_id) == held
    await decide(shop, vault, complaint_id, complaints.close)
    assert await on_statement(shop, escort_id) == (PAY, 0)
    more = (complaint_id, "complaint-action-2", "还没有人给我回电话")
    await shop.storage.run(lambda tx: sending.add_to(tx, vault, more, user.id, office, shop.at))
    assert await on_statement(shop, escort_id) == (0, PAY)


async def decide(shop: Shop, vault: Vault, complaint_id: int, act: Any) -> None:
    """Answered or closed by the office, as it is now."""
    async with shop.storage.reading() as reader:
        known = await reader.complaints.get(complaint_id)
    assert known is not None
    said = (f"office-{act.__name__}-1", "非常抱歉", complaints.mark(known))
    await shop.storage.run(lambda tx: act(tx, vault, complaint_id, said, ADMIN, shop.at))


async def test_money_that_goes_back_for_another_order_holds_nothing(shop: Shop) -> None:
    order_id = await shop.paid()
    escort_id = await served(shop, order_id)
    other = await paid_offline(shop, patient_id=2, visit_date=shop.content().visit_date)
    await shop.payments.start_refund(other, ADMIN, 1_000, "少做了")
    assert await hold(shop, order_id) == FREE
    assert await on_statement(shop, escort_id) == (PAY, 0)
