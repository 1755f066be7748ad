"""Proposals of the assignment desk: for each waiting order an escort who can have it, and why this one.

Nothing is written here, and a proposal binds no one: ``orders.serving`` decides under the locks when it is accepted.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from clock import shanghai_date
from frozen_dataclasses import frozen
from orders.escorts.availability import HALF, who_may_be_given_orders
from orders.serving import free_slot, held_half
from orders.visit_time import HALVES, halves_of, settled_halves
from storage import Reader
from storage.models import EscortBooking, Order, Takes

HOSPITAL_WORTH = 2
"""Who knows the hospital is preferred to a colleague who does not, and has up to so many orders fewer in the month."""
KNOWN_FOR_DAYS = 180
"""A hospital where an escort has served so long ago is still known to them."""
_WISH = re.compile(r"[男女](?:性|士|的|生|同志|师傅|陪诊|陪护)")
NO_ONE_FREE = "这个时段没有有空的陪诊员：请改时间、换人，或派单再问"


@frozen()
class EscortFacts:
    """What is known of the escorts who may be given orders, as far as it matters for some days.

    ``leave``: (escort, day, half); ``month_orders``: (escort, month) to how many orders; ``knows``: (escort, hospital).
    """

    names: Mapping[int, str]
    bookings: Sequence[EscortBooking] = ()
    leave: frozenset[tuple[int, str, str]] = frozenset()
    month_orders: Mapping[tuple[int, str], int] = field(default_factory=dict)
    knows: frozenset[tuple[int, int]] = frozenset()


@frozen()
class Suggestion:
    """``escort_id`` None: no one can have the order. ``half``: for which half-days, as ``serving.assign`` takes it.
    ``doubts``: what only a person can know, or what is against it."""

    order: Order
    escort_id: int | None
    half: str
    reasons: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def choices_of(order: Order) -> tuple[str, ...]:
    """For which half-days the order can be given: one choice when that is settled, else morning or afternoon."""
    settled = settled_halves(order.takes, order.visit_time)
    return (held_half(list(settled)),) if settled else HALVES


@dataclass
class _Plan:
    """The bookings as they would be with what has been proposed so far."""

    facts: EscortFacts
    errands: int
    taken: dict[tuple[int, str, str], list[EscortBooking]]
    load: dict[tuple[int, str], int]

    def fits(self, order: Order, escort_id: int, half: str) -> bool:
        for part in halves_of(order, half):
            cell = (escort_id, order.visit_date, part)
            if cell in self.facts.leave or free_slot(order, self.taken[cell], self.errands) is None:
                return False
        return True

    def options(self, order: Order) -> list[tuple[int, str]]:
        """Who could have it, each for the first half-day that is possible."""
        found = []
        for escort_id in self.facts.names:
            half = next((half for half in choices_of(order) if self.fits(order, escort_id, half)), None)
            if half is not None:
                found.append((escort_id, half))
        return found

    def choice(self, order: Order) -> int:
        """In how many ways it could be given."""
        return sum(
            self.fits(order, escort_id, half) for escort_id in self.facts.names for half in choices_of(order)
        )

    def take(self, order: Order, escort_id: int, half: str) -> None:
        for part in halves_of(order, half):
            cell = (escort_id, order.visit_date, part)
            slot = free_slot(order, self.taken[cell], self.errands)
            assert slot is not None
            self.taken[cell].append(EscortBooking(escort_id, order.visit_date, part, order.id, slot))
        self.load[escort_id, order.visit_date[:7]] += 1


def suggest(orders: Iterable[Order], facts: EscortFacts, errands: int) -> list[Suggestion]:
    """A proposal for each order, in the order of ``orders``; always the same one for the same facts.

    First whom the user asked for, then who has the fewest orders in that month, where knowing the hospital counts like
    ``HOSPITAL_WORTH`` orders less. No half-day is given twice, none on leave or taken. ``errands``: so many errands
    share a half-day. Orders that have the least choice are placed first.
    """
    plan = _Plan(facts, errands, defaultdict(list), defaultdict(int, facts.month_orders))
    for booking in facts.bookings:
        plan.taken[booking.escort_id, booking.visit_date, booking.half].append(booking)
    given = list(orders)
    choice = {order.id: plan.choice(order) for order in given}

    def turn(order: Order) -> tuple[bool, bool, int, str, str, int]:
        asked_for = order.preferred_escort_id in facts.names
        whole_day = order.takes == Takes.DAY
        return not asked_for, not whole_day, choice[order.id], order.visit_date, order.visit_time, order.id

    found = {order.id: _one(plan, order) for order in sorted(given, key=turn)}
    return [found[order.id] for order in given]


def _one(plan: _Plan, order: Order) -> Suggestion:
    doubts = _wishes(order)
    options = plan.options(order)
    wanted = order.preferred_escort_id
    if wanted is not None and wanted not in {escort_id for escort_id, _ in options}:
        name = plan.facts.names.get(wanted)
        doubts += (f"用户想要 {name}，这个时段没有空" if name else "用户想要的陪诊员现在不接单",)
    if not options:
        return Suggestion(order, None, choices_of(order)[0], (), (NO_ONE_FREE, *doubts))
    month = order.visit_date[:7]

    def rank(option: tuple[int, str]) -> tuple[bool, int, int, int]:
        escort_id, half = option
        known = (escort_id, order.hospital_id) in plan.facts.knows
        load = plan.load[escort_id, month] - (HOSPITAL_WORTH if known else 0)
        return escort_id != wanted, load, HALVES.index(half) if half in HALVES else 0, escort_id

    escort_id, half = min(options, key=rank)
    reasons = []
    if escort_id == wanted:
        reasons.append("用户指定")
    if (escort_id, order.hospital_id) in plan.facts.knows:
        reasons.append("去过这家医院")
    reasons.append(f"{int(month[5:])} 月已有 {plan.load[escort_id, month]} 单")
    if len(choices_of(order)) > 1:
        doubts += (f"时间待确认，先占{HALF[half]}",)
    plan.take(order, escort_id, half)
    return Suggestion(order, escort_id, half, tuple(reasons), doubts)


def _wishes(order: Order) -> tuple[str, ...]:
    """A wish for a woman or a man: the sex of an escort is not stored, so a person has to look."""
    found = _WISH.search(f"{order.wishes} {order.admin_notes}")
    return (f"需求里写着「{found[0]}」：系统没有记陪诊员的性别，请核对人选",) if found else ()


async def facts_about(reader: Reader, orders: Sequence[Order], at: int) -> EscortFacts:
    """What ``suggest`` needs to know for these orders."""
    names = await who_may_be_given_orders(reader, at)
    if not orders:
        return EscortFacts(names)
    days = sorted({order.visit_date for order in orders})
    leave = await reader.leaves.between(days[0], days[-1])
    month_orders: dict[tuple[int, str], int] = {}
    for month in sorted({day[:7] for day in days}):
        for escort_id, count in (await reader.boards.orders_of_month(set(names), month)).items():
            month_orders[escort_id, month] = count
    hospitals = {order.hospital_id for order in orders if order.hospital_id}
    since = (date.fromisoformat(shanghai_date(at)) - timedelta(KNOWN_FOR_DAYS)).isoformat()
    return EscortFacts(
        names,
        [each for each in await reader.escorts.bookings(days[0], days[-1]) if each.visit_date in set(days)],
        frozenset((each.escort_id, each.visit_date, each.half) for each in leave),
        month_orders,
        frozenset(await reader.boards.known_hospitals(set(names), hospitals, since)),
    )
