"""The office ends a membership when the owner asks for it: from the page of the order, or of the owner."""

from __future__ import annotations

from handlers.admin.people.users import UserPage
from orders.sharing import members
from schemas.admin import MembershipToEnd
from storage import Transaction
from storage.models import MemberScope


class EndMembershipHandler(UserPage):
    """Who was a member reads nothing more from now on; what they paid stays theirs."""

    async def post(self, owner_id: str, member_id: str) -> None:
        self.back = f"users/{owner_id}/"
        order_id = self.load(MembershipToEnd())["order"]
        if order_id is not None:
            self.back = f"orders/{order_id}/"
        at = self.now()

        async def work(tx: Transaction) -> None:
            member = await members.end_for_owner(tx, int(owner_id), int(member_id), at)
            shared = "order" if member.scope == MemberScope.ORDER else "patient"
            was = {"member": f"#{member.user_id}", "role": member.role, shared: f"#{member.scope_id}"}
            await self.audit(tx, "user.end_member", ("user", member.owner_id), was)

        await self.services.storage.run(work)
        self.redirect_done(self.back, "member-ended")


routes = [(r"/admin/users/([0-9]{1,18})/members/([0-9]{1,18})/end/", EndMembershipHandler)]
