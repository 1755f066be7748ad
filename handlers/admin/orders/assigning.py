"""Who can be given an order, and in words why somebody cannot."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.admin.labels import HALF
from orders.serving import free_slot
from orders.visit_time import HALVES, halves_of
from schemas.wire import ESCORT_STATUS
from storage import Reader
from storage.models import EscortBooking, EscortState, Order, OrderState

NOT_NOW = {
    EscortState.PENDING: "还没有通过审核（待联系）",
    EscortState.REJECTED: f"的申请{ESCORT_STATUS[EscortState.REJECTED]}",
    EscortState.SUSPENDED: ESCORT_STATUS[EscortState.SUSPENDED],
}
"""What is said of an escort to whom no orders are given."""
FREED = "刚才没有空，现在又有空了，请再试一次"


@dataclass(frozen=True)
class Candidate:
    """An approved escort, and the half-days that they have left on the day of a visit."""

    id: int
    name: str
    free: tuple[str, ...]

    @property
    def only(self) -> str:
        """The half-day that is left, when it is one."""
        return self.free[0] if len(self.free) == 1 else ""

    @property
    def fact(self) -> str:
        if not self.free:
            return "当天已满"
        return (
            f"{HALF[next(half for half in HALVES if half != self.only)]}已有订单" if self.only else "当天空闲"
        )


async def candidates(reader: Reader, order: Order, errands: int) -> list[Candidate]:
    """All approved escorts while the order waits for one; free ones first. ``errands``: so many share a half-day."""
    if order.state != OrderState.PAID:
        return []
    taken: dict[tuple[int, str], list[EscortBooking]] = {}
    for booking in await reader.escorts.bookings(order.visit_date, order.visit_date):
        taken.setdefault((booking.escort_id, booking.half), []).append(booking)
    found = [
        Candidate(
            escort_id,
            name,
            tuple(
                half
                for half in HALVES
                if free_slot(order, taken.get((escort_id, half), []), errands) is not None
            ),
        )
        for escort_id, name in (await reader.escorts.names(EscortState.APPROVED)).items()
    ]
    return sorted(found, key=lambda each: (-len(each.free), each.name))


async def why_not(reader: Reader, order: Order, escort_id: int, half: str, errands: int) -> str:
    """Why the order was not given to this escort: who it is, and what stands in the way."""
    escort = await reader.escorts.get(escort_id)
    if escort is None:
        return "没有这位陪诊员"
    name = escort.name or "这位陪诊员"
    if not escort.phone_sealed:
        return f"{name} 已删除个人资料"
    if escort.state != EscortState.APPROVED:
        return f"{name} {NOT_NOW[EscortState(escort.state)]}"
    held: dict[int, list[str]] = {}
    taken = await reader.escorts.bookings_on(escort_id, order.visit_date)
    for part in halves_of(order, half):
        in_the_way = [booking for booking in taken if booking.half == part and booking.order_id != order.id]
        if free_slot(order, in_the_way, errands) is None:
            for booking in in_the_way:
                held.setdefault(booking.order_id, []).append(part)
    if not held:
        return f"{name} {FREED}"
    return f"{name} 这天" + "、".join(
        f"{HALF['day'] if len(halves) == len(HALVES) else HALF[halves[0]]}已有订单 #{order_id}"
        for order_id, halves in held.items()
    )
