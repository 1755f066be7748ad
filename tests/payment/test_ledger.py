"""The ledger: append-only, equal to payments and refunds, and readable."""

from __future__ import annotations

import pytest

from clock import DAY
from money import accounting_yuan
from payment.books import ledger
from storage import Storage, StorageError
from tests.payment.conftest import ADMIN, PRICE, Shop


async def test_the_balance_per_day_is_what_moved(shop: Shop) -> None:
    order_id = await shop.paid()
    await shop.paid(await shop.user("oUser2"), price_fen=100)
    shop.pass_time(DAY)
    await shop.payments.start_refund(order_id, ADMIN, 8_800)
    await shop.sweep()
    number = (await shop.refund(order_id)).out_refund_no
    shop.wechat.finish_refund(number)
    await shop.payments.notify({}, shop.wechat.refund_notice(number))
    async with shop.storage.reading() as reader:
        first, second = await ledger.daily_balance(reader)
    assert (first.payments_fen, first.refunds_fen, first.closing_fen) == (PRICE + 100, 0, PRICE + 100)
    assert (second.payments_fen, second.refunds_fen) == (0, -8_800)
    assert second.closing_fen == PRICE + 100 - 8_800
    text, code = await ledger.ledger_report(shop.storage)
    assert code == 0
    assert accounting_yuan(PRICE + 100) in text
    assert text.endswith("\n\n账目平衡 balanced: 账本与支付、退款、订单、陪诊员报酬一致")


async def test_several_movements_of_each_kind_on_one_day_add_up(shop: Shop) -> None:
    async with shop.storage.transaction() as tx:
        for number, (kind, amount) in enumerate(
            [
                ("payment", 700),
                ("payment", 500),
                ("refund", -300),
                ("refund", -40),
                ("fee", -6),
                ("fee", -1),
                ("offline_payment", 300),
                ("offline_refund", -50),
            ]
        ):
            await tx.ledger.book(kind, f"n{number}", amount, shop.at, shop.at)
        await tx.commit()
    async with shop.storage.reading() as reader:
        (day,) = await ledger.daily_balance(reader)
    assert (day.payments_fen, day.refunds_fen, day.fees_fen, day.movements) == (1_200, -340, -7, 8)
    assert day.closing_fen == day.change_fen == 1_103
    text, code = await ledger.ledger_report(shop.storage)
    head, names, rule, row, rule_again, total, empty, cases, empty_again, *words = text.split("\n")
    assert head == "账本，单位：元（时区 Asia/Shanghai）"
    assert names == (
        "日期 day    收款 in  退款 refunds  手续费 fees  线下收款 offline in  线下退款 offline out  当日 change  "
        "余额 balance  笔数 rows"
    )
    assert rule == rule_again == "-" * 127
    columns = "    12.00         -3.40        -0.07                 3.00                 -0.50        11.03"
    assert row == f"{day.day}{columns}         11.03          8"
    assert total == f"合计 total{columns}         11.03          8"
    assert (empty, empty_again, cases) == ("", "", "待处理异常 open cases: 0")
    assert (code, words[0]) == (1, "账目不平 NOT BALANCED:"), "no payment stands behind these entries"


@pytest.mark.parametrize("tampering", ["DELETE FROM ledger", "UPDATE ledger SET amount_fen = amount_fen - 1"])
async def test_the_database_lets_nobody_change_an_entry(shop: Shop, tampering: str) -> None:
    await shop.paid()
    with pytest.raises(StorageError):
        await _tamper(shop, tampering)
    assert await shop.balance() == {"payment": PRICE}


async def _tamper(shop: Shop, sql: str) -> None:
    async with shop.storage.transaction() as tx:
        await tx.connection.execute(sql)
        await tx.commit()


async def test_a_payment_without_its_entry_is_found(shop: Shop) -> None:
    order_id = await shop.placed()
    await _tamper(shop, f"UPDATE payment_attempts SET paid_at = {shop.at} WHERE order_id = {order_id}")
    assert len(await ledger.self_check(shop.storage)) == 1
    text, code = await ledger.ledger_report(shop.storage)
    assert code == 1
    assert "NOT BALANCED" in text


async def test_a_movement_between_two_questions_is_no_imbalance_and_a_lasting_one_is(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a server in use a payment may be there for one question and not yet for the one before."""
    order_id = await shop.placed()
    another = await shop.placed(await shop.user("oUser3"))
    lasting = await shop.placed(await shop.user("oUser2"))
    real, asked = ledger.self_check, 0
    mark = "UPDATE payment_attempts SET paid_at = {} WHERE order_id = {}"

    async def passing(storage: Storage) -> list[str]:
        nonlocal asked
        asked += 1
        await _tamper(shop, mark.format(shop.at if asked == 1 else "NULL", order_id))
        await _tamper(shop, mark.format(shop.at if asked == 2 else "NULL", another))
        return await real(storage)

    monkeypatch.setattr(ledger, "self_check", passing)
    text, code = await ledger.ledger_report(shop.storage)
    assert (code, asked) == (0, 2)
    assert "NOT BALANCED" not in text
    asked = 0
    await _tamper(shop, mark.format(shop.at, lasting))
    text, code = await ledger.ledger_report(shop.storage)
    assert (code, asked) == (1, 2)
    assert text.count("is not in the ledger") == 1, "the lasting one alone"


async def test_changed_amounts_and_invented_entries_are_found(shop: Shop) -> None:
    await shop.paid()
    await _tamper(shop, "UPDATE payment_attempts SET amount_fen = amount_fen - 1")
    assert len(await ledger.self_check(shop.storage)) == 1
    await _tamper(shop, "UPDATE orders SET paid_fen = paid_fen - 1")
    assert len(await ledger.self_check(shop.storage)) == 2
    await shop.storage.run(lambda tx: tx.ledger.book("refund", "NOBODY", -1, shop.at, shop.at))
    assert len(await ledger.self_check(shop.storage)) == 3


async def test_an_order_without_money_is_found(shop: Shop) -> None:
    order_id = await shop.placed()
    await _tamper(shop, f"UPDATE orders SET state = 'paid' WHERE id = {order_id}")
    (problem,) = await ledger.self_check(shop.storage)
    assert f"order {order_id}" in problem


async def test_an_empty_ledger_is_balanced(shop: Shop) -> None:
    text, code = await ledger.ledger_report(shop.storage)
    assert code == 0
    assert "0.00" in text


def test_yuan_has_two_decimals_and_groups() -> None:
    assert [accounting_yuan(fen) for fen in (0, 5, -5, 58_800, -123_456_789)] == [
        "0.00",
        "0.05",
        "-0.05",
        "588.00",
        "-1,234,567.89",
    ]
