"""Everything personal that is kept of a user is taken out of every table. (``data_export`` hands it to the user.)"""

from __future__ import annotations

from frozen_dataclasses import frozen
from orders.complaints import erasing as complaints
from orders.supplements import deciding
from orders.visits import records
from refusals import Refused
from storage import Transaction
from storage.models import ORDERS_UNDER_WAY, User


class OrdersUnderWay(Refused):
    """An order of the user is not over yet."""

    slug = "orders_under_way"
    message = "还有进行中的订单，请先完成、取消或退款后再删除资料"


class EscortIsBooked(Refused):
    """The user is an escort with orders to serve."""

    slug = "escort_is_booked"
    message = "还有安排给您的陪诊，请先联系客服改派后再删除资料"


@frozen()
class ErasedFiles:
    """Names of files that nothing refers to once an erasure is committed, and that are to be removed then."""

    avatar: str
    """Empty: there was none."""
    visit_photos: list[str]
    portraits: list[str]
    unchecked: list[str]
    """Avatars that waited for WeChat or the office."""
    documents: list[str]
    """Photos of complaints, invoices, documents of escorts."""


async def erase(tx: Transaction, user: User, at: int) -> ErasedFiles:
    """Take the user's personal data out; the books stay. Of an escort, what they recorded of others' visits stays, too,
    without their name and without where they were. Raises OrdersUnderWay, EscortIsBooked."""
    locked = await tx.users.lock(user.id)
    counts = await tx.orders.count_by_state(user.id)
    if any(counts.get(state) for state in ORDERS_UNDER_WAY):
        raise OrdersUnderWay
    known = await tx.escorts.of_user(user.id)
    escort = await tx.escorts.lock(known.id) if known else None  # an order may just be given to them
    if escort is not None and await tx.escorts.is_booked(escort.id):
        raise EscortIsBooked
    photos = await records.erase_of_user(tx, user.id)
    documents = await deciding.erase_of_user(tx, user.id, at)
    documents += await complaints.erase_of_user(tx, user.id, at)
    documents += await tx.invoices.erase_of_user(user.id)
    await tx.reports.erase_by_user(user.id)
    unchecked = await tx.content.erase_of_user(user.id)
    if escort is not None:
        await tx.visits.erase_places_of_escort(escort.id)
        await tx.invitations.erase_of_escort(escort.id, at)
        await tx.leaves.erase_of_escort(escort.id)
        await tx.pay_statements.erase_of_escort(escort.id)
        await tx.transfers.erase_of_escort(escort.id)
    portraits = await tx.escort_profiles.erase(escort.id) if escort is not None else []
    if escort is not None:
        documents += await tx.qualifications.erase_of_escort(escort.id)
    await tx.patients.erase_of_user(user.id, at)
    await tx.escorts.erase_of_user(user.id)
    await tx.orders.erase_names_of_user(user.id)
    await tx.order_changes.erase_of_user(user.id)
    await tx.outbox.erase_of_user(user.id)
    await tx.members.erase_of_user(user.id)
    await tx.reminders.erase_of_user(user.id)
    await tx.permissions.erase_of_user(user.id)
    await tx.message_answers.erase_of_user(user.id)
    await tx.pushed_events.erase_of_user(user.openid)
    await tx.claims.revoke_of_user(user.id, at)
    await tx.customers.erase(user.id)
    await tx.users.erase(user.id, at)
    await tx.sessions.end_all(user.id)
    avatar = locked.avatar_file if locked else ""
    return ErasedFiles(avatar, photos, portraits, unchecked, documents)
