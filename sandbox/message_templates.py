"""The account's templates of subscribe messages (我的模板). Source: "获取当前账号下的个人模板列表"."""

from __future__ import annotations

from typing import Any

from .context import SandboxContext

ONE_OFF = 2
TEMPLATES: dict[str, tuple[str, dict[str, str]]] = {
    "paid": ("支付成功", {"thing1": "服务", "amount2": "金额", "time3": "时间"}),
    "escort": ("已安排陪诊员", {"thing1": "服务", "thing2": "医院", "date3": "日期", "name4": "陪诊员"}),
    "refund": ("退款结果", {"thing1": "服务", "amount2": "金额", "phrase3": "结果"}),
    "started": ("服务开始", {"thing1": "服务", "thing2": "医院", "time3": "时间", "name4": "陪诊员"}),
    "report": ("陪诊报告已完成", {"thing1": "服务", "thing2": "医院", "time3": "时间", "name4": "陪诊员"}),
    "cancelled": ("服务取消", {"thing1": "服务", "thing2": "医院", "date3": "日期", "phrase4": "结果"}),
    "invitation": (
        "派单",
        {"thing1": "服务", "thing2": "医院", "date3": "日期", "time4": "截止时间", "phrase5": "状态"},
    ),
    "moved": ("预约变更", {"thing1": "服务", "thing2": "医院", "time3": "时间", "phrase4": "状态"}),
    "reminder": ("就诊提醒", {"thing1": "服务", "thing2": "医院", "time3": "时间"}),
    "supplement": ("补款", {"thing1": "服务", "amount2": "金额", "phrase3": "状态"}),
    "statement": ("报酬结算", {"thing1": "月份", "amount2": "金额", "phrase3": "状态"}),
    "qualification": ("证件到期", {"thing1": "证件", "date2": "有效期", "phrase3": "状态"}),
    "complaint": ("投诉答复", {"thing1": "服务", "phrase2": "状态", "time3": "时间"}),
    "invoice": ("发票结果", {"thing1": "服务", "amount2": "金额", "phrase3": "状态"}),
}
"""By the end of the id: the title, and the fields with what they are called."""


def templates(context: SandboxContext) -> list[dict[str, Any]]:
    """As WeChat lists them."""
    rows = []
    for name, (title, fields) in TEMPLATES.items():
        template_id = f"sandbox-template-{name}"
        if context.faults.take("template_missing", [template_id]):
            continue
        if context.faults.take("template_changed", [template_id]):
            fields = {**fields, "thing9": "备注"}
        content = "\n".join(f"{label}:{{{{{key}.DATA}}}}" for key, label in fields.items())
        rows.append(
            {"priTmplId": template_id, "title": title, "content": content, "example": "", "type": ONE_OFF}
        )
    return rows
