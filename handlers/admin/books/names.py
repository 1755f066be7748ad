"""How the pages of the books call services, hospitals, escorts and kinds of movements, and the lines of their files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from clock import shanghai
from handlers.admin.spreadsheets import Cell, Column
from money import decimal_yuan
from payment.books.ledger import FEE, OFFLINE_PAYMENT, OFFLINE_REFUND, PAYMENT, REFUND
from payment.books.months import FEES, RECEIPTS, REFUNDS
from storage.views import BookLine

KINDS = {
    PAYMENT: "微信收款",
    REFUND: "微信退款",
    FEE: "手续费",
    OFFLINE_PAYMENT: "线下收款",
    OFFLINE_REFUND: "线下退款",
}
WHAT: dict[str, tuple[str, tuple[str, ...]]] = {
    "all": ("全部收支", ()),
    "payments": ("收款", RECEIPTS),
    "refunds": ("退款", REFUNDS),
    "fees": ("手续费", FEES),
}
"""What can be exported, and which kinds of entries that are."""
LINE_COLUMNS = (
    Column("时间", 17),
    Column("类型", 10),
    Column("金额（元）", 12),
    Column("本店单号", 36),
    Column("微信单号", 32),
    Column("原付款本店单号", 36),
    Column("原付款微信单号", 32),
    Column("线下凭证", 20),
    Column("订单号", 9),
    Column("补款", 6),
    Column("服务", 18),
    Column("医院", 30),
    Column("陪诊员", 11),
    Column("入账时间", 17),
    Column("补记", 6),
)


def service_name(service: str, unit: str) -> str:
    """优享陪诊（半天）; 未关联订单 where there is no order."""
    return f"{service}（{unit}）" if unit else service or "未关联订单"


def hospital_name(hospital: str) -> str:
    return hospital or "没有写医院"


def escort_name(escort_id: int, escort: str) -> str:
    """The approved name; of one that is erased the number is left."""
    return (escort or f"已注销 {escort_id} 号") if escort_id else "还没有安排"


def _moment(at: int) -> Cell:
    return shanghai(at).replace(second=0, microsecond=0, tzinfo=None)


def _numbers(line: BookLine) -> tuple[str, str]:
    """Our number of the movement, and WeChat's: of a fee those of the payment or refund that it was taken for."""
    of_refund = bool(line.out_refund_no) and (line.kind == REFUND or line.reference == line.out_refund_no)
    if line.kind in (OFFLINE_PAYMENT, OFFLINE_REFUND):
        return line.reference, ""
    if of_refund:
        return line.out_refund_no, line.wechat_refund_id
    return line.reference, line.transaction_id


def line_cells(line: BookLine) -> list[Cell]:
    """A row of the file, in the order of LINE_COLUMNS. Numbers are texts: no program may round them."""
    own, wechat = _numbers(line)
    about: Any = Decimal(line.order_id) if line.order_id is not None else ""
    ordered = line.order_id is not None
    return [
        _moment(line.occurred_at),
        KINDS.get(line.kind, line.kind),
        decimal_yuan(line.amount_fen),
        own,
        wechat,
        line.out_trade_no,
        line.transaction_id,
        line.offline_reference,
        about,
        "补款" if line.supplement else "",
        service_name(line.service, line.unit),
        hospital_name(line.hospital) if ordered else "",
        escort_name(line.escort_id, line.escort) if ordered else "",
        _moment(line.booked_at),
        "补记" if line.late else "",
    ]
