"""Sharing an order, or all orders of a patient, with family and payers: cards, members, and the orders of others."""

from __future__ import annotations

from typing import Any

from accounts.security_events import SecurityEvent
from handlers.api_handler import ApiHandler
from handlers.operation import operation
from orders import user_list
from orders.sharing import member_links, members
from orders.sharing.member_links import CardNotValid, Shared
from schemas.members import (
    CARD_PAGE,
    AcceptedReply,
    CardReply,
    CardToken,
    InviteMember,
    MembersReply,
    OpenedCardReply,
    SharedOrdersReply,
    WhatIsShared,
    card_row,
    link_row,
    member_row,
    shared_order_row,
)
from schemas.order import OrdersPage
from schemas.user import Done, OneId
from schemas.wire import time_text
from storage.models import MemberRole, MemberScope, OrderState


def _shared(given: dict[str, Any]) -> Shared:
    if given["id"] is not None:
        return Shared(MemberScope.ORDER, given["id"])
    return Shared(MemberScope.PATIENT, given["patient_id"])


class InviteHandler(ApiHandler):
    @operation(body=InviteMember, reply=CardReply, auth="user", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Make a card that shares one of the caller's orders, or all orders of a patient. It works once, for
        ``visits.member_link_hours``."""
        shared, role, at = _shared(given), MemberRole(given["role"]), self.now()
        hours = self.services.settings.visits.member_link_hours
        card = await self.services.storage.run(
            lambda tx: member_links.create(tx, self.caller.id, shared, role, at, hours)
        )
        return {
            "token": card.token,
            "expiresTime": time_text(card.expires_at),
            "path": CARD_PAGE.format(card.token),
        }


class CardHandler(ApiHandler):
    """Common to what is asked with a card's token: every try counts, and a wrong one leaves a trace."""

    limited_as = "card"
    limits_reads = True

    def record_unknown(self) -> None:
        self.record(SecurityEvent.UNKNOWN_CARD)


class InvitationHandler(CardHandler):
    @operation(query=CardToken, reply=OpenedCardReply, auth="user", errors=(404, 429))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """What a card is, before it is accepted. Used by another user, revoked, over its time or never given out: 404
        ``card_not_valid``."""
        try:
            async with self.services.storage.reading() as reader:
                card = await member_links.look(reader, given["token"], self.caller.id, self.now())
        except CardNotValid:
            self.record_unknown()
            raise
        return card_row(card, self.caller.id)


class AcceptInvitationHandler(CardHandler):
    @operation(body=CardToken, reply=AcceptedReply, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Accept a card; accepting it again changes nothing. The owner's own card is a 409 ``own_card``."""
        at = self.now()
        try:
            order_id = await self.services.storage.run(
                lambda tx: member_links.accept(tx, given["token"], self.caller.id, at)
            )
        except CardNotValid:
            self.record_unknown()
            raise
        return {"orderId": order_id}


class RevokeInvitationHandler(ApiHandler):
    @operation(body=OneId, reply=Done, auth="user", errors=(404,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take back a card of the caller's that nobody has accepted."""
        at = self.now()
        await self.services.storage.run(lambda tx: member_links.revoke(tx, self.caller.id, given["id"], at))
        return {"msg": "邀请已撤回"}


class MembersHandler(ApiHandler):
    @operation(query=WhatIsShared, reply=MembersReply, auth="user", errors=(404,))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """Who may read the caller's order (those of its patient too) or patient, and which cards are still out."""
        async with self.services.storage.reading() as reader:
            found = await members.listed(reader, self.caller.id, _shared(given), self.now())
        return {
            "data": [member_row(one) for one in found.members],
            "links": [link_row(link) for link in found.links],
        }


class EndMemberHandler(ApiHandler):
    @operation(body=OneId, reply=Done, auth="user", errors=(404,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """End a membership that the caller gave; it counts from the member's next request."""
        at = self.now()
        await self.services.storage.run(lambda tx: members.end(tx, self.caller.id, given["id"], at))
        return {"msg": "已停止分享"}


class LeaveOrderHandler(ApiHandler):
    @operation(body=OneId, reply=Done, auth="user", errors=(404,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Give up what another user shares with the caller: this order, and its patient where that was shared."""
        at = self.now()
        await self.services.storage.run(lambda tx: members.leave(tx, self.caller.id, given["id"], at))
        return {"msg": "您已退出"}


class SharedOrdersHandler(ApiHandler):
    @operation(query=OrdersPage, reply=SharedOrdersReply, auth="user")
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """Orders that others share with the caller, newest first. ``next`` is the ``before`` of the next page, 0 on the
        last one."""
        at = self.now()
        async with self.services.storage.reading() as reader:
            found, before = await members.shared_with(reader, self.caller.id, given["before"])
            cancelled = [one.order.id for one in found if one.order.state == OrderState.CANCELLED]
            steps = await reader.own_orders.cancellations(cancelled)
        return {
            "data": [
                shared_order_row(one, user_list.reason_for_members(one.order, steps.get(one.order.id)), at)
                for one in found
            ],
            "next": before,
        }


routes = [
    (r"/user/inviteMember/", InviteHandler),
    (r"/user/getInvitation/", InvitationHandler),
    (r"/user/acceptInvitation/", AcceptInvitationHandler),
    (r"/user/revokeInvitation/", RevokeInvitationHandler),
    (r"/user/getMembers/", MembersHandler),
    (r"/user/endMember/", EndMemberHandler),
    (r"/user/leaveOrder/", LeaveOrderHandler),
    (r"/user/getSharedOrders/", SharedOrdersHandler),
]
