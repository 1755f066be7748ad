"""What comes of a notification: one outcome for each event, whoever it is about, and what it wakes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from payment import notification_inbox
from payment.wechatpay.notification import BadEnvelope
from storage import StorageUnavailable
from storage.models import AttemptState, RefundState
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.fake_wechat import notice

pytestmark = pytest.mark.promise(3)


async def heard(shop: Shop, number: str) -> int | None:
    async with shop.storage.reading() as reader:
        row = await reader.wechat_complaints.find(number)
    return row.news_at if row is not None else None


@pytest.mark.parametrize("on", [True, False])
async def test_news_of_a_complaint_is_heard_only_where_complaints_are_followed(shop: Shop, on: bool) -> None:
    shop.settings = shop.settings.replace("pay", complaints=on)
    shop.payments = shop.another()
    number = "200201820200101080000000001"
    body = notice(
        "COMPLAINT.CREATE", "complaint", {"complaint_id": number, "action_type": "CREATE_COMPLAINT"}
    )
    assert await shop.payments.notify({}, body) == ("heard" if on else "ignored")
    assert await heard(shop, number) == (shop.at if on else None)
    assert await shop.payments.notify({}, body) == "seen"


async def test_a_payment_stays_a_payment_where_complaints_are_followed(shop: Shop) -> None:
    shop.settings = shop.settings.replace("pay", complaints=True)
    shop.payments = shop.another()
    order_id = await shop.paid()
    assert (await shop.attempt(order_id)).state == AttemptState.PAID


def transfer(state: str) -> bytes:
    resource = {"out_bill_no": "T0NOBODY", "transfer_bill_no": "13", "state": state}
    return notice("MCHTRANSFER.BILL.FINISHED", "mch_payment", resource)


async def test_news_about_numbers_that_are_not_ours_is_kept_and_told_to_a_person(shop: Shop) -> None:
    assert await shop.payments.notify({}, transfer("SUCCESS")) == "unknown_number"
    order_id = await shop.paid()
    await shop.payments.start_refund(order_id, ADMIN, 1_000)
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number)
    body: Any = json.loads(shop.wechat.refund_notice(number))
    strange = notice(body["event_type"], "refund", body["resource"] | {"out_refund_no": "R0NOBODY"})
    assert await shop.payments.notify({}, strange) == "unknown_number"
    assert await shop.payments.notify({}, json.dumps(body).encode()) == RefundState.SUCCEEDED
    assert await shop.cases() == ["refund_unknown", "transfer_unknown"]


async def test_money_that_is_too_much_wakes_who_sends_it_back(shop: Shop) -> None:
    user = await shop.user()
    order_id = await shop.placed(user)
    old = (await shop.attempt(order_id)).out_trade_no
    wake = shop.payments.context.wake
    shop.wechat.pay(old)
    wake.clear()
    assert await shop.payments.notify({}, shop.wechat.paid_notice(old)) == "paid"
    assert not wake.is_set(), "an order that is paid waits for nothing"
    other = await shop.placed(await shop.user("oOther"))
    number = (await shop.attempt(other)).out_trade_no
    await shop.payments.cancel(other, await shop.user("oOther"))
    shop.wechat.charges[number].state = "NOTPAY"
    shop.wechat.pay(number)
    wake.clear()
    assert await shop.payments.notify({}, shop.wechat.paid_notice(number)) == "surplus"
    assert wake.is_set()
    assert (await shop.refund(other)).amount_fen == PRICE


async def test_a_notification_that_cannot_be_saved_in_time_is_sent_again_by_wechat(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notification_inbox, "ANSWER_SECONDS", 0.05)
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    run = shop.storage.run

    async def never(work: Any) -> Any:
        await asyncio.sleep(60)

    monkeypatch.setattr(shop.storage, "run", never)
    with pytest.raises(StorageUnavailable, match="in time"):
        await shop.payments.notify({}, shop.wechat.paid_notice(number))
    monkeypatch.setattr(shop.storage, "run", run)
    assert await shop.payments.notify({}, shop.wechat.paid_notice(number)) == "paid"


async def test_what_is_no_notification_leaves_nothing(shop: Shop) -> None:
    with pytest.raises(BadEnvelope):
        await shop.payments.notify({}, b"what is this?")
    with pytest.raises(BadEnvelope):
        await shop.payments.notify({}, notice("TRANSACTION.SUCCESS", "refund", {}))
    assert await shop.cases() == []
