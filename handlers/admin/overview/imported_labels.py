"""What the audit log says of an import from the older system."""

from __future__ import annotations

IMPORTED = {
    "app_user": "用户",
    "app_friend": "就诊人",
    "app_runner": "陪诊员",
    "app_log": "订单",
    "app_money": "付款",
    "app_hospital": "医院",
    "app_service": "服务",
    "imported": "导入",
    "already_there": "已在库中",
    "case": "转为异常",
    "left_out": "未导入",
}
"""Tables of the older system, and what became of their rows."""
