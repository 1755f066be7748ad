"""Bills are read exactly or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from payment.wechatpay.bills.parsing import BillError, TotalsDiffer, parse_flow_bill, parse_trade_bill
from sandbox.bill_format import in_form

HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
PAID = (
    "`2026-11-22 10:34:56,`wx0123456789abcdef,`1900000109,`0,`,`4200001234202611221234567890,"
    "`20261122103400ABCDEFGHJKMNPQRSTV,`oUpF8uMuAJO,`JSAPI,`SUCCESS,`OTHERS,`CNY,`588.00,`0.00,"
    "`0,`0,`0.00,`0.00,`,`,`陪诊, 全天,`,`3.53000,`0.60%,`588.00,`0.00,`"
)
BACK = (
    "`2026-11-22 12:00:00,`wx0123456789abcdef,`1900000109,`0,`,`4200001234202611221234567890,"
    "`20261122103400ABCDEFGHJKMNPQRSTV,`oUpF8uMuAJO,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,"
    "`50300001,`R20261122120000ABC,`294.00,`0.00,`ORIGINAL,`PROCESSING,`陪诊,`,`-1.76500,`0.60%,`0.00,`294.00,`"
)
SUMS = "`2,`588.00,`294.00,`0.00,`1.76500,`588.00,`294.00"
TRADE = f"{HEADER}\r\n{PAID}\r\n{BACK}\r\n{TOTALS}\r\n{SUMS}\r\n"

FLOW = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号\n"
    "`2026-11-22 10:34:57,`4200001234202611221234567890,`1001,`交易,`交易,`收入,`588.00,`1588.00,"
    "`system,`,`20261122103400ABC\n"
    "`2026-11-22 10:34:57,`4200001234202611221234567890,`1002,`交易,`扣除交易手续费,`支出,`3.53,`1584.47,"
    "`system,`,`20261122103400ABC\n"
    "`2026-11-22 12:00:01,`50300001,`1003,`退款,`退款,`支出,`292.23,`1292.24,"
    "`1900000109API,`退款总金额294.00元;含手续费1.77元,`R20261122120000ABC\n"
    "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n"
    "`3,`1,`588.00,`2,`295.76\n"
)


def test_a_trade_bill_is_read_to_the_fen() -> None:
    (paid, back), summary = parse_trade_bill(TRADE.encode())
    assert not paid.is_refund
    assert (paid.line, paid.total_fen, paid.refund_fen, paid.refund_id, paid.out_refund_no) == (
        2,
        58800,
        0,
        "",
        "",
    )
    assert paid.happened_at == 1795314896000
    assert (paid.transaction_id, paid.out_trade_no) == (
        "4200001234202611221234567890",
        "20261122103400ABCDEFGHJKMNPQRSTV",
    )
    assert (paid.fee_yuan, paid.fee_fen) == (Decimal("3.53"), 353)
    assert back.is_refund
    assert (back.refund_fen, back.refund_state, back.out_refund_no) == (
        29400,
        "PROCESSING",
        "R20261122120000ABC",
    )
    assert (back.fee_yuan, back.fee_fen) == (Decimal("-1.765"), -177)
    assert (summary.rows, summary.total_fen, summary.refund_fen, summary.fee_yuan) == (
        2,
        58800,
        29400,
        Decimal("1.765"),
    )
    assert "oUpF8uMuAJO" not in repr(paid)


def test_line_ends_a_mark_and_other_columns_do_not_matter() -> None:
    plain = parse_trade_bill(TRADE.encode())
    assert parse_trade_bill(b"\xef\xbb\xbf" + TRADE.replace("\r\n", "\n").encode()) == plain
    moved = [line.split(",`" if line.startswith("`") else ",") for line in TRADE.split("\r\n")[:3]]
    lines = [",".join(reversed(moved[0][1:])) for _ in range(1)]
    header = "交易时间," + lines[0] + ",将来的列"
    rows = [",`".join([row[0], *reversed(row[1:]), "x"]) for row in moved[1:]]
    turned = "\n".join([header, *rows, TOTALS, SUMS])
    assert parse_trade_bill(turned.encode()) == plain


def test_a_quoted_bill_is_read_too() -> None:
    quoted = "\n".join(
        '"`' + line[1:].replace(",`", '","`') + '"' if line.startswith("`") else line
        for line in FLOW.split("\n")
    )
    assert '"`支出"' in quoted
    assert parse_flow_bill(quoted.encode()) == parse_flow_bill(FLOW.encode())


def test_a_fund_flow_bill_is_read_to_the_fen() -> None:
    rows, summary = parse_flow_bill(FLOW.encode())
    assert [(row.kind, row.income, row.amount_fen) for row in rows] == [
        ("交易", True, 58800),
        ("扣除交易手续费", False, 353),
        ("退款", False, 29223),
    ]
    assert rows[-1].balance_fen == 129224
    assert (summary.incomes, summary.income_fen, summary.expenses, summary.expense_fen) == (
        1,
        58800,
        2,
        29576,
    )


def test_counts_with_a_zero_behind_the_point_and_wide_brackets_are_read_too() -> None:
    other = FLOW.replace("`3,`1,`588.00,`2,", "`3.0,`1.0,`588.00,`2.0,").replace("(元)", "（元）")
    assert parse_flow_bill(other.encode()) == parse_flow_bill(FLOW.encode())


def test_a_bill_without_rows_is_fine() -> None:
    rows, summary = parse_trade_bill(f"{HEADER}\n{TOTALS}\n`0,`0.00,`0.00,`0.00,`0.00,`0.00,`0.00\n".encode())
    assert (rows, summary.rows) == ([], 0)


def _in_form(form: str, content: str = TRADE) -> str:
    """The same bill with the columns of another form, as the stand-in makes it."""
    lines = [line for line in content.split("\r\n") if line]
    middle = lines.index(TOTALS)

    def cut(line: str) -> list[str]:
        return line[1:].split(",`")

    header, rows = in_form(form, lines[0], [cut(line) for line in lines[1:middle]])
    totals, sums = in_form(form, lines[middle], [cut(lines[middle + 1])])
    return "\n".join([header, *("`" + ",`".join(row) for row in rows), totals, "`" + ",`".join(sums[0])])


@pytest.mark.promise(30)
@pytest.mark.parametrize("form", ["full", "without_settled", "oldest", "reordered"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf"])
def test_every_form_of_the_trade_bill_is_read_by_its_header(form: str, mark: bytes) -> None:
    text = _in_form(form)
    assert ("应结" in text) == (form in ("full", "reordered"))
    assert text.startswith("交易时间") == (form != "reordered")
    assert parse_trade_bill(mark + text.encode()) == parse_trade_bill(TRADE.encode())


@pytest.mark.promise(30)
@pytest.mark.parametrize("form", ["without_settled", "oldest", "reordered"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.60%,`588.00", "0.60%,`588.01"),
        ("`294.00,`0.00,`ORIGINAL", "`293.99,`0.00,`ORIGINAL"),
        ("3.53000", "3.54000"),
        (f"{PAID}\r\n", ""),
    ],
)
def test_totals_are_compared_in_every_form(form: str, old: str, new: str) -> None:
    with pytest.raises(TotalsDiffer):
        parse_trade_bill(_in_form(form, TRADE.replace(old, new, 1)).encode())


@pytest.mark.promise(30)
def test_the_totals_header_alone_may_lack_what_a_form_does_not_have() -> None:
    """Header and summary need not be of the same form."""
    mixed = TRADE.replace(TOTALS, "总交易单数,总交易额,总退款金额,手续费总金额")
    mixed = mixed.replace(SUMS, "`2,`588.00,`294.00,`1.76500")
    assert parse_trade_bill(mixed.encode()) == parse_trade_bill(TRADE.encode())
    for missing in ("总交易额", "总退款金额", "手续费总金额", "总交易单数"):
        with pytest.raises(BillError, match=r"column|totals"):
            parse_trade_bill(mixed.replace(missing, "别的").encode())


@pytest.mark.promise(30)
def test_a_bill_of_payments_alone_has_no_columns_for_refunds() -> None:
    keep = "交易时间,公众账号ID,商户号,微信订单号,商户订单号,交易类型,交易状态,货币种类,手续费,订单金额"
    row = "`2026-11-22 10:34:56,`wx1,`1900000109,`4200,`N1,`JSAPI,`{},`CNY,`3.53,`588.00"
    sums = "总交易单数,订单总金额,手续费总金额\n`1,`588.00,`3.53"
    (paid,), _ = parse_trade_bill(f"{keep}\n{row.format('SUCCESS')}\n{sums}".encode())
    assert (paid.total_fen, paid.settled_fen, paid.refund_fen, paid.out_refund_no) == (58800, 58800, 0, "")
    with pytest.raises(BillError):
        parse_trade_bill(f"{keep}\n{row.format('REFUND')}\n{sums}".encode())


@pytest.mark.promise(30)
@pytest.mark.parametrize(
    "name", ["订单金额", "手续费", "微信订单号", "商户订单号", "交易状态", "货币种类", "公众账号ID"]
)
def test_what_every_form_has_must_be_there(name: str) -> None:
    header = ",".join("另一列" if column == name else column for column in HEADER.split(","))
    with pytest.raises(BillError) as caught:
        parse_trade_bill(TRADE.replace(HEADER, header).encode())
    assert caught.value.line == 2


def test_a_product_that_is_called_like_a_total_ends_no_bill() -> None:
    named = TRADE.replace("陪诊, 全天", "总交易单数")
    assert parse_trade_bill(named.encode())[1] == parse_trade_bill(TRADE.encode())[1]


@pytest.mark.promise(30)
@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (PAID, PAID.replace("`588.00,`0.00,`", "`588.001,`0.00,`"), 2),
        (PAID, PAID.replace("`588.00,`0.00,`0,", "`5e2,`0.00,`0,"), 2),
        (PAID, PAID.replace("`588.00,`0.00,`0,", "`,`0.00,`0,"), 2),
        (PAID, PAID.replace("`588.00,`0.00,`0,", "`１２,`0.00,`0,"), 2),
        (PAID, PAID.replace("`588.00,`0.00,`0,", "`NaN,`0.00,`0,"), 2),
        (PAID, PAID.replace("SUCCESS", "NOTPAY"), 2),
        (PAID, PAID.replace("2026-11-22 10", "2026/11/22 10"), 2),
        (PAID, PAID.replace("`4200001234202611221234567890", "`"), 2),
        (PAID, PAID + ",`more", 2),
        (BACK, BACK.rpartition(",`")[0], 3),
        (BACK, BACK.replace("`50300001", "`0"), 3),
        (BACK, BACK.replace("`0.00,`294.00,`", "`0.00,`0.00,`"), 3),
        (BACK, '"unfinished', 3),
        (HEADER, HEADER.replace("订单金额,申请退款金额", "订单价,申请退款金额"), 2),
        (HEADER, HEADER.replace("设备号", "商户号"), 1),
        (HEADER, "something else", 1),
        (SUMS, SUMS + "\r\nmore", 6),
        (SUMS, SUMS.replace("`2,", "`two,"), 5),
    ],
)
def test_a_line_that_is_not_understood_is_named(old: str, new: str, line: int) -> None:
    assert old != new
    with pytest.raises(BillError) as caught:
        parse_trade_bill(TRADE.replace(old, new, 1).encode())
    assert caught.value.line == line
    assert not isinstance(caught.value, TotalsDiffer)
    assert "oUpF8uMuAJO" not in str(caught.value)


@pytest.mark.promise(30)
@pytest.mark.parametrize("column", range(7))
def test_totals_that_are_not_the_sums_are_noticed(column: int) -> None:
    said = SUMS[1:].split(",`")
    said[column] = "3" if column == 0 else str(Decimal(said[column]) + Decimal("0.01"))
    with pytest.raises(TotalsDiffer) as caught:
        parse_trade_bill(TRADE.replace(SUMS, "`" + ",`".join(said)).encode())
    assert (caught.value.line, len(caught.value.wrong), len(caught.value.rows)) == (5, 1, 2)


@pytest.mark.promise(30)
def test_a_missing_or_doubled_row_is_noticed() -> None:
    for spoiled in (TRADE.replace(BACK + "\r\n", ""), TRADE.replace(PAID, f"{PAID}\r\n{PAID}")):
        with pytest.raises(TotalsDiffer):
            parse_trade_bill(spoiled.encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\xff\xfe",
        HEADER.encode(),
        f"{HEADER}\n{PAID}".encode(),
        f"{HEADER}\n{TOTALS}".encode(),
        b"<html></html>",
    ],
)
def test_half_a_bill_is_no_bill(content: bytes) -> None:
    with pytest.raises(BillError):
        parse_trade_bill(content)
    with pytest.raises(BillError):
        parse_flow_bill(content)


@pytest.mark.parametrize(
    ("old", "new"),
    [("`收入", "`收"), ("`588.00,`1588", "`-588.00,`1588"), ("`1001", "`"), ("295.76", "295.75")],
)
def test_a_fund_flow_bill_that_does_not_add_up_is_refused(old: str, new: str) -> None:
    with pytest.raises(BillError):
        parse_flow_bill(FLOW.replace(old, new, 1).encode())


@settings(max_examples=200)
@given(
    position=st.integers(0, len(TRADE) - 1),
    other=st.sampled_from(["`", ",", "\n", '"', "0", "9", "-", "元", "\x00", ""]),
)
def test_any_changed_character_is_read_or_refused(position: int, other: str) -> None:
    spoiled = TRADE[:position] + other + TRADE[position + 1 :]
    try:
        rows, summary = parse_trade_bill(spoiled.encode())
    except BillError:
        return
    assert summary.total_fen == sum(row.total_fen for row in rows)
