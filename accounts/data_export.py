"""Everything that is stored about a user, for that user, as JSON that is sent while it is read.

However much it is, one page at a time is in memory, and deciphering happens in a thread: other requests go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

import orjson

from accounts.after_sales_export import after_sales_chunks
from accounts.content_export import waiting_row
from accounts.escort_export import escort_work
from accounts.sharing_export import permission_row, sharing
from accounts.supplement_export import supplement_chunks
from accounts.visit_export import visit_chunks
from money import amount_text
from orders.escorts.review import own_application
from orders.visits.photo_files import PhotoFiles
from privacy import CUSTOMER_PHONE, ESCORT_PHONE, ORDER_CONTACT_PHONE, PATIENT_ID_NUMBER, PATIENT_PHONE, Vault
from schemas.escort_profile import own_profile_rows
from schemas.rating import rating_row
from schemas.timeline import office_reason, patient_reason
from schemas.user import avatar_url, escort_row
from schemas.visit_facts import visit_facts_row
from schemas.wire import PROGRESS, REFUND_KIND, id_kind_name, time_text, yes_or_no
from sealed_files import DocumentFiles
from storage import Reader, Storage
from storage.models import (
    ContentKind,
    OfficeCustomer,
    Order,
    OrderChange,
    Patient,
    Refund,
    RefundKind,
    Session,
    User,
)

PAGE = 200
DEVICES = 100


class Numbered(Protocol):
    """A row of a list that is read by its id."""

    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=Numbered)


async def json_chunks(
    storage: Storage, vault: Vault, photos: PhotoFiles, documents: DocumentFiles, user: User
) -> AsyncIterator[bytes]:
    """The text of one JSON object, in pieces."""
    async with storage.reading() as reader:
        escort = await reader.escorts.of_user(user.id)
        own = await own_application(reader, user.id)
        profile = await reader.escort_profiles.get(escort.id) if escort else None
        work = await escort_work(reader, escort.id) if escort else None
        devices = await reader.sessions.of_user(user.id, DEVICES)
        shared = await sharing(reader, user.id)
        permissions = await reader.permissions.of_user(user.id)
        customer = await reader.customers.get(user.id)
        content = await reader.content.shown_to(user.id, tuple(ContentKind))
    application = escort_row(own, vault)
    if escort and own and application:
        application["phone"] = vault.open(own.phone_sealed, ESCORT_PHONE)
        application["approvedPhone"] = (
            vault.open(escort.phone_sealed, ESCORT_PHONE) if own.approved_name else ""
        )
    yield b'{"profile":' + orjson.dumps(_profile(user))
    yield b',"officeCustomer":' + orjson.dumps(_office_customer(customer, vault))
    yield b',"caregiver":' + orjson.dumps(application)
    yield b',"escortProfile":' + orjson.dumps(own_profile_rows(profile) if profile else None)
    yield b',"escortWork":' + orjson.dumps(work)
    yield b',"devices":' + orjson.dumps([_device(each) for each in devices])
    yield b',"sharing":' + orjson.dumps(shared)
    yield b',"messages":' + orjson.dumps([permission_row(each) for each in permissions])

    yield b',"notPublished":' + orjson.dumps([waiting_row(each, vault) for each in content])

    async def patients(reader: Reader, after: int) -> list[Patient]:
        return await reader.patients.page_of_user(user.id, after, PAGE)

    yield b',"patients":['
    async for some_patients, separator in _pages(storage, patients):
        yield separator + await asyncio.to_thread(_patients, some_patients, vault)

    async def orders(reader: Reader, after: int) -> list[Order]:
        return await reader.orders.page_of_user(user.id, after, PAGE)

    yield b'],"orders":['
    async for some_orders, separator in _pages(storage, orders):
        paid = [order.id for order in some_orders if order.paid_fen]
        async with storage.reading() as reader:
            refunds = await reader.refunds.of_orders(paid)
            changes = await reader.order_changes.of_orders(paid)
        yield separator + await asyncio.to_thread(_orders, some_orders, refunds, changes, vault)
    yield b"]"
    async for piece in visit_chunks(storage, vault, photos, user.id):
        yield piece
    async for piece in supplement_chunks(storage, documents, user.id, escort.id if escort else 0):
        yield piece
    async for piece in after_sales_chunks(storage, vault, documents, user.id):
        yield piece
    yield b"}"


async def _pages(
    storage: Storage, read: Callable[[Reader, int], Awaitable[list[Row]]]
) -> AsyncIterator[tuple[list[Row], bytes]]:
    """The pages of a list, each with what stands before it in the text."""
    after, separator = 0, b""
    while True:
        async with storage.reading() as reader:
            rows = await read(reader, after)
        if rows:
            yield rows, separator
            after, separator = rows[-1].id, b",\n"
        if len(rows) < PAGE:
            return


def _join_rows(rows: Sequence[dict[str, Any]]) -> bytes:
    return b",\n".join(orjson.dumps(row) for row in rows)


def _profile(user: User) -> dict[str, Any]:
    return {
        "openid": user.openid,
        "nickname": user.nickname,
        "avatar": avatar_url(user),
        "avatarURL": user.avatar_path,
        "registeredTime": time_text(user.created_at),
        "lastLoginTime": time_text(user.last_login_at),
    }


def _office_customer(customer: OfficeCustomer | None, vault: Vault) -> dict[str, Any] | None:
    """Of a customer without the mini-program: what the office was told on the phone."""
    if customer is None:
        return None
    return {
        "name": customer.name,
        "phone": vault.open(customer.phone_sealed, CUSTOMER_PHONE),
        "addedTime": time_text(customer.created_at),
    }


def _device(session: Session) -> dict[str, Any]:
    return {
        "device": session.device,
        "createdTime": time_text(session.created_at),
        "lastUsedTime": time_text(session.last_seen_at),
    }


def _patients(patients: Sequence[Patient], vault: Vault) -> bytes:
    return _join_rows(
        [
            {
                "name": patient.name,
                "if18": yes_or_no(patient.adult),
                "sex": patient.sex,
                "phone": vault.open(patient.phone_sealed, PATIENT_PHONE),
                "idcard": vault.open(patient.id_number_sealed, PATIENT_ID_NUMBER),
                "idcardKind": id_kind_name(patient.id_kind),
                "relation": patient.relation,
                "consentTime": time_text(patient.consented_at),
                "guardianConsentTime": time_text(patient.guardian_consented_at),
                "deletedTime": time_text(patient.deleted_at),
            }
            for patient in patients
        ]
    )


def _change(change: OrderChange) -> dict[str, Any]:
    return {
        "time": time_text(change.asked_at),
        "reason": change.reason,
        "officeReason": change.decision_note,
        "before": _changed_fields(change.before_json),
        "after": _changed_fields(change.after_json),
    }


def _changed_fields(text: str) -> dict[str, Any]:
    return {_CHANGED[name]: value for name, value in orjson.loads(text).items()}


_CHANGED = {
    "visit_date": "wantTime",
    "visit_time": "visitTime",
    "hospital_name": "hospital",
    "campus": "campus",
    "meeting_point": "meetingPoint",
    "department": "department",
    "contact_phone_tail": "contactPhoneEnd",
    "wishes": "more",
}
"""What a change may be about, by the names of the export."""


def _orders(
    orders: Sequence[Order], refunds: Sequence[Refund], changes: Sequence[OrderChange], vault: Vault
) -> bytes:
    return _join_rows(
        [
            {
                "id": order.id,
                "hospital": order.hospital_name,
                "department": order.department,
                "wantTime": order.visit_date,
                "service": order.service_name,
                "patient": order.patient_name,
                "more": order.wishes,
                **visit_facts_row(order, vault),
                "contactPhone": vault.open(order.contact_phone_sealed, ORDER_CONTACT_PHONE),
                "price": amount_text(order.price_fen),
                "progress": PROGRESS[order.state],
                "date": time_text(order.created_at),
                "paidTime": time_text(order.paid_at),
                "refunds": [
                    {
                        "amount": amount_text(refund.amount_fen),
                        "kind": REFUND_KIND[RefundKind(refund.kind)],
                        "reason": patient_reason(refund),
                        "officeReason": office_reason(refund),
                    }
                    for refund in refunds
                    if refund.order_id == order.id
                ],
                "changes": [_change(change) for change in changes if change.order_id == order.id],
                "rating": rating_row(order),
            }
            for order in orders
        ]
    )
