"""WeChat's daily bills, read exactly. Source: pay.weixin.qq.com, 交易账单文件格式说明.

``bill_lines`` takes the file apart; here the fields get their meaning. Amounts are in yuan and become whole fen
through ``Decimal``. A line that is not understood stops the reading with its number: a bill is believed as a whole or
not at all, and its totals must equal the sums of its rows.

Not every merchant gets the same trade bill. Those who have never had coupons that lower what WeChat settles get it
without 应结订单金额 and 代金券金额, and the oldest form calls the amounts 总金额, 总交易额 and 总退款金额. The header
line says which it is: what a form does not tell apart is the same amount there.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from frozen_dataclasses import frozen
from payment.wechatpay.bills.bill_lines import BillError, Cells, read_lines

__all__ = [
    "BillError",
    "BillRow",
    "BillSummary",
    "FlowRow",
    "FlowSummary",
    "TotalsDiffer",
    "parse_flow_bill",
    "parse_trade_bill",
]


class TotalsDiffer(BillError):
    """Every line was understood, but WeChat's totals are not the sums of its rows. ``rows`` and ``summary`` are what
    the bill says, so that the caller can show the difference to a human; ``wrong`` names the totals."""

    def __init__(self, wrong: list[str], line: int, rows: Sequence[object], summary: object) -> None:
        super().__init__(f"the totals differ from the sums of the rows: {', '.join(wrong)}", line)
        self.wrong = wrong
        self.rows = rows
        self.summary = summary


@frozen()
class BillRow:
    """One payment (``trade_state`` SUCCESS) or one refund (REFUND) of a trade bill.

    ``happened_at`` is when the payment succeeded or the refund was accepted. Of a payment, ``total_fen`` is what
    the order cost (and ``settled_fen`` the same where the bill does not tell it apart); of a refund, ``refund_fen``
    is what was asked back, and ``refund_state`` (SUCCESS, PROCESSING, FAIL, CHANGE: other words than the API's) is
    as of the making of the bill and not kept up to date.
    ``fee_yuan`` is WeChat's charge, negative when given back; it may have fractions of a fen, and ``fee_fen`` is it
    rounded to the fen (half up). The payer's openid is left in the file.
    """

    line: int
    happened_at: int
    appid: str
    mchid: str
    transaction_id: str
    out_trade_no: str
    trade_type: str
    trade_state: str
    currency: str
    total_fen: int
    settled_fen: int
    refund_id: str
    out_refund_no: str
    refund_fen: int
    settled_refund_fen: int
    coupon_refund_fen: int
    refund_state: str
    fee_yuan: Decimal

    @property
    def is_refund(self) -> bool:
        return self.trade_state == "REFUND"

    @property
    def fee_fen(self) -> int:
        return int((self.fee_yuan * 100).quantize(Decimal(1), ROUND_HALF_UP))


@frozen()
class BillSummary:
    """The totals of a trade bill, which were found equal to the sums of its rows. One that the bill's form does not
    have is the sum."""

    rows: int
    total_fen: int
    settled_fen: int
    refund_fen: int
    settled_refund_fen: int
    coupon_refund_fen: int
    fee_yuan: Decimal


@frozen()
class FlowRow:
    """One movement on the merchant's account in a fund-flow bill: ``amount_fen`` is positive, ``income`` its
    direction.

    ``business_id`` is WeChat's number of the payment (transaction_id) or refund (refund_id) behind it. ``kind``
    is WeChat's word for the movement (业务类型): 交易, 退款, 扣除交易手续费, …
    """

    line: int
    happened_at: int
    business_id: str
    flow_id: str
    name: str
    kind: str
    income: bool
    amount_fen: int
    balance_fen: int
    remark: str
    voucher: str


@frozen()
class FlowSummary:
    """The totals of a fund-flow bill, which were found equal to the sums of its rows."""

    rows: int
    incomes: int
    income_fen: int
    expenses: int
    expense_fen: int


def parse_trade_bill(content: bytes) -> tuple[list[BillRow], BillSummary]:
    """The rows and totals of a trade bill of type ALL; ``BillError`` when any of it does not add up."""
    lines = read_lines(content, "交易时间", "总交易单数")
    rows = [_trade_row(cells) for cells in lines.rows]
    sums = BillSummary(
        rows=len(rows),
        total_fen=sum(row.total_fen for row in rows),
        settled_fen=sum(row.settled_fen for row in rows),
        refund_fen=sum(row.refund_fen for row in rows),
        settled_refund_fen=sum(row.settled_refund_fen for row in rows),
        coupon_refund_fen=sum(row.coupon_refund_fen for row in rows),
        fee_yuan=sum((row.fee_yuan for row in rows), Decimal(0)),
    )
    summary = _trade_totals(lines.totals, sums)
    _compare(rows, summary, sums, lines.totals.line)
    return rows, summary


def parse_flow_bill(content: bytes) -> tuple[list[FlowRow], FlowSummary]:
    """The rows and totals of a fund-flow bill; ``BillError`` when any of it does not add up."""
    lines = read_lines(content, "记账时间", "资金流水总笔数")
    rows = [_flow_row(cells) for cells in lines.rows]
    totals = lines.totals
    summary = FlowSummary(
        rows=totals.count("资金流水总笔数"),
        incomes=totals.count("收入笔数"),
        income_fen=totals.fen("收入金额"),
        expenses=totals.count("支出笔数"),
        expense_fen=totals.fen("支出金额"),
    )
    sums = FlowSummary(
        rows=len(rows),
        incomes=sum(1 for row in rows if row.income),
        income_fen=sum(row.amount_fen for row in rows if row.income),
        expenses=sum(1 for row in rows if not row.income),
        expense_fen=sum(row.amount_fen for row in rows if not row.income),
    )
    _compare(rows, summary, sums, totals.line)
    return rows, summary


ORDER_AMOUNT, REFUND_AMOUNT = ("订单金额", "总金额"), ("申请退款金额", "退款金额")
COUPON_REFUND = ("充值券退款金额", "企业红包退款金额", "代金券或立减优惠退款金额")
ORDER_TOTAL, REFUND_TOTAL = ("订单总金额", "总交易额"), ("申请退款总金额", "总退款金额")
COUPON_TOTAL = ("充值券退款总金额", "总企业红包退款金额", "总代金券或立减优惠退款金额")
"""The names of one column in the forms of the trade bill, the current one first."""


def _trade_totals(totals: Cells, sums: BillSummary) -> BillSummary:
    """What the bill says of its sums. Number, orders, fees, and refunds if there are any, must be there, whatever the
    form."""

    def fen(names: tuple[str, ...], otherwise: int) -> int:
        return totals.fen(totals.first(*names)) if totals.has(*names) else otherwise

    totals.first(*ORDER_TOTAL, "应结订单总金额")
    if sums.refund_fen:
        totals.first(*REFUND_TOTAL, "退款总金额")
    return BillSummary(
        rows=totals.count("总交易单数"),
        total_fen=fen(ORDER_TOTAL, sums.total_fen),
        settled_fen=fen(("应结订单总金额",), sums.settled_fen),
        refund_fen=fen(REFUND_TOTAL, sums.refund_fen),
        settled_refund_fen=fen(("退款总金额",), sums.settled_refund_fen),
        coupon_refund_fen=fen(COUPON_TOTAL, sums.coupon_refund_fen),
        fee_yuan=totals.yuan("手续费总金额"),
    )


def _trade_row(cells: Cells) -> BillRow:
    state = cells.text("交易状态")
    if state not in ("SUCCESS", "REFUND", "REVOKED"):
        raise BillError("交易状态 is none of the documented states", cells.line)
    total_fen = cells.fen(cells.first(*ORDER_AMOUNT))
    refund_fen = cells.fen(cells.first(*REFUND_AMOUNT)) if cells.has(*REFUND_AMOUNT) else 0
    row = BillRow(
        line=cells.line,
        happened_at=cells.time("交易时间"),
        appid=cells.text("公众账号ID"),
        mchid=cells.text("商户号"),
        transaction_id=cells.text("微信订单号"),
        out_trade_no=cells.text("商户订单号"),
        trade_type=cells.text("交易类型"),
        trade_state=state,
        currency=cells.text("货币种类"),
        total_fen=total_fen,
        settled_fen=cells.fen("应结订单金额") if cells.has("应结订单金额") else total_fen,
        refund_id=_no_zero(_if_there(cells, "微信退款单号")),
        out_refund_no=_no_zero(_if_there(cells, "商户退款单号")),
        refund_fen=refund_fen,
        settled_refund_fen=cells.fen("退款金额") if cells.has("退款金额") else refund_fen,
        coupon_refund_fen=cells.fen(cells.first(*COUPON_REFUND)) if cells.has(*COUPON_REFUND) else 0,
        refund_state=_if_there(cells, "退款状态"),
        fee_yuan=cells.yuan("手续费"),
    )
    if row.is_refund and not (row.refund_id and row.out_refund_no and row.refund_fen > 0):
        raise BillError("a refund without its numbers or amount", cells.line)
    return row


def _flow_row(cells: Cells) -> FlowRow:
    direction = cells.text("收支类型")
    if direction not in ("收入", "支出"):
        raise BillError("收支类型 is neither 收入 nor 支出", cells.line)
    amount = cells.fen("收支金额")
    if amount < 0:
        raise BillError("收支金额 is negative", cells.line)
    return FlowRow(
        line=cells.line,
        happened_at=cells.time("记账时间"),
        business_id=cells.text("微信支付业务单号", empty=True),
        flow_id=cells.text("资金流水单号"),
        name=cells.text("业务名称", empty=True),
        kind=cells.text("业务类型", empty=True),
        income=direction == "收入",
        amount_fen=amount,
        balance_fen=cells.fen("账户结余"),
        remark=cells.text("备注", empty=True),
        voucher=cells.text("业务凭证号", empty=True),
    )


def _if_there(cells: Cells, name: str) -> str:
    """The field; empty in a bill of payments alone, which has no columns for refunds."""
    return cells.text(name, empty=True) if cells.has(name) else ""


def _no_zero(number: str) -> str:
    """WeChat writes 0 where there is no refund."""
    return "" if number == "0" else number


def _compare(
    rows: Sequence[object], summary: BillSummary | FlowSummary, sums: BillSummary | FlowSummary, line: int
) -> None:
    said, found = vars(summary), vars(sums)
    wrong = [name for name in said if said[name] != found[name]]
    if wrong:
        raise TotalsDiffer(wrong, line, rows, summary)
