"""The invitations of an order as the office reads them: who was asked, what came of it, how much time is left."""

from __future__ import annotations

from clock import MINUTE
from frozen_dataclasses import frozen
from handlers.admin.formats import short_time
from money import amount_text
from orders.escorts.invitations import state_at
from storage import Reader
from storage.models import Invitation, InvitationState, Order

STATES = {
    InvitationState.OFFERED: ("等待接单", "amber"),
    InvitationState.ACCEPTED: ("已接单", "green"),
    InvitationState.DECLINED: ("不方便", "red"),
    InvitationState.EXPIRED: ("没有回应", "grey"),
    InvitationState.WITHDRAWN: ("已收回", "grey"),
    InvitationState.TAKEN: ("已被别人接走", "grey"),
}
"""The words of each state, and the colour of its badge."""
NO_LONGER = ("接过单，后来换下", "grey")
"""Of who accepted, and does not serve the order any more."""


@frozen()
class ShownInvitation:
    id: int
    escort_id: int
    name: str
    label: str
    tone: str
    detail: str
    open: bool


async def shown_invitations(reader: Reader, order: Order, at: int) -> list[ShownInvitation]:
    """Newest first."""
    found = await reader.invitations.of_order(order.id)
    names = {each.id: each.name for each in await reader.escorts.some({each.escort_id for each in found})}
    return [_shown(each, names.get(each.escort_id, ""), order, at) for each in reversed(found)]


def _shown(invitation: Invitation, name: str, order: Order, at: int) -> ShownInvitation:
    state = state_at(invitation, at)
    label, tone = STATES[state]
    if state == InvitationState.ACCEPTED and order.escort_id != invitation.escort_id:
        label, tone = NO_LONGER
    offered = state == InvitationState.OFFERED
    details = [f"{short_time(invitation.offered_at, at)} 派出"]
    if offered:
        details.append(time_left(invitation.expires_at, at))
    if invitation.pay_fen:
        details.append(f"报酬 {amount_text(invitation.pay_fen)}")
    if invitation.reason:
        details.append(invitation.reason)
    return ShownInvitation(
        invitation.id, invitation.escort_id, name or "（已删除）", label, tone, " · ".join(details), offered
    )


def time_left(expires_at: int, at: int) -> str:
    """还剩 12 分钟; over night also hours."""
    minutes = max(1, -(-(expires_at - at) // MINUTE))
    return f"还剩 {minutes} 分钟" if minutes < 60 else f"还剩 {minutes // 60} 小时 {minutes % 60} 分钟"


async def open_of(reader: Reader, orders: list[Order], at: int) -> dict[int, str]:
    """By order, how many escorts may still accept it and for how long: 已派 3 人，还剩 12 分钟."""
    open_ones: dict[int, list[Invitation]] = {}
    for invitation in await reader.invitations.open_of_orders({order.id for order in orders}, at):
        open_ones.setdefault(invitation.order_id, []).append(invitation)
    return {
        order_id: f"已派 {len(found)} 人，{time_left(max(each.expires_at for each in found), at)}"
        for order_id, found in open_ones.items()
    }
