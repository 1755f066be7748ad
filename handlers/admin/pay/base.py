"""What the pages about escorts' pay share: owners decide, accountants read, clerks see nothing of it."""

from __future__ import annotations

from typing import Any

from handlers.admin.page import AdminPage
from money import amount_text
from orders.escort_pay import months
from schemas.escort_pay import hold_text
from storage import Reader
from storage.models import EarningKind, PayRuleKind, Role, StatementState
from wechat.message_facts import month_text

READERS = ("GET",)
"""What accountants may do here: read."""
STATE = {
    StatementState.ISSUED: "等本人确认",
    StatementState.QUESTIONED: "本人有疑问",
    StatementState.CONFIRMED: "已确认，待付款",
    StatementState.PAYING: "微信付款中",
    StatementState.PAID: "已付款",
    StatementState.WITHDRAWN: "已撤回",
}
TONE = {
    StatementState.ISSUED: "blue",
    StatementState.QUESTIONED: "red",
    StatementState.CONFIRMED: "amber",
    StatementState.PAYING: "blue",
    StatementState.PAID: "green",
    StatementState.WITHDRAWN: "grey",
}
KIND = {EarningKind.ORDER: "订单", EarningKind.REVERSAL: "撤销", EarningKind.CORRECTION: "更正"}
ERASED = "（已删除）"


def percent_text(value: int) -> str:
    """``45%``, ``33.33%`` of hundredths of a percent."""
    whole, rest = divmod(value, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%" if rest else f"{whole}%"


def rule_text(kind: str, value: int) -> str:
    """What a rule gives, in words."""
    if kind == PayRuleKind.NONE:
        return "不再例外"
    if kind == PayRuleKind.PERCENT:
        return f"订单价格的 {percent_text(value)}"
    return f"每单 {amount_text(value)}"


class PayPage(AdminPage):
    """Owners alone; an accountant where ``open_to_accountants`` says so."""

    section = "runners"
    back = "pay/"
    role = Role.OWNER

    def get_template_namespace(self) -> dict[str, Any]:
        return {
            **super().get_template_namespace(),
            "section": "money" if self.accountant else self.section,
            "statement_state": STATE,
            "statement_tone": TONE,
            "earning_kind": KIND,
            "rule_text": rule_text,
            "hold_text": hold_text,
            "month_text": month_text,
        }

    def asked_month(self) -> str:
        """The month that the query names; else the last one that is over."""
        return months.known_month(self.query_fields.get("month", ""), self.now())

    @staticmethod
    async def escort_names(reader: Reader, escort_ids: set[int]) -> dict[int, str]:
        found = {escort.id: escort.name or ERASED for escort in await reader.escorts.some(escort_ids)}
        return {escort_id: found.get(escort_id, ERASED) for escort_id in escort_ids}
