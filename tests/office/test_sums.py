"""Every report of money has supplements and money outside of WeChat in it, and adds up to the ledger."""

from __future__ import annotations

from collections import Counter

import pytest

from clock import shanghai_date
from payment.books.months import FEES, Totals, month_at, span_of, total
from payment.books.reports import BY, read_report
from payment.offline.cash_sheet import cash_sheet
from payment.payables import PayableKey
from storage.models import LedgerEntry
from tests.office.conftest import in_cash, served
from tests.offline.conftest import assert_books_balance, handling, paid_offline, receipt
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.supplements.desk import EXTRA, Desk
from tests.payment.visit_money import pay_out

pytestmark = pytest.mark.promise(38, 39)


async def a_day_of_everything(shop: Shop, desk: Desk) -> None:
    """Orders and supplements, paid at WeChat and in cash, with something given back of each; a receipt reversed, one
    corrected."""
    at_wechat = await shop.paid()
    await served(shop, at_wechat)
    by_phone, by_hand = await desk.paid(order_id=at_wechat), await in_cash(shop, desk, at_wechat)
    await shop.payments.start_refund(at_wechat, ADMIN, 1_001, "迟到")
    await pay_out(shop, at_wechat)
    await shop.payments.start_supplement_refund(by_phone, ADMIN, 503, "多收了")
    await desk.given_back(by_phone)
    back = await shop.payments.start_supplement_refund(by_hand, ADMIN, 707, "多收了")
    await shop.payments.offline.confirm_refund(back, handling(shop), ADMIN)
    in_money = await paid_offline(shop, patient_id=2)
    back = await shop.payments.start_refund(in_money, ADMIN, 1_303, "少做了")
    await shop.payments.offline.confirm_refund(back, handling(shop, handled_by="李会计"), ADMIN)
    wrong = await in_cash(shop, desk, in_money)
    await shop.payments.offline.reverse(PayableKey(in_money, wrong), "没收到", ADMIN)
    other = await in_cash(shop, desk, in_money)
    right = receipt(shop, EXTRA, handled_by="李会计")
    await shop.payments.offline.correct(PayableKey(in_money, other), right, "是李会计收的", ADMIN)


async def entries(shop: Shop) -> list[LedgerEntry]:
    async with shop.storage.reading() as reader:
        return await reader.ledger.after(0, 1_000)


def of_kinds(totals: Totals) -> dict[str, int]:
    return {
        "payment": totals.received_fen,
        "refund": totals.refunded_fen,
        "offline_payment": totals.offline_received_fen,
        "offline_refund": totals.offline_refunded_fen,
    }


async def test_the_accountants_month_is_the_ledger_to_the_fen(shop: Shop, desk: Desk) -> None:
    await a_day_of_everything(shop, desk)
    await assert_books_balance(shop)
    async with shop.storage.reading() as reader:
        found = total(await reader.books.sums(await span_of(reader, month_at(shop.at)), ("day",)))
    balance = await shop.balance()
    assert of_kinds(found) == {kind: fen for kind, fen in balance.items() if kind not in FEES}
    assert balance["payment"] == PRICE + EXTRA
    assert balance["offline_payment"] == PRICE + 2 * EXTRA
    assert (balance["refund"], balance["offline_refund"]) == (-1_504, -2_010)
    assert found.supplements_fen == 3 * EXTRA - 503 - 707
    assert found.entries == len(await entries(shop))


@pytest.mark.parametrize("by", BY)
async def test_the_owners_report_is_the_ledger_whatever_it_is_split_by(
    shop: Shop, desk: Desk, by: str
) -> None:
    await a_day_of_everything(shop, desk)
    report = await read_report(shop.storage, month_at(shop.at), by, lambda entry: str(entry))
    assert of_kinds(report.total.totals) == {
        kind: fen for kind, fen in (await shop.balance()).items() if kind not in FEES
    }
    assert report.total.totals.supplements_fen == 3 * EXTRA - 503 - 707
    assert report.total.orders == 2


async def test_the_cash_sheet_has_orders_and_supplements_and_says_who_took_what(
    shop: Shop, desk: Desk
) -> None:
    await a_day_of_everything(shop, desk)
    async with shop.storage.reading() as reader:
        sheet = await cash_sheet(reader, shanghai_date(shop.at))
    assert sheet.agrees
    assert (sheet.all.received_fen, sheet.all.reversed_fen, sheet.all.refunded_fen) == (
        PRICE + 4 * EXTRA,
        -2 * EXTRA,
        -2_010,
    )
    assert sheet.all.count == len(sheet.entries) == sum(sums.count for sums in sheet.by_method.values())
    assert sheet.all.count == sum(sums.count for sums in sheet.by_person.values())
    people = Counter({who: sums.total_fen for (who, _), sums in sheet.by_person.items()})
    assert people["李会计"] == EXTRA - 1_303
    assert sum(people.values()) == sheet.ledger_fen
