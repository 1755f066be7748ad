"""Who a user is to an order, and who may do what with it: the table "Who may what" of docs/visit.md, as data.

Every handler that is given an order's id asks here. Who may not do a thing is told what a stranger is told: there is no
such order. Nothing is remembered between two requests, so the end of a membership, a suspension, and the disabling or
erasure of an account count from the next one.
"""

from __future__ import annotations

from enum import StrEnum

from clock import shanghai_date
from frozen_dataclasses import frozen
from orders.user_list import OrderRemoved
from refusals import OrderNotFound
from storage import Reader, Transaction
from storage.models import Ending, EscortState, Member, MemberRole, MemberScope, Order
from storage.views import MembershipOfUser, OrderRelation


class OrderRole(StrEnum):
    """Who a user is to an order; one user may be several of these, and a stranger is none."""

    OWNER = "owner"
    """Ordered it."""
    PAYER = "payer"
    FAMILY = "family"
    ESCORT = "escort"
    """Assigned to it, and approved."""
    FORMER_ESCORT = "former_escort"
    """Was assigned to it once, or is and may not serve now."""


class Act(StrEnum):
    """The rows of the table."""

    READ = "read"
    """The order, its hour, place, state and steps; the name of the patient."""
    READ_RECORD = "read_record"
    """Notes, photos, report."""
    READ_OWN_STEPS = "read_own_steps"
    """Those that the caller pressed as the escort."""
    WRITE_RECORD = "write_record"
    """Steps, notes, photos, the report, answers, and what goes wrong."""
    ASK = "ask"
    """Ask about the report and confirm it; 我会准时到."""
    CALL_ESCORT = "call_escort"
    """The escort's phone."""
    READ_CONTACT = "read_contact"
    """The contact phone, the wishes, the answers."""
    PAY = "pay"
    """Pay, see the amount, and read the refund rule before."""
    COMPLAIN = "complain"
    """Complain about it, and read what the office answers to the own complaint."""
    MANAGE = "manage"
    """Change, cancel, ask for a refund or an invoice, rate, invite members; what cancelling gives back."""


_FAMILY = frozenset({Act.READ, Act.READ_RECORD, Act.ASK, Act.CALL_ESCORT})
MAY: dict[OrderRole, frozenset[Act]] = {
    OrderRole.OWNER: _FAMILY | {Act.READ_CONTACT, Act.PAY, Act.COMPLAIN, Act.MANAGE},
    OrderRole.PAYER: _FAMILY | {Act.PAY, Act.COMPLAIN},
    OrderRole.FAMILY: _FAMILY,
    OrderRole.ESCORT: frozenset(
        {Act.READ, Act.READ_RECORD, Act.READ_OWN_STEPS, Act.WRITE_RECORD, Act.READ_CONTACT}
    ),
    OrderRole.FORMER_ESCORT: frozenset({Act.READ_OWN_STEPS}),
}
ON_THE_USERS_SIDE = (OrderRole.OWNER, OrderRole.PAYER, OrderRole.FAMILY)
"""By rank: the first that a user is decides what the pages of users call them."""


@frozen()
class Access:
    """An order, and what a user may do with it."""

    order: Order
    roles: frozenset[OrderRole]
    escort_id: int | None
    """The user's id as an escort, where they are or were the order's."""

    def may(self, act: Act) -> bool:
        return any(act in MAY[role] for role in self.roles)

    @property
    def role(self) -> OrderRole | None:
        """As whom the pages of users show the order; None for an escort alone."""
        return next((role for role in ON_THE_USERS_SIDE if role in self.roles), None)


def serves(order: Order) -> bool:
    """Does the order's escort come, or did they: is the visit neither cancelled nor given back?"""
    return order.escort_id is not None and order.ending in ("", Ending.SERVED)


def covers(membership: MembershipOfUser | Member, order: Order) -> bool:
    """Is the order one that its owner shares with the member? A patient's orders from the day on which the member
    joined: visits of before are nobody's business."""
    if membership.scope == MemberScope.ORDER:
        return membership.scope_id == order.id
    return (membership.scope_id, membership.owner_id) == (
        order.patient_id,
        order.user_id,
    ) and order.visit_date >= shanghai_date(membership.joined_at)


def access_of(relation: OrderRelation, user_id: int) -> Access:
    """What the rows say of a user and an order."""
    order, escort = relation.order, relation.escort
    roles = {OrderRole.OWNER} if order.user_id == user_id else set()
    # what the owner took off the list, or deleted, is not there for anybody they had shown it to
    if order.hidden_at is None:
        for membership in relation.memberships:
            if covers(membership, order):
                roles.add(OrderRole.PAYER if membership.role == MemberRole.PAYER else OrderRole.FAMILY)
    if escort is not None and order.escort_id == escort.id and serves(order):
        approved = escort.state == EscortState.APPROVED
        roles.add(OrderRole.ESCORT if approved else OrderRole.FORMER_ESCORT)
    elif escort is not None and relation.was_assigned:
        roles.add(OrderRole.FORMER_ESCORT)
    is_or_was = roles & {OrderRole.ESCORT, OrderRole.FORMER_ESCORT}
    return Access(order, frozenset(roles), escort.id if escort is not None and is_or_was else None)


async def find(reader: Reader, order_id: int, user_id: int, act: Act) -> Access:
    """The order, if the user may do this with it. Raises OrderNotFound, to strangers too, and OrderRemoved to an owner
    who has taken it off the list."""
    relation = await reader.members.relation(order_id, user_id)
    return _checked(relation, user_id, act)


async def lock(tx: Transaction, order_id: int, user_id: int, act: Act) -> Access:
    """The same with the order's row locked until the transaction ends: for what changes it."""
    if await tx.orders.lock(order_id) is None:
        raise OrderNotFound
    return await find(tx, order_id, user_id, act)


def _checked(relation: OrderRelation | None, user_id: int, act: Act) -> Access:
    if relation is None:
        raise OrderNotFound
    access = access_of(relation, user_id)
    if not access.may(act):
        raise OrderNotFound
    if relation.order.hidden_at is not None and access.roles == {OrderRole.OWNER}:
        raise OrderRemoved
    return access
