"""The words and shapes of the wire: progress, amounts, times, in the forms that released clients read."""

from __future__ import annotations

from clock import shanghai_date, shanghai_time
from orders.stage import Stage
from personal.id_numbers import ID_KIND_NAMES, IdKind
from storage.models import Ending, EscortState, OrderState, RefundKind, RefundState

PROGRESS: dict[str, str] = {
    OrderState.UNPAID: "待付款",
    OrderState.PAID: "已付款",
    OrderState.SERVING: "在服务",
    OrderState.FINISHED: "已完成",
    OrderState.REFUNDING: "退款中",
    OrderState.REFUNDED: "已退款",
    OrderState.CANCELLED: "已取消",
}
STAGE = {
    Stage.UNPAID: "待付款",
    Stage.UNASSIGNED: "待安排",
    Stage.ASSIGNED: "已安排",
    Stage.TODAY: "今天就诊",
    Stage.UNDER_WAY: "服务中",
    Stage.FINISHED: "已完成",
    Stage.REFUNDING: "退款中",
    Stage.REFUNDED: "已退款",
    Stage.CANCELLED: "已取消",
}
"""By the calendar (``orders.stage``), for clients that know it; released ones read ``PROGRESS``."""
ESCORT_STATUS = {
    EscortState.PENDING: "待联系",
    EscortState.APPROVED: "已通过",
    EscortState.REJECTED: "已拒绝",
    EscortState.SUSPENDED: "已停用",
}
REFUND_STATE = {
    RefundState.REQUESTED: "待审核",
    RefundState.REJECTED: "已拒绝",
    RefundState.WITHDRAWN: "已撤回",
    RefundState.NOTHING_DUE: "无需退款",
    RefundState.APPROVED: "退款中",
    RefundState.PROCESSING: "退款中",
    RefundState.SUCCEEDED: "已退款",
    RefundState.CLOSED: "已关闭",
    RefundState.ABNORMAL: "处理异常",
}
REFUND_KIND = {RefundKind.CANCEL: "取消订单", RefundKind.MONEY_BACK: "仅退款"}
ENDING = {
    Ending.SERVED: "已服务",
    Ending.CANCELLED_BY_USER: "用户取消",
    Ending.CANCELLED_BY_COMPANY: "商家取消",
    Ending.CUSTOMER_ABSENT: "用户未到",
    Ending.ESCORT_ABSENT: "陪诊员未到",
}
ID_KINDS: dict[str, IdKind] = {name: kind for kind, name in ID_KIND_NAMES.items()}
"""Kinds of identity documents by their names on the wire."""
RELATIONS = ("本人", "父母", "子女", "兄弟姐妹", "夫妻", "其他")


def day_text(at: int) -> str:
    """The Shanghai day of a moment, ``2024-01-23``."""
    return shanghai_date(at)


def id_kind_name(kind: str) -> str:
    """``身份证`` and the like; empty while the kind is not known."""
    return ID_KIND_NAMES[IdKind(kind)] if kind else ""


def time_text(at: int | None) -> str:
    """Shanghai wall-clock time, empty for None."""
    return shanghai_time(at)


def yes_or_no(fact: object) -> str:
    return "y" if fact else "n"


FIELDS = {
    "answers": "answers",
    "guardian_consent": "guardianConsentGiven",
    "hospital_id": "hospitalId",
    "patient_id": "friendid",
    "preferred_escort_id": "escortId",
    "service_id": "serviceId",
    "visit_date": "wantTime",
    "visit_time": "visitTime",
}
"""Fields that a rule may refuse, by the names that clients know."""
