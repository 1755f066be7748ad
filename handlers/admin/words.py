"""The words, numbers and marks of the administrators' pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError

from clock import DAY, HOUR, MINUTE, shanghai, shanghai_date
from handlers.admin.money.case_words import CASES
from handlers.admin.money.trouble_words import trouble
from payment.refunds import policy
from privacy import masked_id_number, masked_phone
from schemas.wire import (
    ENDING,
    ESCORT_STATUS,
    PROGRESS,
    REFUND_KIND,
    REFUND_STATE,
    amount_text,
    time_text,
)
from storage.models import AttemptState, EscortState, OrderState, RefundKind, RefundState, Role

__all__ = [
    "ENDING",
    "ESCORT_STATUS",
    "PROGRESS",
    "REFUND_KIND",
    "REFUND_STATE",
    "amount_text",
    "masked_id_number",
    "masked_phone",
    "time_text",
    "trouble",
]

MENU = (
    ("", "overview", "总览"),
    ("orders/", "orders", "订单"),
    ("runners/", "runners", "陪诊员"),
    ("money/", "money", "收支"),
    ("catalog/", "catalog", "目录"),
    ("users/", "users", "用户"),
    ("me/", "me", "我的账号"),
)
OWNERS_MENU = (
    ("accounts/", "accounts", "员工账号"),
    ("audit/", "audit", "操作记录"),
)
"""Path below ``admin/``, name of the section, label."""
ROLE = {Role.OWNER: "店主", Role.CLERK: "店员"}
ATTEMPT_STATE = {
    AttemptState.CREATED: "已创建",
    AttemptState.UNKNOWN: "结果未知",
    AttemptState.PREPAID: "待支付",
    AttemptState.PAID: "已支付",
    AttemptState.CLOSED: "已关闭",
    AttemptState.MISMATCH: "与订单不符",
}
ORDER_TONE = {
    OrderState.UNPAID: "grey",
    OrderState.PAID: "amber",
    OrderState.SERVING: "blue",
    OrderState.FINISHED: "green",
    OrderState.REFUNDING: "red",
    OrderState.REFUNDED: "grey",
    OrderState.CANCELLED: "grey",
}
ESCORT_TONE = {
    EscortState.PENDING: "amber",
    EscortState.APPROVED: "green",
    EscortState.REJECTED: "grey",
    EscortState.SUSPENDED: "red",
}
REFUND_TONE = {
    RefundState.REQUESTED: "amber",
    RefundState.REJECTED: "grey",
    RefundState.WITHDRAWN: "grey",
    RefundState.NOTHING_DUE: "green",
    RefundState.APPROVED: "blue",
    RefundState.PROCESSING: "blue",
    RefundState.SUCCEEDED: "green",
    RefundState.CLOSED: "grey",
    RefundState.ABNORMAL: "red",
}
ATTEMPT_TONE = {
    AttemptState.CREATED: "grey",
    AttemptState.UNKNOWN: "amber",
    AttemptState.PREPAID: "grey",
    AttemptState.PAID: "green",
    AttemptState.CLOSED: "grey",
    AttemptState.MISMATCH: "red",
}
"""The colours of the badges, a table for each kind of state: the kinds share words that mean different things."""
ACTOR = {"user": "用户", "admin": "管理员", "wechat": "微信支付", "system": "系统"}
REQUEST = {RefundKind.CANCEL: "申请取消，待审核", RefundKind.MONEY_BACK: "申请退款，待审核"}
"""A request of the user that nobody has decided."""
HALF = {"am": "上午", "pm": "下午", "day": "全天"}
DONE = {
    "saved": "已保存",
    "logged-out": "已退出登录",
    "assigned": "已安排陪诊员",
    "unassigned": "已取消安排，订单回到「已付款」",
    "finished": "订单已完成",
    "reopened": "订单已重新打开，仍由原来的陪诊员服务",
    "reopened-paid": "订单已重新打开，回到「已付款」，需要安排陪诊员",
    "followed-up": "已记下：这条评价跟进过了",
    "approved": "已通过",
    "rejected": "已拒绝",
    "suspended": "已停用",
    "refund-started": "退款已提交，微信支付正在处理；结果会显示在下面的退款记录里",
    "refund-approved": "退款申请已通过，微信支付确认后会显示「已退款」",
    "cancel-approved": "取消申请已通过：订单已结束，陪诊员的时间已空出来；要退的款项正在退回",
    "cancelled": "订单已取消，陪诊员的时间已空出来；要退的款项正在退回",
    "refund-rejected": "退款申请已拒绝，订单回到原来的状态",
    "refund-retried": "已再次向微信支付查询",
    "refund-withdrawn": "退款已撤回",
    "asked": "已向微信查询，最新情况见下",
    "asked-paid": "微信的答复：已付款",
    "asked-unpaid": "微信的答复：还没有付款",
    "case-closed": "异常已关闭",
    "reviewed": "已按微信支付的最新答复处理",
    "released": "订单已放开，用户可以重新付款或取消。请写下这笔钱的处理结果，然后关闭这项异常",
    "still-differs": "微信支付的答复仍与订单不符，没有改动",
    "reconciled": "对账完成",
    "alarm-seen": "已标记为看过",
    "archived": "已下架",
    "restored": "已重新上架",
    "ordered": "顺序已保存",
    "imported": "导入完成",
    "created": "已新建",
    "disabled": "已停用",
    "enabled": "已启用",
    "confirmed": "密码正确。请再点一次「导出全部资料」，文件会下载到您的设备",
    "deleted": "个人资料已删除，账目保留",
    "password": "密码已修改，其他设备已退出",
    "ended": "会话已结束",
    "totp-on": "两步验证已开启",
    "totp-off": "两步验证已关闭",
}
WEEKDAYS = "一二三四五六日"


def minute_text(at: int | None) -> str:
    """``2024-01-22 21:25``, Shanghai; empty for None."""
    return shanghai(at).strftime("%Y-%m-%d %H:%M") if at is not None else ""


def short_time(at: int, now: int) -> str:
    """``01-22 21:25``, with the year in front only when it is another one."""
    text = minute_text(at)
    return text[5:] if text[:4] == minute_text(now)[:4] else text


def day_text(day: str) -> str:
    """``01-23 周二`` of ``2024-01-23``."""
    try:
        return f"{day[5:]} 周{WEEKDAYS[date.fromisoformat(day).weekday()]}"
    except ValueError:
        return day


def near_day(day: str, now: int) -> str:
    """今天, 明天, 后天 or nothing: how near a visit is."""
    names = {shanghai_date(now + step * DAY): name for step, name in enumerate(("今天", "明天", "后天"))}
    return names.get(day, "")


def waited(since: int, at: int) -> str:
    """How long something has waited: ``3 天``, ``5 小时``, ``12 分钟``."""
    time = max(at - since, 0)
    for unit, name in ((DAY, "天"), (HOUR, "小时")):
        if time >= unit:
            return f"{time // unit} {name}"
    return f"{max(time // MINUTE, 1)} 分钟"


def beginning(text: str, longest: int = 60) -> str:
    """The beginning of a long text, on one line."""
    line = " ".join(text[: 4 * longest].split())
    return line if len(line) <= longest and len(text) <= 4 * longest else f"{line[:longest]}…"


def number_text(number: int) -> str:
    return f"{number:,}"


def yuan(fen: int) -> str:
    """``588.00``: an amount in yuan as accountants write it."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


def plain_yuan(fen: int) -> str:
    """``588`` or ``588.50``, as a person types it."""
    return f"{fen // 100}.{fen % 100:02d}" if fen % 100 else str(fen // 100)


def rule_text(rule: str) -> str:
    """A sentence of the refund policy for an administrator, who is the customer service that it may send users to."""
    return {
        policy.TOO_LATE: "就诊时间已到，不予退款",
        policy.NO_TIERS: "没有设置自动规则，退多少由您决定",
    }.get(rule, rule)


def case_name(kind: str) -> str:
    """What a finance case is about."""
    return CASES[kind][0] if kind in CASES else kind


def problems(schema: Schema, error: ValidationError) -> dict[str, tuple[str, str]]:
    """What is wrong with a form: field to (its label, a sentence)."""
    labels = {
        (field.data_key or name): str(field.metadata.get("label", name))
        for name, field in schema.fields.items()
    }
    return {
        str(name): (labels.get(str(name), str(name)), _sentence(found))
        for name, found in error.messages_dict.items()
    }


def _sentence(found: Any) -> str:
    while isinstance(found, dict | list):
        found = next(iter(found.values())) if isinstance(found, dict) else found[0]
    return str(found)
