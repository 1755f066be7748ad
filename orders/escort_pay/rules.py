"""What a rule gives, and which one holds. Rules are only ever added: a newer one takes the place of an older one from
its day on, and nothing that is earned moves.
"""

from __future__ import annotations

from collections.abc import Iterable

from refusals import InvalidInput
from storage import Reader, Transaction
from storage.models import Order, PayRule, PayRuleKind
from storage.writes import NewPayRule

HUNDREDTHS = 10_000
"""100 % in hundredths of a percent."""
MAX_FIXED_FEN = 1_000_000
"""Ten thousand yuan for one order: more is a slip of the finger."""


class PayInput(InvalidInput):
    """Something in a form about pay that cannot be right; the sentence says which field it means."""

    says_field = True


def amount_of(rule: PayRule, price_fen: int) -> int:
    """What the rule gives for an order of this price, in fen; a percentage is rounded half up."""
    if rule.kind == PayRuleKind.FIXED:
        return rule.value
    return (price_fen * rule.value + HUNDREDTHS // 2) // HUNDREDTHS


def holding_rule(rules: Iterable[PayRule], service_id: int, escort_id: int, day: str) -> PayRule | None:
    """The rule that holds for a visit of this day: the most specific one (escort and service, escort, service, all),
    of these the one with the latest first day, of these the newest. None: no rule."""
    newest: dict[tuple[int, int], PayRule] = {}
    for rule in rules:
        place = (rule.escort_id, rule.service_id)
        if (
            rule.valid_from > day
            or rule.escort_id not in (0, escort_id)
            or rule.service_id not in (0, service_id)
        ):
            continue
        known = newest.get(place)
        if known is None or (known.valid_from, known.id) < (rule.valid_from, rule.id):
            newest[place] = rule
    for place in ((escort_id, service_id), (escort_id, 0), (0, service_id), (0, 0)):
        found = newest.get(place)
        if found is not None and found.kind != PayRuleKind.NONE:
            return found
    return None


async def rule_for(reader: Reader, order: Order, escort_id: int) -> PayRule | None:
    """The rule by which this escort is paid for the order; escort 0: what holds without exceptions."""
    rules = await reader.escort_pay.rules_for(order.service_id, escort_id, order.visit_date)
    return holding_rule(rules, order.service_id, escort_id, order.visit_date)


async def proposed_fen(reader: Reader, order: Order, escort_id: int) -> int:
    """What the rules give this escort for the order; 0: nothing, or no rule."""
    rule = await rule_for(reader, order, escort_id)
    return amount_of(rule, order.price_fen) if rule is not None else 0


def first_day(rules: Iterable[PayRule]) -> str:
    """The first day from which any rule holds: visits before it are not paid here. Empty: there is no rule."""
    return min((rule.valid_from for rule in rules), default="")


async def add_rule(tx: Transaction, rule: NewPayRule, admin_id: int, at: int) -> int:
    """Enter a rule; its id. Raises PayInput."""
    if rule.kind == PayRuleKind.FIXED and not 0 <= rule.value <= MAX_FIXED_FEN:
        raise PayInput("value", "每单报酬应在 0 到 10,000 元之间")
    if rule.kind == PayRuleKind.PERCENT and not 0 <= rule.value <= HUNDREDTHS:
        raise PayInput("value", "比例应在 0% 到 100% 之间")
    if rule.kind == PayRuleKind.NONE and not (rule.escort_id or rule.service_id):
        raise PayInput("kind", "「取消例外」要选服务或陪诊员；所有服务、所有陪诊员的规则请直接写新的金额")
    if rule.service_id and await tx.catalog.service(rule.service_id) is None:
        raise PayInput("service_id", "没有这项服务")
    if rule.escort_id and await tx.escorts.get(rule.escort_id) is None:
        raise PayInput("escort_id", "没有这位陪诊员")
    return await tx.escort_pay.add_rule(rule, admin_id, at)
