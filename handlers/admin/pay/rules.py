"""The rules of pay, and finished orders that no rule has paid."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError

from clock import shanghai_date
from frozen_dataclasses import frozen
from handlers.admin.orders.inviting import ticked
from handlers.admin.paging import cut, pager
from handlers.admin.pay.base import ERASED, READERS, PayPage, rule_text
from handlers.errors import ApiError
from money import amount_text
from orders.escort_pay import earnings, rules
from orders.serving import lock_order
from refusals import Refused
from schemas.admin_pay import NewRule, rule_value
from storage import Reader, Transaction
from storage.models import EscortState, PayRule, Service
from storage.pay_views import OrderWithoutPay
from storage.writes import NewPayRule

PAGE = 50
MAX_AT_ONCE = 50


@frozen()
class ShownRule:
    rule: PayRule
    service: str
    escort: str
    entered_by: str
    when: str
    """``now``: it holds for visits of today; ``later``: from its day on; ``over``: a newer one has its place."""


def _service_name(services: dict[int, Service], service_id: int) -> str:
    if not service_id:
        return "所有服务"
    service = services.get(service_id)
    return f"{service.name}（{service.unit}）" if service else f"服务 #{service_id}"


def _when(rule: PayRule, every: list[PayRule], today: str) -> str:
    if rule.valid_from > today:
        return "later"
    same = [each for each in every if (each.service_id, each.escort_id) == (rule.service_id, rule.escort_id)]
    newest = max(
        (each for each in same if each.valid_from <= today), key=lambda each: (each.valid_from, each.id)
    )
    return "now" if newest.id == rule.id else "over"


class RulesPage(PayPage):
    async def show(self, error: str = "", typed: dict[str, Any] | None = None) -> None:
        today = shanghai_date(self.now())
        async with self.services.storage.reading() as reader:
            every = await reader.escort_pay.all_rules()
            active = await reader.catalog.services()
            archived = await reader.catalog.services(archived=True)
            names = await self.escort_names(reader, {rule.escort_id for rule in every if rule.escort_id})
            escorts = await reader.escorts.names(EscortState.APPROVED)
            staff = {admin.id: admin.name for admin in await reader.administrators.all()}
        services = {service.id: service for service in (*active, *archived)}
        shown = [
            ShownRule(
                rule,
                _service_name(services, rule.service_id),
                names.get(rule.escort_id, ERASED) if rule.escort_id else "所有陪诊员",
                staff.get(rule.created_by, ""),
                _when(rule, every, today),
            )
            for rule in sorted(every, key=lambda each: (each.valid_from, each.id), reverse=True)
        ]
        self.render(
            "admin/pay/rules.html",
            current=[each for each in shown if each.when != "over"],
            over=[each for each in shown if each.when == "over"],
            services=[(each.id, _service_name(services, each.id)) for each in active],
            escorts=escorts,
            today=today,
            error=error,
            typed=typed or {},
        )


class RulesHandler(RulesPage):
    """The rules that hold, those that come, and those that are over; a new one."""

    open_to_accountants = READERS

    async def get(self) -> None:
        await self.show()

    async def post(self) -> None:
        self.back = "pay/rules/"
        try:
            given = self.load(NewRule())
            value = rule_value(given["kind"], given["typed"])
            new = NewPayRule(
                given["service_id"], given["escort_id"], given["kind"], value, given["valid_from"]
            )

            async def run(tx: Transaction) -> None:
                rule_id = await rules.add_rule(tx, new, self.caller.id, self.now())
                where = {"service_id": new.service_id, "escort_id": new.escort_id}
                made = rule_text(new.kind, new.value)
                after = {**{name: each for name, each in where.items() if each}, "value": made}
                after["valid_from"] = new.valid_from
                await self.audit(tx, "pay.rule", ("pay_rule", rule_id), after=after)

            await self.services.storage.run(run)
        except ValidationError as error:
            problem = "；".join(error.messages_dict["typed"])
            self.set_status(400)
            await self.show(f"多少：{problem}", self.body_fields)
        except (ApiError, Refused) as error:
            await self.show(self.form_error(error).for_staff, self.body_fields)
        else:
            self.redirect_done(self.back, "pay-rule-added")


@frozen()
class Missing:
    """A finished order that no rule has paid, and what a rule of now would give."""

    order: OrderWithoutPay
    escort: str
    proposed_fen: int | None


async def missing(reader: Reader, before: int | None, limit: int) -> list[Missing]:
    every = await reader.escort_pay.all_rules()
    first_day = rules.first_day(every)
    if not first_day:
        return []
    found = await reader.escort_pay.without_pay(first_day, before, limit)
    names = await PayPage.escort_names(reader, {each.escort_id for each in found})
    listed = []
    for each in found:
        rule = rules.holding_rule(every, each.service_id, each.escort_id, each.visit_date)
        proposed = rules.amount_of(rule, each.price_fen) if rule is not None else None
        listed.append(Missing(each, names[each.escort_id], proposed))
    return listed


class MissingHandler(PayPage):
    """Finished orders without pay, of visits from the first day of the rules on; pay the ticked ones by the rules."""

    open_to_accountants = READERS
    many_fields = True

    async def get(self) -> None:
        before = self.page_number("before")
        async with self.services.storage.reading() as reader:
            rows, last = cut(await missing(reader, before, PAGE + 1), PAGE)
            first_day = rules.first_day(await reader.escort_pay.all_rules())
        following = last.order.order_id if last else ""
        paging = pager("before", first=before is None, following=following)
        self.render("admin/pay/missing.html", rows=rows, first_day=first_day, results=[], **paging)

    async def post(self) -> None:
        self.back = "pay/missing/"
        chosen = ticked(self.body_fields, "order_")
        if not chosen:
            raise ApiError(400, "nothing_ticked", "还没有勾选订单：请先在列表里勾选")
        if len(chosen) > MAX_AT_ONCE:
            raise ApiError(400, "too_many_ticked", f"一次最多补记 {MAX_AT_ONCE} 单")
        results = [await self._one(order_id) for order_id in chosen]
        self.render("admin/pay/earned.html", results=results)

    async def _one(self, order_id: int) -> tuple[int, bool, str]:
        async def run(tx: Transaction) -> int:
            order = await lock_order(tx, order_id)
            made = await earnings.earn_later(tx, order, self.now())
            after = {"escort": made.escort_id, "amount_fen": made.amount_fen}
            await self.audit(tx, "pay.earn", ("order", order_id), after=after)
            return made.amount_fen

        try:
            return order_id, True, f"已记 {amount_text(await self.services.storage.run(run))}"
        except Refused as error:
            return order_id, False, error.message


routes = [
    (r"/admin/pay/rules/", RulesHandler),
    (r"/admin/pay/missing/", MissingHandler),
]
