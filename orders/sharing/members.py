"""The members of an order or a patient: who they are, how it ends, and what is shared with a user."""

from __future__ import annotations

from frozen_dataclasses import frozen
from orders.sharing import access
from orders.sharing.access import Act, OrderRole, access_of, covers
from orders.sharing.member_links import Shared
from refusals import OrderNotFound, Refused, Unknown
from storage import Reader, Transaction
from storage.models import Member, MemberLink, MemberRole, MemberScope, Order
from storage.views import MemberWithName, OrderRelation, SharedOrder

PAGE = 50


class MembershipEnded(Refused):
    """The member left, or the owner or a colleague was first."""

    slug = "membership_ended"
    message = "这位家人已经不在了：本人退出了，或者已被移除"


@frozen()
class Members:
    """Who may read, and the cards that may still be accepted."""

    members: list[MemberWithName]
    links: list[MemberLink]


@frozen()
class SharedWithUser:
    """An order of another user that the user may read, and in which role."""

    order: Order
    role: OrderRole
    owner_nickname: str


async def listed(reader: Reader, owner_id: int, shared: Shared, at: int) -> Members:
    """The members of an order, with those of its patient, or of a patient; to the owner alone. Raises OrderNotFound,
    Unknown."""
    if shared.scope == MemberScope.ORDER:
        return await of_order(reader, (await access.find(reader, shared.id, owner_id, Act.MANAGE)).order, at)
    if await reader.patients.owned(shared.id, owner_id) is None:
        raise Unknown
    members = await reader.members.of_patient(shared.id, owner_id)
    scopes = [(MemberScope.PATIENT.value, shared.id)]
    return Members(members, await reader.members.open_links(owner_id, scopes, at))


async def of_order(reader: Reader, order: Order, at: int) -> Members:
    """The members of an order and of its patient: nobody once its owner has taken it off the list."""
    if order.hidden_at is not None:
        return Members([], [])
    members = [one for one in await reader.members.of_order(order) if _covers(one, order)]
    scopes = [(MemberScope.ORDER.value, order.id), (MemberScope.PATIENT.value, order.patient_id)]
    return Members(members, await reader.members.open_links(order.user_id, scopes, at))


def _covers(one: MemberWithName, order: Order) -> bool:
    return covers(one.member, order)


async def end(tx: Transaction, owner_id: int, member_id: int, at: int) -> None:
    """The owner ends a membership. Raises Unknown for one that has ended, or that is another owner's."""
    member = await tx.members.get(member_id)
    if member is None or member.owner_id != owner_id or not await tx.members.end(member_id, at):
        raise Unknown


async def end_for_owner(tx: Transaction, owner_id: int, member_id: int, at: int) -> Member:
    """The office ends a membership that its owner does not want any more; as it was. Raises Unknown for another
    owner's, MembershipEnded."""
    member = await tx.members.get(member_id)
    if member is None or member.owner_id != owner_id:
        raise Unknown
    if not await tx.members.end(member_id, at):
        raise MembershipEnded
    return member


async def leave(tx: Transaction, user_id: int, order_id: int, at: int) -> None:
    """A member gives up every membership by which they can read this order, that of its patient too. Raises
    OrderNotFound."""
    relation = await tx.members.relation(order_id, user_id)
    if relation is None or relation.order.hidden_at is not None:
        raise OrderNotFound
    ended = 0
    for member in await tx.members.live_of_user(user_id):
        if covers(member, relation.order):
            ended += await tx.members.end(member.id, at)
    if not ended:
        raise OrderNotFound


async def shared_with(
    reader: Reader, user_id: int, before: int | None = None
) -> tuple[list[SharedWithUser], int]:
    """A page of the orders that others share with the user, newest first, and the ``before`` of the next page (0: there
    is none)."""
    rows = await reader.members.shared_orders(user_id, before, PAGE + 1)
    following = 0
    if len(rows) > PAGE:
        # an order with several memberships comes whole, or on the next page
        rows = [row for row in rows if row.order.id != rows[PAGE].order.id]
        following = rows[-1].order.id
    found: dict[int, SharedWithUser] = {}
    for row in rows:
        role = _role(row, user_id)
        known = found.get(row.order.id)
        if role is not None and (known is None or role == OrderRole.PAYER):
            found[row.order.id] = SharedWithUser(row.order, role, row.owner_nickname)
    return list(found.values()), following


def _role(row: SharedOrder, user_id: int) -> OrderRole | None:
    return access_of(OrderRelation(row.order, (row.membership,), None, was_assigned=False), user_id).role


async def recipients(reader: Reader, order: Order) -> dict[int, MemberRole]:
    """The members who are told news of the order, by their user's id: as payers where they are both."""
    if order.hidden_at is not None:
        return {}
    found: dict[int, MemberRole] = {}
    for one in await reader.members.of_order(order):
        if _covers(one, order) and found.get(one.member.user_id) != MemberRole.PAYER:
            found[one.member.user_id] = MemberRole(one.member.role)
    return found
