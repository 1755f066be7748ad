"""Orders that are shared, as owners and members leave them, for the pages of the administration."""

from __future__ import annotations

from accounts.tokens import token_hash
from clock import HOUR
from storage.models import MemberRole, MemberScope, Order
from tests.admin.scenario import Scenario


async def order_of(scenario: Scenario, order_id: int) -> Order:
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
    assert order is not None
    return order


async def share(
    scenario: Scenario,
    order_id: int,
    nickname: str,
    role: MemberRole = MemberRole.FAMILY,
    scope: MemberScope = MemberScope.ORDER,
) -> tuple[int, int]:
    """The ids of a new user with whom the order, or its patient, is shared, and of the membership."""
    user_id, order = await scenario.user(nickname), await order_of(scenario, order_id)
    scope_id = order.id if scope == MemberScope.ORDER else order.patient_id
    async with scenario.storage.transaction() as tx:
        member_id = await tx.members.add(order.user_id, user_id, scope, scope_id, role, scenario.clock())
        await tx.commit()
    return user_id, member_id


async def send_card(scenario: Scenario, order_id: int, role: MemberRole = MemberRole.FAMILY) -> None:
    """A card for the order that nobody has accepted yet."""
    order, at = await order_of(scenario, order_id), scenario.clock()
    async with scenario.storage.transaction() as tx:
        hashed = token_hash(f"card-{order_id}-{role}")
        await tx.members.add_link(
            order.user_id, MemberScope.ORDER, order_id, role, hashed, at, at + 24 * HOUR
        )
        await tx.commit()


async def paid_by(scenario: Scenario, order_id: int, user_id: int) -> None:
    """The money of this order was a member's."""
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute(
            "UPDATE payment_attempts SET payer_user_id = :user_id WHERE order_id = :id",
            {"user_id": user_id, "id": order_id},
        )
        await tx.commit()
