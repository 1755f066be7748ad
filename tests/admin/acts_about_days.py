"""What acts about days and changed orders need to be ready."""

from __future__ import annotations

from typing import Any

from handlers.admin.stale_forms import fingerprints
from orders.booking.bookable_days import DayRules
from orders.changing import moves
from orders.changing.changes import ChangeTerms, basis_of_change
from tests.admin.scenario import Scenario


async def change_fields(scenario: Scenario, order_id: int, **changes: Any) -> dict[str, Any]:
    """The form that changes an order, filled as the page shows it, with ``changes``."""
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    return {
        "fingerprint": fingerprints(basis_of_change(order)),
        "visit_date": order.visit_date,
        "visit_time": order.visit_time,
        "hospital_id": order.hospital_id,
        "department": order.department,
        "wishes": order.wishes,
        "wanted_by": "user",
        "reason": "医生改了时间",
        **changes,
    }


async def ask_to_move(
    scenario: Scenario, order_id: int, day: str, reason: str = "孩子要上学", percent: int = 100
) -> int:
    """The order's user, who has no move left, asks the office; the request's id."""
    settings, at = scenario.services.settings, scenario.clock()
    async with scenario.storage.transaction() as tx:
        order = await tx.orders.get(order_id)
        assert order is not None
        wanted = moves.Move(day, "10:00", (order.visit_date, order.visit_time), reason)
        await tx.connection.execute("UPDATE orders SET user_moves = 9 WHERE id = :id", {"id": order_id})
        terms = ChangeTerms(DayRules.of(settings), lambda _: percent)
        await moves.move_by_user(tx, order_id, order.user_id, wanted, terms, at)
        request = await tx.order_changes.open_of_order(order_id)
        await tx.commit()
    assert request is not None
    return request.id
