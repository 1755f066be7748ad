"""What an entry of the ledger says it belongs to, and how the report is laid out."""

from __future__ import annotations

import pytest

from clock import MINUTE
from payment.books import ledger
from storage.models import LedgerEntry
from tests.payment.conftest import ADMIN, PRICE, Shop


async def entries(shop: Shop) -> list[LedgerEntry]:
    async with shop.storage.reading() as reader:
        return await reader.ledger.after(0, 100)


@pytest.mark.promise(12)
async def test_every_movement_names_its_order_payment_and_refund(shop: Shop) -> None:
    order_id = await shop.paid()
    attempt = await shop.attempt(order_id)
    shop.pass_time(MINUTE)
    await shop.payments.start_refund(order_id, ADMIN, 1_000)
    await shop.sweep()
    refund = await shop.refund(order_id)
    shop.wechat.finish_refund(refund.out_refund_no)
    await shop.payments.notify({}, shop.wechat.refund_notice(refund.out_refund_no))
    assert await shop.storage.run(lambda tx: ledger.book_fee(tx, "F1", 7, shop.at, shop.at, order_id))
    assert [
        (entry.kind, entry.reference, entry.amount_fen, entry.order_id, entry.attempt_id, entry.refund_id)
        for entry in await entries(shop)
    ] == [
        ("payment", attempt.out_trade_no, PRICE, order_id, attempt.id, None),
        ("refund", refund.out_refund_no, -1_000, order_id, attempt.id, refund.id),
        ("fee", "F1", -7, order_id, None, None),
    ]


async def test_a_fee_is_booked_once_and_says_so(shop: Shop) -> None:
    async def book(fen: int) -> bool:
        async with shop.storage.transaction() as tx:
            booked = await ledger.book_fee(tx, "F1", fen, shop.at, shop.at)
            await tx.commit()
        return booked

    assert await book(7) is True
    assert await book(9) is False
    assert [entry.amount_fen for entry in await entries(shop)] == [-7]


async def test_the_report_counts_the_open_cases_of_each_kind(shop: Shop) -> None:
    async with shop.storage.transaction() as tx:
        for kind, subject in (
            ("refund_abnormal", "R1"),
            ("payment_unknown", "P1"),
            ("payment_unknown", "P2"),
        ):
            await tx.finance.open_case(kind, subject, "{}", shop.at)
        await tx.commit()
    text, _ = await ledger.ledger_report(shop.storage)
    at = text.split("\n").index("待处理异常 open cases: 3")
    assert text.split("\n")[at + 1 : at + 3] == ["  payment_unknown: 2", "  refund_abnormal: 1"]


async def test_the_report_of_an_empty_shop_is_all_noughts(shop: Shop) -> None:
    text, code = await ledger.ledger_report(shop.storage)
    (total,) = (line for line in text.split("\n") if line.startswith("合计"))
    assert (code, total.split()) == (0, ["合计", "total", *["0.00"] * 7, "0"])
