"""The refund rule of a visit with its dates."""

from __future__ import annotations

from typing import Any

from handlers.base import ApiHandler
from handlers.operation import operation
from orders.visit_date import check_visit_date
from schemas.refund_rule import RuleOf, RuleReply, rule_row


class RefundRuleHandler(ApiHandler):
    @operation(query=RuleOf(), reply=RuleReply())
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """What cancelling would give back, with its dates, for a visit on that day: to be read before paying.
        Without its hour the visit counts as beginning at 08:00."""
        at = self.now()
        check_visit_date(given["visit_date"], at, self.services.settings.orders.horizon_days)
        rule = self.services.payments.rule(given["visit_date"], given["visit_time"], at)
        return {"rule": rule_row(rule)}


routes = [(r"/catalog/refundRule/", RefundRuleHandler)]
