"""Each field of what WeChat tells: as long as documented and no longer, of the documented kind, and in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from payment.wechatpay.results import (
    Malformed,
    parse_refund,
    parse_refund_notification,
    parse_time,
    parse_transaction,
)
from payment.wechatpay.transfers import STATES, parse_transfer
from tests.payment.wechat_side.conftest import refund, transaction

AT = 1_763_865_296_000
"""2025-11-23T10:34:56+08:00"""
WHEN = "2025-11-23T10:34:56+08:00"


def transfer(**changes: Any) -> dict[str, Any]:
    """A transfer as a query tells of it."""
    told: dict[str, Any] = {
        "out_bill_no": "T20261123110000ABCDEFGHJKMNPQRST",
        "transfer_bill_no": "1330000071100999991182020050700019480001",
        "state": "SUCCESS",
        "mch_id": "1900000109",
        "appid": "wx0123456789abcdef",
        "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "transfer_amount": 8_000,
        "fail_reason": "",
        "package_info": "",
        "create_time": WHEN,
        "update_time": WHEN,
    }
    return told | changes


def with_part(make: Callable[..., dict[str, Any]], name: str, value: Any) -> dict[str, Any]:
    """``make()`` with one field, also of an object in it (``amount.currency``), set to this."""
    outer, _, inner = name.partition(".")
    if not inner:
        return make(**{outer: value})
    return make(**{outer: {**make()[outer], inner: value}})


@pytest.mark.parametrize(
    ("make", "parse", "name", "longest", "read"),
    [
        (transaction, parse_transaction, "out_trade_no", 64, "out_trade_no"),
        (transaction, parse_transaction, "trade_state", 32, "trade_state"),
        (transaction, parse_transaction, "transaction_id", 64, "transaction_id"),
        (transaction, parse_transaction, "appid", 64, "appid"),
        (transaction, parse_transaction, "mchid", 64, "mchid"),
        (transaction, parse_transaction, "payer.openid", 128, "openid"),
        (transaction, parse_transaction, "trade_type", 32, "trade_type"),
        (transaction, parse_transaction, "amount.currency", 16, "currency"),
        (refund, parse_refund, "out_refund_no", 64, "out_refund_no"),
        (refund, parse_refund, "refund_id", 64, "refund_id"),
        (refund, parse_refund, "out_trade_no", 64, "out_trade_no"),
        (refund, parse_refund, "transaction_id", 64, "transaction_id"),
        (refund, parse_refund, "amount.currency", 16, "currency"),
        (refund, parse_refund, "mchid", 64, "mchid"),
        (transfer, parse_transfer, "out_bill_no", 32, "out_bill_no"),
        (transfer, parse_transfer, "transfer_bill_no", 64, "wechat_bill_no"),
        (transfer, parse_transfer, "openid", 128, "openid"),
        (transfer, parse_transfer, "appid", 64, "appid"),
        (transfer, parse_transfer, "mch_id", 64, "mchid"),
        (transfer, parse_transfer, "package_info", 1_024, "package"),
    ],
)
def test_a_text_is_as_long_as_documented_and_no_longer(
    make: Any, parse: Any, name: str, longest: int, read: str
) -> None:
    assert getattr(parse(with_part(make, name, "x" * longest)), read) == "x" * longest
    for wrong in ("x" * (longest + 1), 5, ["x"]):
        with pytest.raises(Malformed):
            parse(with_part(make, name, wrong))


@pytest.mark.parametrize(
    ("make", "parse", "name"),
    [
        (transaction, parse_transaction, "out_trade_no"),
        (transaction, parse_transaction, "trade_state"),
        (transaction, parse_transaction, "transaction_id"),
        (transaction, parse_transaction, "amount.total"),
        (refund, parse_refund, "out_refund_no"),
        (refund, parse_refund, "refund_id"),
        (refund, parse_refund, "status"),
        (refund, parse_refund, "out_trade_no"),
        (refund, parse_refund, "transaction_id"),
        (refund, parse_refund, "amount.refund"),
        (refund, parse_refund, "amount.total"),
        (transfer, parse_transfer, "out_bill_no"),
        (transfer, parse_transfer, "transfer_bill_no"),
        (transfer, parse_transfer, "state"),
    ],
)
def test_what_a_booking_depends_on_must_be_there(make: Any, parse: Any, name: str) -> None:
    with pytest.raises(Malformed):
        parse(with_part(make, name, None))
    if not name.startswith("amount"):
        for wrong in ("", "with a blank", "编号"):
            with pytest.raises(Malformed):
                parse(with_part(make, name, wrong))


@pytest.mark.parametrize(
    ("make", "parse", "name", "read"),
    [
        (transaction, parse_transaction, "amount.payer_total", "payer_total_fen"),
        (refund, parse_refund, "amount.payer_refund", "payer_refund_fen"),
        (transfer, parse_transfer, "transfer_amount", "amount_fen"),
    ],
)
def test_an_amount_is_a_whole_number_of_fen_or_not_told(make: Any, parse: Any, name: str, read: str) -> None:
    for right in (None, 0, 1, 10**12):
        assert getattr(parse(with_part(make, name, right)), read) == right
    for wrong in (-1, 10**12 + 1, True, 1.0, "1"):
        with pytest.raises(Malformed):
            parse(with_part(make, name, wrong))


def test_a_payment_and_a_refund_are_read_into_their_fields() -> None:
    paid = parse_transaction(transaction(success_time=WHEN))
    assert (paid.success_at, paid.total_fen, paid.payer_total_fen) == (AT, 58_800, 58_800)
    assert (paid.is_paid, parse_transaction(transaction(trade_state="REFUND")).is_paid) == (True, True)
    unpaid = parse_transaction({"out_trade_no": "A", "trade_state": "NOTPAY", "payer": None})
    assert (unpaid.is_paid, unpaid.total_fen, unpaid.openid, unpaid.success_at) == (False, None, None, None)
    told = refund(success_time=WHEN, create_time=WHEN, mchid="1900000109")
    back = parse_refund(told)
    assert (back.success_at, back.created_at, back.mchid) == (AT, AT, "1900000109")
    assert (back.refund_fen, back.total_fen, back.payer_refund_fen) == (29_400, 58_800, 29_400)
    news = parse_refund_notification({**told, "refund_status": "CLOSED"})
    assert (back.status, news.status) == ("PROCESSING", "CLOSED")
    for wrong in ("success", "CHANGE"):
        with pytest.raises(Malformed):
            parse_refund(refund(status=wrong))
    for make, parse in ((transaction, parse_transaction), (refund, parse_refund)):
        with pytest.raises(Malformed, match="amount is not an object"):
            parse(make(amount=[58_800]))


def test_a_transfer_is_read_into_its_fields() -> None:
    told = transfer(fail_reason="x" * 65, package_info="p")
    read = parse_transfer(told)
    assert (read.state, read.amount_fen, read.created_at, read.updated_at) == ("SUCCESS", 8_000, AT, AT)
    assert (read.fail_reason, read.package, read.raw) == ("x" * 64, "p", told)
    assert {parse_transfer(transfer(state=state)).state for state in STATES} == STATES
    few = parse_transfer({"out_bill_no": "T1", "transfer_bill_no": "13", "state": "ACCEPTED"})
    assert (few.amount_fen, few.openid, few.appid, few.mchid) == (None, None, None, None)
    assert (few.fail_reason, few.package, few.created_at, few.updated_at) == ("", "", None, None)
    assert parse_transfer(transfer(fail_reason="x" * 256)).fail_reason == "x" * 64
    for wrong in (
        {"state": "PAID"},
        {"fail_reason": "x" * 257},
        {"create_time": "now"},
        {"update_time": "now"},
    ):
        with pytest.raises(Malformed):
            parse_transfer(transfer(**wrong))


def test_a_time_has_its_zone_and_is_exact_to_the_millisecond() -> None:
    assert parse_time(WHEN) == AT
    assert parse_time("2025-11-23T02:34:56.789Z") == AT + 789
    for wrong in ("2025-11-23T10:34:56", "2025-11-23", "soon", "9999-99-99T00:00:00+08:00"):
        with pytest.raises(Malformed, match="create_time"):
            parse_time(wrong, "create_time")
