"""The words, numbers and marks of the administrators' pages."""

from __future__ import annotations

from clock import DAY, shanghai, shanghai_date
from privacy import masked_id_number, masked_phone
from schemas.wire import ESCORT_STATUS, PROGRESS, REFUND_STATE, amount_text, time_text
from storage.models import AttemptState, EscortState, OrderState, RefundState, Role

__all__ = [
    "ESCORT_STATUS",
    "PROGRESS",
    "REFUND_STATE",
    "amount_text",
    "masked_id_number",
    "masked_phone",
    "time_text",
]

MENU = (
    ("", "overview", "总览"),
    ("orders/", "orders", "订单"),
    ("runners/", "runners", "陪诊员"),
    ("money/", "money", "支付"),
)
"""Path below ``admin/``, name of the section, label."""
ROLE = {Role.OWNER: "店主", Role.CLERK: "店员"}
ATTEMPT_STATE = {
    AttemptState.CREATED: "已创建",
    AttemptState.UNKNOWN: "结果未知",
    AttemptState.PREPAID: "待支付",
    AttemptState.PAID: "已支付",
    AttemptState.CLOSED: "已关闭",
    AttemptState.MISMATCH: "金额不符",
}
TONE = {
    OrderState.UNPAID: "grey",
    OrderState.PAID: "amber",
    OrderState.SERVING: "blue",
    OrderState.FINISHED: "green",
    OrderState.REFUNDING: "red",
    OrderState.REFUNDED: "grey",
    OrderState.CANCELLED: "grey",
    EscortState.PENDING: "amber",
    EscortState.APPROVED: "green",
    EscortState.REJECTED: "grey",
    EscortState.SUSPENDED: "red",
    RefundState.REQUESTED: "amber",
    RefundState.REJECTED: "grey",
    RefundState.PROCESSING: "blue",
    RefundState.SUCCEEDED: "green",
    RefundState.CLOSED: "grey",
    RefundState.ABNORMAL: "red",
    AttemptState.CREATED: "grey",
    AttemptState.UNKNOWN: "amber",
    AttemptState.PREPAID: "grey",
    AttemptState.MISMATCH: "red",
}
"""The colour of a state's badge. Attempts and orders share ``paid``, which waits for a hand only with orders."""
DONE = {
    "saved": "已保存",
    "logged-out": "已退出登录",
}
WEEKDAYS = "一二三四五六日"


def minute_text(at: int | None) -> str:
    """``2024-01-22 21:25``, Shanghai; empty for None."""
    return shanghai(at).strftime("%Y-%m-%d %H:%M") if at is not None else ""


def day_text(day: str) -> str:
    """``01-23 周二`` of ``2024-01-23``."""
    from datetime import date

    try:
        return f"{day[5:]} 周{WEEKDAYS[date.fromisoformat(day).weekday()]}"
    except ValueError:
        return day


def near_day(day: str, now: int) -> str:
    """今天, 明天, 后天 or nothing: how near a visit is."""
    names = {shanghai_date(now + step * DAY): name for step, name in enumerate(("今天", "明天", "后天"))}
    return names.get(day, "")


def number_text(number: int) -> str:
    return f"{number:,}"


def yuan(fen: int) -> str:
    """``588.00``: an amount in yuan as accountants write it."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"
