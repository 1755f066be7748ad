"""Everything personal that is kept of a user: gathered for the user, and taken out of every table."""

from __future__ import annotations

from typing import Any

from handlers.errors import refused
from handlers.escorts import PHONE as ESCORT_PHONE
from handlers.escorts import escort_row, own_application
from handlers.patients import ID_NUMBER, PHONE
from handlers.profile import avatar_url
from handlers.services import Services
from schemas.wire import PROGRESS, amount_text, time_text
from storage import Transaction
from storage.models import ORDERS_UNDER_WAY, OrderState, User


async def gather(services: Services, user: User) -> dict[str, Any]:
    """Everything that is stored about the user, in full."""
    vault = services.vault
    async with services.storage.reading() as reader:
        patients = await reader.patients.all_of_user(user.id)
        orders = await reader.orders.all_of_user(user.id)
        escort = await reader.escorts.of_user(user.id)
        own = await own_application(reader, user.id)
        refunds = {order.id: await reader.refunds.of_order(order.id) for order in orders if order.paid_fen}
    application = escort_row(own, vault)
    if escort and own and application:
        application["phone"] = vault.open(own.phone_sealed, ESCORT_PHONE)
        application["approvedPhone"] = (
            vault.open(escort.phone_sealed, ESCORT_PHONE) if own.approved_name else ""
        )
    return {
        "profile": {
            "openid": user.openid,
            "nickname": user.nickname,
            "avatar": avatar_url(user),
            "avatarURL": user.avatar_path,
            "registeredTime": time_text(user.created_at),
            "lastLoginTime": time_text(user.last_login_at),
        },
        "patients": [
            {
                "name": patient.name,
                "if18": "y" if patient.adult else "n",
                "sex": patient.sex,
                "phone": vault.open(patient.phone_sealed, PHONE),
                "idcard": vault.open(patient.id_number_sealed, ID_NUMBER),
                "relation": patient.relation,
                "consentTime": time_text(patient.consented_at),
                "guardianConsentTime": time_text(patient.guardian_consented_at),
                "deletedTime": time_text(patient.deleted_at),
            }
            for patient in patients
        ],
        "orders": [
            {
                "id": order.id,
                "hospital": order.hospital_name,
                "department": order.department,
                "wantTime": order.visit_date,
                "service": order.service_name,
                "patient": order.patient_name,
                "more": order.wishes,
                "price": amount_text(order.price_fen),
                "progress": PROGRESS[OrderState(order.state)],
                "date": time_text(order.created_at),
                "paidTime": time_text(order.paid_at),
                "refunds": [
                    {"amount": amount_text(refund.amount_fen), "reason": refund.reason}
                    for refund in refunds.get(order.id, [])
                ],
                "rating": {"stars": order.stars, "comment": order.comment} if order.stars else None,
            }
            for order in orders
        ],
        "caregiver": application,
    }


async def erase(tx: Transaction, user: User, at: int) -> str:
    """Take the user's personal data out; the books stay. Refused (409) while an order is still under way.

    The name of the uploaded picture, or empty: `drop_avatar` removes it once the erasure is committed.
    """
    locked = await tx.users.lock(user.id)
    counts = await tx.orders.count_by_state(user.id)
    if any(counts.get(state) for state in ORDERS_UNDER_WAY):
        raise refused("orders_under_way", "还有进行中的订单，请先完成、取消或退款后再删除资料")
    known = await tx.escorts.of_user(user.id)
    escort = await tx.escorts.lock(known.id) if known else None  # an order may just be given to them
    if escort is not None and await tx.escorts.is_booked(escort.id):
        raise refused("escort_is_booked", "还有安排给您的陪诊，请先联系客服改派后再删除资料")
    await tx.patients.erase_of_user(user.id, at)
    await tx.escorts.erase_of_user(user.id)
    await tx.orders.erase_names_of_user(user.id)
    await tx.outbox.erase_of_user(user.id)
    await tx.users.erase(user.id, at)
    await tx.sessions.end_all(user.id)
    return locked.avatar_file if locked else ""


def drop_avatar(services: Services, avatar_file: str) -> None:
    """Remove the uploaded picture, after the erasure was committed."""
    if avatar_file:
        (services.avatars / avatar_file).unlink(missing_ok=True)
