"""The stand-in's faults, met by gateway, notifications, bills and login."""

from __future__ import annotations

from typing import Any

import pytest

from clock import now_ms, shanghai
from payment.wechatpay import errors
from payment.wechatpay.bills.bill_file import BadBill
from payment.wechatpay.bills.parsing import parse_trade_bill
from payment.wechatpay.notification import (
    BadSignature,
    NotificationRefused,
    SignTest,
    StaleTimestamp,
    read_refund,
    read_transaction,
)
from payment.wechatpay.numbers import new_out_refund_no, new_out_trade_no
from tests.payment.wechat_side.clinic import Clinic, pay_clinic, pay_sandbox_keys
from wechat import login
from wechat.login import LoginClient
from wechat.messages import Result, SubscribeMessages
from wechat.tokens import AccessTokens

__all__ = ["pay_clinic", "pay_sandbox_keys"]


@pytest.mark.promise(11)
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("drop_before_commit", errors.Unknown),
        ("drop_after_commit", errors.Unknown),
        ("rate_limited", errors.Busy),
        ("system_error", errors.Unknown),
        ("garbage", errors.Unknown),
        ("bad_signature", errors.Unknown),
        ("unsigned", errors.Unknown),
        ("signtest", errors.Unknown),
        ("slow", errors.Unknown),
    ],
)
def test_after_every_fault_the_same_request_heals(
    pay_clinic: Any, fault: str, expected: type[Exception]
) -> None:
    async def story(clinic: Clinic) -> None:
        number = new_out_trade_no(now_ms())
        order = clinic.order(number)
        await clinic.fault(fault, endpoint="create", times=1)
        with pytest.raises(expected) as caught:
            await clinic.gateway.create_order(**order)
        assert type(caught.value) is expected
        await clinic.cashier(await clinic.gateway.create_order(**order), "success_without_notify")

        back = new_out_refund_no(now_ms())
        refund: dict[str, Any] = {
            "out_trade_no": number,
            "out_refund_no": back,
            "refund_fen": 100,
            "total_fen": 58800,
        }
        await clinic.fault(fault, endpoint="refund", times=1)
        with pytest.raises(expected):
            await clinic.gateway.refund(**refund)
        await clinic.gateway.refund(**refund)
        rows, _ = parse_trade_bill(await clinic.gateway.trade_bill(shanghai(now_ms()).date()))
        assert sorted(row.refund_fen for row in rows) == [0, 100]

    pay_clinic(story)


@pytest.mark.promise(8)
def test_a_lost_notification_leaves_the_query(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        number = await clinic.paid()
        assert (await clinic.gateway.query_order(number)).is_paid
        assert clinic.events == []

    pay_clinic(story)


@pytest.mark.promise(1)
@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("bad_notification_signature", BadSignature),
        ("signtest_notification", SignTest),
        ("stale_timestamp", StaleTimestamp),
    ],
)
def test_a_spoiled_notification_is_refused_and_comes_again(
    pay_clinic: Any, fault: str, expected: type[NotificationRefused]
) -> None:
    async def story(clinic: Clinic) -> None:
        await clinic.fault(fault, times=1)
        await clinic.paid("success")
        await clinic.until(lambda: bool(clinic.refused))
        assert isinstance(clinic.refused[0], expected)
        await clinic.until(lambda: bool(clinic.events))
        assert read_transaction(clinic.events[0]).is_paid

    pay_clinic(story)


