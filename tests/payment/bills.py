"""WeChat's bills as a test wants them: rows of payments and refunds, with faults by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from clock import shanghai_time
from money import exact_yuan
from tests.payment.fake_wechat import MERCHANT, FakeWeChat

_TRADE_HEAD = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
    "货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,"
    "商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
_TRADE_SUM = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
_FLOW_HEAD = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
_FLOW_SUM = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
_REFUND_STATES = {"SUCCESS": "SUCCESS", "PROCESSING": "PROCESSING", "ABNORMAL": "CHANGE", "CLOSED": "FAIL"}


@dataclass(frozen=True)
class Row:
    """A payment, or a refund when ``refund_no`` is given. Amounts in fen. ``settled_fen``: of it, what WeChat settles,
    where a coupon lowers that."""

    at: int
    trade_no: str
    transaction_id: str
    amount_fen: int
    fee_fen: int = 0
    refund_no: str = ""
    refund_id: str = ""
    refund_state: str = ""
    state: str = ""
    settled_fen: int | None = None
    appid: str = MERCHANT.appid
    mchid: str = MERCHANT.mchid
    currency: str = "CNY"

    def changed(self, **changes: object) -> Row:
        return replace(self, **changes)  # type: ignore[arg-type]


def rows_of(wechat: FakeWeChat) -> list[Row]:
    """What WeChat's book holds, with a fee of 0.6 percent for payments."""
    rows = []
    for charge in wechat.charges.values():
        if charge.paid_at is not None:
            total = charge.parameters["total_fen"]
            rows.append(
                Row(charge.paid_at, charge.number, charge.transaction_id, total, (total * 6 + 500) // 1000)
            )
    for back in wechat.refunds.values():
        transaction_id = wechat.charges[back.trade_number].transaction_id
        state = _REFUND_STATES[back.status]
        rows.append(
            Row(
                back.created_at,
                back.trade_number,
                transaction_id,
                back.amount_fen,
                0,
                back.number,
                back.refund_id,
                state,
            )
        )
    return rows


def _settled(row: Row) -> int:
    return row.amount_fen if row.settled_fen is None else row.settled_fen


def _paid_and_back(row: Row, amount_fen: int) -> tuple[int, int]:
    return (0, amount_fen) if row.refund_no else (amount_fen, 0)


def trade_bill(rows: Iterable[Row]) -> bytes:
    rows = list(rows)
    lines = [_TRADE_HEAD]
    for row in rows:
        paid, back = _paid_and_back(row, row.amount_fen)
        settled, settled_back = _paid_and_back(row, _settled(row))
        lines.append(
            _line(
                shanghai_time(row.at),
                row.appid,
                row.mchid,
                "0",
                "",
                row.transaction_id,
                row.trade_no,
                "oUser",
                "JSAPI",
                row.state or ("REFUND" if row.refund_no else "SUCCESS"),
                "OTHERS",
                row.currency,
                exact_yuan(settled),
                exact_yuan(paid - settled),
                row.refund_id or "0",
                row.refund_no or "0",
                exact_yuan(settled_back),
                exact_yuan(back - settled_back),
                "ORIGINAL" if row.refund_no else "",
                row.refund_state,
                "陪诊",
                "",
                exact_yuan(row.fee_fen),
                "0.60%",
                exact_yuan(paid),
                exact_yuan(back),
                "",
            )
        )
    paid = sum(row.amount_fen for row in rows if not row.refund_no)
    back = sum(row.amount_fen for row in rows if row.refund_no)
    settled = sum(_settled(row) for row in rows if not row.refund_no)
    settled_back = sum(_settled(row) for row in rows if row.refund_no)
    fees = sum(row.fee_fen for row in rows)
    lines += [
        _TRADE_SUM,
        _line(
            str(len(rows)),
            exact_yuan(settled),
            exact_yuan(settled_back),
            exact_yuan(back - settled_back),
            exact_yuan(fees),
            exact_yuan(paid),
            exact_yuan(back),
        ),
    ]
    return "\r\n".join(lines).encode() + b"\r\n"


def flow_bill(rows: Iterable[Row]) -> bytes:
    lines, balance = [_FLOW_HEAD], 0
    income: list[int] = []
    expense: list[int] = []
    for count, row in enumerate(rows):
        sign = -1 if row.refund_no else 1
        for kind, amount in (
            (("退款" if row.refund_no else "交易"), sign * row.amount_fen),
            ("扣除交易手续费", -row.fee_fen),
        ):
            if not amount:
                continue
            balance += amount
            (income if amount > 0 else expense).append(abs(amount))
            lines.append(
                _line(
                    shanghai_time(row.at),
                    row.refund_id or row.transaction_id,
                    f"F{count}{kind}",
                    kind,
                    kind,
                    "收入" if amount > 0 else "支出",
                    exact_yuan(abs(amount)),
                    exact_yuan(balance),
                    "system",
                    "",
                    row.refund_no or row.trade_no,
                )
            )
    total = len(income) + len(expense)
    lines += [
        _FLOW_SUM,
        _line(
            str(total), str(len(income)), exact_yuan(sum(income)), str(len(expense)), exact_yuan(sum(expense))
        ),
    ]
    return "\r\n".join(lines).encode() + b"\r\n"


def _line(*cells: str) -> str:
    return ",".join(f"`{cell}" for cell in cells)
