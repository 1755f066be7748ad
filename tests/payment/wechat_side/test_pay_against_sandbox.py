"""Gateway, verifier, login and messages against the stand-in, over real sockets with real signatures."""

from __future__ import annotations

from typing import Any

import pytest

from clock import now_ms, shanghai
from payment.wechatpay import errors
from payment.wechatpay.bills.parsing import parse_flow_bill, parse_trade_bill
from payment.wechatpay.notification import (
    read_refund,
    read_transaction,
)
from payment.wechatpay.numbers import new_out_refund_no, new_out_trade_no
from payment.wechatpay.signing import sign_payment_parameters
from tests.payment.wechat_side.clinic import Clinic, pay_clinic, pay_sandbox_keys

__all__ = ["pay_clinic", "pay_sandbox_keys"]


@pytest.mark.parametrize("certificates", [False, True])
def test_the_whole_road_in_both_key_modes(pay_clinic: Any, certificates: bool) -> None:
    async def story(clinic: Clinic) -> None:
        gateway = clinic.gateway
        number = new_out_trade_no(now_ms())
        prepay_id = await gateway.create_order(**clinic.order(number))
        merchant = gateway.merchant
        signed = sign_payment_parameters(prepay_id, appid=merchant.appid, key=merchant.key, now_ms=now_ms())
        assert signed["package"] == f"prepay_id={prepay_id}"
        assert (await gateway.query_order(number)).trade_state == "NOTPAY"

        await clinic.cashier(prepay_id)
        await clinic.until(lambda: bool(clinic.events))
        told, asked = read_transaction(clinic.events[0]), await gateway.query_order(number)
        assert told.is_paid
        names = "out_trade_no transaction_id openid total_fen currency appid mchid trade_type success_at"
        for name in names.split():
            assert getattr(told, name) == getattr(asked, name) is not None
        assert (told.openid, told.total_fen) == (clinic.openid, 58800)
        with pytest.raises(errors.AlreadyPaid):
            await gateway.close_order(number)

        back = new_out_refund_no(now_ms())
        refund: dict[str, Any] = {
            "out_trade_no": number,
            "out_refund_no": back,
            "refund_fen": 29400,
            "total_fen": 58800,
        }
        assert (await gateway.refund(**refund)).status == "PROCESSING"
        await clinic.until(lambda: len(clinic.events) > 1)
        result = read_refund(clinic.events[1])
        assert (result.out_refund_no, result.status, result.refund_fen) == (back, "SUCCESS", 29400)
        assert (await gateway.query_refund(back)).status == "SUCCESS"
        assert (await gateway.refund(**refund)).refund_id == result.refund_id
        assert (await gateway.query_order(number)).is_paid
        assert clinic.refused == []

        today = shanghai(now_ms()).date()
        rows, summary = parse_trade_bill(await gateway.trade_bill(today))
        assert [(row.is_refund, row.total_fen if not row.is_refund else row.refund_fen) for row in rows] == [
            (False, 58800),
            (True, 29400),
        ]
        assert (summary.rows, rows[0].transaction_id) == (2, told.transaction_id)
        assert (rows[0].happened_at // 1000, rows[1].out_refund_no) == ((told.success_at or 0) // 1000, back)
        flows, totals = parse_flow_bill(await gateway.fund_flow_bill(today))
        assert totals.rows == len(flows) > 0
        assert told.transaction_id in {flow.business_id for flow in flows}

    pay_clinic(story, certificates=certificates)


def test_proxies_of_the_environment_are_not_used(pay_clinic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        for spelling in (name, name.lower()):
            monkeypatch.setenv(spelling, "http://127.0.0.1:9/")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def story(clinic: Clinic) -> None:
        assert (await clinic.gateway.query_order(await clinic.paid())).is_paid

    pay_clinic(story)


def test_what_does_not_exist_and_what_is_closed(pay_clinic: Any) -> None:
    async def story(clinic: Clinic) -> None:
        with pytest.raises(errors.NotFound):
            await clinic.gateway.query_order("20261123100000NOBODY")
        with pytest.raises(errors.NotFound):
            await clinic.gateway.query_refund("R20261123100000NOBODY")
        number = new_out_trade_no(now_ms())
        await clinic.gateway.create_order(**clinic.order(number))
        await clinic.gateway.close_order(number)
        assert (await clinic.gateway.query_order(number)).trade_state == "CLOSED"
        try:
            await clinic.gateway.close_order(number)
        except errors.AlreadyClosed:
            pass
        with pytest.raises(errors.Refused) as caught:
            await clinic.gateway.create_order(**clinic.order(number))
        assert caught.value.must_query

    pay_clinic(story)
