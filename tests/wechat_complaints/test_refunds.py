"""A refund because of a complaint: made once, by our own refunds, and told to WeChat when it is on its way."""

from __future__ import annotations

import pytest

from clock import MINUTE
from orders.complaints.handling import link_refund
from orders.complaints.locking import ComplaintClosed
from payment.complaints.acts import ActOpen
from storage.models import ComplaintState, RefundState
from storage.models.wechat_complaints import ComplaintActKind, ComplaintActState
from tests.payment.conftest import ADMIN
from tests.wechat_complaints.acting import ANSWER, CLERK, complained, plan, settled
from tests.wechat_complaints.complaining import Desk, Tell

pytestmark = pytest.mark.promise(43)


async def refunded(desk: Desk, amount_fen: int) -> int:
    """A clerk refunds because of the complaint, as an order's page does; the refund's id."""
    complaint = await desk.one()
    assert complaint.order_id is not None

    async def write(tx: object, refund_id: int) -> None:
        at = desk.shop.at
        await link_refund(tx, complaint.id, complaint.order_id, refund_id, at)  # type: ignore[arg-type]
        await desk.complaints.tell_of_refund(tx, complaint.id, refund_id, CLERK, at)  # type: ignore[arg-type]

    return await desk.shop.payments.start_refund(
        complaint.order_id, ADMIN, amount_fen, "投诉退款", hook=write
    )


def test_from_news_that_came_three_times_and_out_of_order_to_processed_with_one_refund(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        await desk.register()
        order_id = await desk.paid()
        await desk.shop.fault("reorder_notifications", seconds=2)
        await desk.shop.fault("duplicate_notification", copies=3, times=2)
        number = await desk.file(order_id)
        await desk.payer(number, "reply", "请退款")  # its news overtakes that of the complaint
        await desk.poll()
        await desk.shop.http.post(f"{desk.shop.base}/notifications/resend/", json={"complaint_id": number})
        await refunded(desk, 58_800)
        await desk.round()
        (act,) = await desk.acts((await desk.one()).id)
        assert act.state == ComplaintActState.PLANNED, "not before WeChat has the refund"
        await desk.shop.sweep()
        assert (await desk.shop.refund(order_id)).state in (RefundState.PROCESSING, RefundState.SUCCEEDED)
        desk.shop.pass_time(MINUTE)
        await desk.shop.fault("drop_after_commit", endpoint="complaint_refund")
        await desk.round()

        async def arrived() -> bool:
            await desk.shop.sweep()
            return (await desk.shop.refund(order_id)).state == RefundState.SUCCEEDED

        await desk.shop.until(arrived)
        await settled(desk)
        await desk.poll()
        complaint = await desk.one()
        assert (complaint.state, complaint.external_id) == (ComplaintState.CLOSED, number)
        at_wechat = await desk.at_wechat(number)
        assert (at_wechat["state"], at_wechat["full_refunded"]) == ("PROCESSED", True)
        assert len(await desk.said_at_wechat(number, "MERCHANT_APPROVE_REFUND")) == 1
        assert len(await desk.shop.refunds(order_id)) == 1
        assert complaint.refund_id == (await desk.shop.refund(order_id)).id
        await desk.shop.assert_books_agree()

    tell(story)


def test_a_refund_that_came_to_nothing_is_not_told(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        refund_id = await refunded(desk, 58_800)
        await desk.shop.payments.withdraw_refund(refund_id, ADMIN, "先不退")
        await desk.poll()
        (act,) = await desk.acts((await desk.one()).id)
        assert act.state == ComplaintActState.DROPPED
        assert await desk.said_at_wechat(number, "MERCHANT_APPROVE_REFUND") == []

    tell(story)


def test_a_refund_that_waits_for_money_keeps_nobody_from_answering(tell: Tell) -> None:
    """The deadline of the answer runs on while the merchant's balance is too low."""

    async def story(desk: Desk) -> None:
        number = await complained(desk)
        await desk.shop.fault("error", endpoint="refund", status=403, code="NOT_ENOUGH", times=None)
        await refunded(desk, 58_800)
        await desk.shop.sweep()
        await desk.round()
        await desk.complaints.send_now(await plan(desk, ComplaintActKind.ANSWER, ANSWER))
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER]
        for kind in (ComplaintActKind.REJECT, ComplaintActKind.COMPLETE):
            with pytest.raises(ActOpen):
                await plan(desk, kind, "不退了", "c" * 20)
        await desk.shop.http.delete(f"{desk.shop.base}/faults/")
        await plan(desk, ComplaintActKind.ANSWER, "今天退", "d" * 20)  # is open when the refund moves on

        async def told() -> bool:
            desk.shop.pass_time(MINUTE)
            await desk.shop.sweep()
            await desk.round()
            return bool(await desk.said_at_wechat(number, "MERCHANT_APPROVE_REFUND"))

        await desk.shop.until(told)
        await settled(desk)
        assert await desk.said_at_wechat(number, "MERCHANT_RESPONSE") == [ANSWER, "今天退"]
        acts = await desk.acts((await desk.one()).id)
        assert [act.state for act in acts] == [ComplaintActState.DONE] * 3

    tell(story)


def test_when_the_deadline_has_passed_the_money_that_wechat_took_is_not_refunded_again(tell: Tell) -> None:
    async def story(desk: Desk) -> None:
        number = await complained(desk)
        await desk.payer(number, "expire")
        await desk.poll()
        complaint, row = await desk.one(), await desk.row(number)
        assert (complaint.state, row.full_refunded) == (ComplaintState.CLOSED, True)
        with pytest.raises(ComplaintClosed):
            await plan(desk, ComplaintActKind.ANSWER, ANSWER)

    tell(story)