def test_a_rotated_platform_key_is_fetched_and_believed(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        number = await clinic.paid()
        known = clinic.gateway.keys.serials()
        await clinic.fault("rotated_key", times=1)
        with pytest.raises(errors.Unknown, match="unknown_serial"):
            await clinic.gateway.query_order(number)
        await clinic.until(lambda: len(clinic.gateway.keys.serials()) > len(known))
        await clinic.fault("rotated_key", times=1)
        assert (await clinic.gateway.query_order(number)).is_paid
        assert (await clinic.gateway.query_order(number)).is_paid
        assert set(known) < set(clinic.gateway.keys.serials())

    pay_clinic(story)


@pytest.mark.promise(13)
@pytest.mark.parametrize(("fault", "status"), [("refund_abnormal", "ABNORMAL"), ("refund_closed", "CLOSED")])
def test_a_refund_that_fails_says_so(pay_clinic: Any, fault: str, status: str) -> None:
    async def story(clinic: Clinic) -> None:
        number = await clinic.paid()
        await clinic.fault(fault, seconds=0.02, times=1)
        back = new_out_refund_no(now_ms())
        accepted = await clinic.gateway.refund(
            out_trade_no=number, out_refund_no=back, refund_fen=58800, total_fen=58800
        )
        assert accepted.status == "PROCESSING"
        await clinic.until(lambda: bool(clinic.events))
        assert read_refund(clinic.events[0]).status == status
        assert (await clinic.gateway.query_refund(back)).status == status

    pay_clinic(story)


def test_an_empty_purse_refuses_a_refund(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        number = await clinic.paid()
        await clinic.fault("not_enough", times=1)
        refund: dict[str, Any] = {
            "out_trade_no": number,
            "out_refund_no": "R1",
            "refund_fen": 1,
            "total_fen": 58800,
        }
        with pytest.raises(errors.NotEnoughMoney):
            await clinic.gateway.refund(**refund)
        assert (await clinic.gateway.refund(**refund)).out_refund_no == "R1"

    pay_clinic(story)


@pytest.mark.promise(30)
def test_bills_with_a_wrong_hash_or_none_yet(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        await clinic.paid()
        today = shanghai(now_ms()).date()
        await clinic.fault("bill_bad_hash", times=1)
        with pytest.raises(BadBill, match="SHA1"):
            await clinic.gateway.trade_bill(today)
        await clinic.fault("bill_creating", times=1)
        with pytest.raises(errors.BillNotReady):
            await clinic.gateway.trade_bill(today)
        assert parse_trade_bill(await clinic.gateway.trade_bill(today))[1].rows == 1

    pay_clinic(story)


def test_login_and_messages(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        who = clinic.sandbox.identity
        async with LoginClient(who.appid, who.secret, base_url=clinic.base) as client:
            assert (await client.exchange("as:li:2")).openid == clinic.openid
            assert (await client.exchange("as:王:1")).openid != clinic.openid
            with pytest.raises(login.CodeUsed):
                await client.exchange("as:li:2")
            with pytest.raises(login.InvalidCode):
                await client.exchange("bad")
            for fault, expected in (
                ("login_busy", login.WeChatBusy),
                ("login_rate_limited", login.TooManyLogins),
                ("login_blocked", login.UserBlocked),
            ):
                await clinic.fault(fault, times=1)
                with pytest.raises(expected):
                    await client.exchange(f"as:li:{fault}")
        async with LoginClient(who.appid, "wrong", base_url=clinic.base) as client:
            with pytest.raises(login.LoginMisconfigured):
                await client.exchange("as:li:3")
        async with (
            AccessTokens(who.appid, who.secret, base_url=clinic.base) as tokens,
            SubscribeMessages(tokens, base_url=clinic.base) as messages,
        ):
            message: dict[str, Any] = {
                "openid": clinic.openid,
                "template_id": "TEMPLATE",
                "page": "pages/order/order?id=7",
                "values": {
                    "thing1": "全天陪诊 西京医院 神经内科 需要轮椅和担架",
                    "amount2": "￥588",
                    "time3": "2026-11-24 08:00",
                    "phrase4": "支付成功!",
                    "name5": "阿卜杜拉·买买提 Wang",
                    "character_string6": "20261123100000ABC",
                    "phone_number7": "029-8888 8888",
                },
            }
            permission = {"openid": clinic.openid, "answers": {"TEMPLATE": "accept"}}
            permitted = await clinic.http.post(f"{clinic.base}/permissions/", json=permission)
            assert permitted.status_code == 200, permitted.text
            assert (await messages.send(**message)).result is Result.SENT
            for fault, result in (
                ("message_refused", Result.REFUSED),
                ("message_busy", Result.RETRY),
                ("message_error", Result.INVALID),
            ):
                await clinic.fault(fault, times=1)
                assert (await messages.send(**message)).result is result

    pay_clinic(story)
