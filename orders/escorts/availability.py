"""Who can be given an order, and in words why an escort cannot: not approved, a document over, on leave, booked."""

from __future__ import annotations

from collections.abc import Iterable

from clock import shanghai_date
from frozen_dataclasses import frozen
from orders.escorts.qualifications import expired_text, what_expired
from orders.serving import free_slot
from orders.visit_time import HALVES, halves_of
from storage import Reader
from storage.models import EscortBooking, EscortState, Order, OrderState

HALF = {"am": "上午", "pm": "下午", "day": "全天"}
NOT_NOW = {
    EscortState.PENDING: "还没有通过审核（待联系）",
    EscortState.REJECTED: "的申请已拒绝",
    EscortState.SUSPENDED: "已停用",
}
"""What is said of an escort to whom no orders are given."""
FREED = "刚才没有空，现在又有空了，请再试一次"


@frozen()
class Candidate:
    """An approved escort, and the half-days that they have left on the day of a visit."""

    id: int
    name: str
    free: tuple[str, ...]
    on_leave: tuple[str, ...] = ()
    expired: str = ""
    """Which of their documents are over; empty: none."""

    @property
    def only(self) -> str:
        """The half-day that is left, when it is one."""
        return self.free[0] if len(self.free) == 1 else ""

    @property
    def fact(self) -> str:
        """How the day of the visit stands, or why they get no orders at all."""
        if self.expired:
            return self.expired
        booked = [half for half in HALVES if half not in self.free and half not in self.on_leave]
        facts = []
        if self.on_leave:
            facts.append(f"{together(self.on_leave)}请假")
        if booked:
            facts.append(f"{together(booked)}已有订单")
        if len(booked) == len(HALVES):
            return "当天已满"
        return "，".join(facts) or "当天空闲"

    def is_free(self, halves: Iterable[str]) -> bool:
        return set(halves) <= set(self.free)


def together(halves: Iterable[str]) -> str:
    """上午, 下午, or 全天 for both."""
    given = list(halves)
    return HALF["day"] if len(given) == len(HALVES) else HALF[given[0]]


async def who_may_be_given_orders(reader: Reader, at: int) -> dict[int, str]:
    """The names of all escorts to whom new orders are given, by id: approved, and with all documents they need."""
    names = await reader.escorts.names(EscortState.APPROVED)
    expired = await reader.qualifications.expired(names, shanghai_date(at))
    return {
        escort_id: name for escort_id, name in names.items() if not expired_text(expired.get(escort_id, []))
    }


async def candidates(reader: Reader, order: Order, errands: int, at: int) -> list[Candidate]:
    """All approved escorts but the order's own while it waits for one, or could be given to another; free ones first.
    ``errands``: so many share a half-day."""
    if order.state not in (OrderState.PAID, OrderState.SERVING):
        return []
    taken: dict[tuple[int, str], list[EscortBooking]] = {}
    for booking in await reader.escorts.bookings(order.visit_date, order.visit_date):
        taken.setdefault((booking.escort_id, booking.half), []).append(booking)
    leave = {
        (each.escort_id, each.half)
        for each in await reader.leaves.between(order.visit_date, order.visit_date)
    }

    def candidate(escort_id: int, name: str) -> Candidate:
        free = [
            half for half in HALVES if free_slot(order, taken.get((escort_id, half), []), errands) is not None
        ]
        on_leave = tuple(half for half in HALVES if (escort_id, half) in leave)
        if why := expired_text(expired.get(escort_id, [])):
            return Candidate(escort_id, name, (), on_leave, why)
        return Candidate(escort_id, name, tuple(half for half in free if half not in on_leave), on_leave)

    names = await reader.escorts.names(EscortState.APPROVED)
    expired = await reader.qualifications.expired(names, shanghai_date(at))
    found = [candidate(*escort) for escort in names.items() if escort[0] != order.escort_id]
    return sorted(found, key=lambda each: (-len(each.free), each.name))


async def obstacle(reader: Reader, order: Order, escort_id: int, half: str, errands: int) -> str:
    """What stands between an approved escort and the order, without a name: 这天上午请假; empty when nothing does."""
    wanted = halves_of(order, half)
    leave = await reader.leaves.of_escort(escort_id, order.visit_date, order.visit_date)
    on_leave = [each.half for each in leave if each.half in wanted]
    if on_leave:
        return f"这天{together(on_leave)}请假"
    held: dict[int, list[str]] = {}
    taken = await reader.escorts.bookings_on(escort_id, order.visit_date)
    for part in wanted:
        in_the_way = [booking for booking in taken if booking.half == part and booking.order_id != order.id]
        if free_slot(order, in_the_way, errands) is None:
            for booking in in_the_way:
                held.setdefault(booking.order_id, []).append(part)
    booked = "、".join(f"{together(halves)}已有订单 #{order_id}" for order_id, halves in held.items())
    return f"这天{booked}" if booked else ""


async def why_not(reader: Reader, order: Order, escort_id: int, half: str, errands: int, at: int) -> str:
    """Why the order was not given to this escort: who it is, and what stands in the way."""
    escort = await reader.escorts.get(escort_id)
    if escort is None:
        return "没有这位陪诊员"
    name = escort.name or "这位陪诊员"
    if not escort.phone_sealed:
        return f"{name} 已删除个人资料"
    if escort.state != EscortState.APPROVED:
        return f"{name} {NOT_NOW[EscortState(escort.state)]}"
    if why := await what_expired(reader, escort_id, at):
        return f"{name} 的{why}，先请本人上传新的证件"
    return f"{name} {await obstacle(reader, order, escort_id, half, errands) or FREED}"
