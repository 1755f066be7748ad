"""The refund rule of a visit with its dates, as it goes over the wire."""

from __future__ import annotations

from typing import Any

from handlers.api.visit_dates import require_bookable
from handlers.base import ApiHandler
from handlers.operation import operation
from payment.refunds.deadlines import Rule
from schemas.order import RuleOf, RuleReply
from schemas.wire import time_text


def rule_row(rule: Rule) -> dict[str, Any]:
    return {
        "lines": rule.lines,
        "grace": rule.grace,
        "deadlines": [
            {
                "percent": deadline.percent,
                "until": time_text(deadline.until),
                "text": deadline.text,
                "over": deadline.over,
            }
            for deadline in rule.deadlines
        ],
        "afterwards": rule.afterwards,
        "percentNow": rule.percent_now,
    }


class RefundRuleHandler(ApiHandler):
    @operation(query=RuleOf(), reply=RuleReply())
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """What cancelling would give back, with its dates, for a visit on that day: to be read before paying."""
        at = self.now()
        require_bookable(given["visit_date"], at, self.services.settings)
        return {"rule": rule_row(self.services.payments.rule(given["visit_date"], at))}


routes = [(r"/catalog/refundRule/", RefundRuleHandler)]
