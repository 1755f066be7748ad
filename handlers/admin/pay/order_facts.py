"""What an owner reads on an order's page about its escort's pay."""

from __future__ import annotations

from typing import Any

from handlers.admin.pay.base import ERASED, KIND, STATE, rule_text
from orders.escort_pay import earnings, rules
from orders.escort_pay.earnings import live_earning, mark
from schemas.escort_pay import hold_text
from storage import Reader
from storage.models import Ending, Order, OrderState

OVER = (OrderState.FINISHED, OrderState.REFUNDING, OrderState.REFUNDED, OrderState.CANCELLED)


async def pay_facts(reader: Reader, order: Order, *, owner: bool) -> dict[str, Any]:
    """``pay_shown``: is there anything to show or to decide? A clerk is shown nothing of it.
    ``pay_default``: what the rules give whoever is invited, without exceptions; 0: nothing."""
    by_default = await rules.proposed_fen(reader, order, 0) if order.state == OrderState.PAID else 0
    shown = await reader.escort_pay.shown_of_order(order.id) if owner else []
    if not owner or (not shown and (order.escort_id is None or order.state not in OVER or not order.ending)):
        return {"pay_shown": False, "pay_default": by_default}
    entries = [each.earning for each in shown]
    concerned = {entry.escort_id for entry in entries} | ({order.escort_id} if order.escort_id else set())
    escorts = {escort.id: escort.name or ERASED for escort in await reader.escorts.some(concerned)}
    every = await reader.escort_pay.all_rules()
    live = live_earning(entries)
    rule = next((each for each in every if live and each.id == live.rule_id), None)
    first_day = rules.first_day(every)
    offered = [
        each.pay_fen
        for each in await reader.invitations.of_order(order.id)
        if live is not None and each.escort_id == live.escort_id and each.state == "accepted" and each.pay_fen
    ]
    return {
        "pay_shown": True,
        "pay_default": by_default,
        "pay_entries": shown,
        "pay_escorts": escorts,
        "pay_sum": sum(entry.amount_fen for entry in entries),
        "pay_mark": mark(entries),
        "pay_rule": rule_text(rule.kind, rule.value) if rule else "",
        "pay_held": hold_text(await reader.escort_pay.hold_of_order(order.id)) if entries else "",
        "pay_kind": KIND,
        "pay_statement_state": STATE,
        "pay_missing": order.state == OrderState.FINISHED and live is None and order.ending == Ending.SERVED,
        "pay_before_rules": not first_day or order.visit_date < first_day,
        "pay_by_rule": await rules.proposed_fen(reader, order, order.escort_id or 0),
        "pay_has_rule": await rules.rule_for(reader, order, order.escort_id or 0) is not None,
        "pay_proposed": await earnings.proposed_for_ending(reader, order) if not entries else None,
        "pay_offered": offered[-1] if offered and live and offered[-1] != live.amount_fen else 0,
    }
