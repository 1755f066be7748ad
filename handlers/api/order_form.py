"""What the order form shows before an order is placed: the days that can be booked, and the refund rule."""

from __future__ import annotations

from typing import Any

from clock import shanghai_date
from handlers.api_handler import ApiHandler
from handlers.operation import operation
from orders.booking.bookable_days import DayRules, days_from
from orders.booking.day_places import Visit
from orders.booking.placing import UnknownChoice
from orders.booking.visit_date import check_visit_date
from schemas.bookable_days import DaysOf, DaysReply, day_row
from schemas.refund_rule import RuleOf, RuleReply, rule_row


class DaysHandler(ApiHandler):
    @operation(query=DaysOf, reply=DaysReply)
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """Which days can be booked for a service at a hospital now, each half-day too, and why the others cannot. A day
        is decided once more when the order is placed, and before each payment."""
        at = self.now()
        service = (await self.services.catalog.get()).services.get(given["service_id"])
        if service is None:
            raise UnknownChoice("service_id", "没有这项服务，请重新选择")
        visit = Visit(given["first"] or shanghai_date(at), "", service.takes, given["hospital_id"])
        async with self.services.storage.reading() as reader:
            states = await days_from(reader, DayRules.of(self.services.settings), visit, given["days"], at)
        return {"data": [day_row(state) for state in states]}


class RefundRuleHandler(ApiHandler):
    @operation(query=RuleOf, reply=RuleReply)
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """What cancelling would give back, with its dates, for a visit on that day: to be read before paying.
        Without its hour the visit counts as beginning at 08:00."""
        at = self.now()
        check_visit_date(given["visit_date"], at, self.services.settings.orders.horizon_days)
        rule = self.services.payments.rule(given["visit_date"], given["visit_time"], at)
        return {"rule": rule_row(rule)}


routes = [(r"/catalog/days/", DaysHandler), (r"/catalog/refundRule/", RefundRuleHandler)]
