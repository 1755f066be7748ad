"""The words and shapes of the wire: progress, amounts, times, in the forms that released clients read."""

from __future__ import annotations

from clock import shanghai_date, shanghai_time
from storage.models import EscortState, OrderState, RefundState

PROGRESS = {
    OrderState.UNPAID: "待付款",
    OrderState.PAID: "已付款",
    OrderState.SERVING: "在服务",
    OrderState.FINISHED: "已完成",
    OrderState.REFUNDING: "退款中",
    OrderState.REFUNDED: "已退款",
    OrderState.CANCELLED: "已取消",
}
ESCORT_STATUS = {
    EscortState.PENDING: "待联系",
    EscortState.APPROVED: "已通过",
    EscortState.REJECTED: "已拒绝",
    EscortState.SUSPENDED: "已停用",
}
REFUND_STATE = {
    RefundState.REQUESTED: "待审核",
    RefundState.REJECTED: "已拒绝",
    RefundState.APPROVED: "退款中",
    RefundState.PROCESSING: "退款中",
    RefundState.SUCCEEDED: "已退款",
    RefundState.CLOSED: "已关闭",
    RefundState.ABNORMAL: "处理异常",
}
RELATIONS = ("本人", "父母", "子女", "兄弟姐妹", "夫妻", "其他")


def amount_text(fen: int) -> str:
    """58800 → ``￥588``, 58850 → ``￥588.50``."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    yuan, rest = divmod(fen, 100)
    return f"￥{sign}{yuan}.{rest:02d}" if rest else f"￥{sign}{yuan}"


def day_text(at: int) -> str:
    """The Shanghai day of a moment, ``2024-01-23``."""
    return shanghai_date(at)


def time_text(at: int | None) -> str:
    """Shanghai wall-clock time, empty for None."""
    return shanghai_time(at)
