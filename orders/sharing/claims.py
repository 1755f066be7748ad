"""The link and the code by which a user of the mini-program takes over an order that the office entered.

Both are handed out once and stored as hashes. A claim works once, for its time; used, too old, revoked or never given
out: the answer is the same.
"""

from __future__ import annotations

import re
import secrets

from accounts.patients import MAX_PATIENTS, TooManyPatients
from accounts.personal_numbers import find_same_id_number
from accounts.tokens import token_hash
from clock import HOUR
from frozen_dataclasses import frozen
from privacy import ORDER_CLAIM, PATIENT_ID_NUMBER, Vault
from refusals import AccountClosed, OrderNotFound, Refused, Unknown
from storage import Duplicate, Reader, Transaction
from storage.models import Actor, Cause, Order, OrderClaim, Patient
from storage.writes import NewClaim, PatientColumns, VisitChange

TOKEN_BYTES = 16
_TOKEN = re.compile(r"[0-9A-Za-z_-]{22}")
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without what looks alike: 0 and O, 1, I and L."""
CODE_LENGTH = 10
CLAIMED = "已在小程序里认领"
"""What the history says."""


class ClaimNotValid(Unknown):
    """There is no such claim, or it cannot be used any more: the answer does not say which."""

    slug = "claim_not_valid"
    message = "这个链接或认领码无效：可能输错了，或已被使用、撤销、过期。请核对，或让客服重新发一个"


class NotClaimable(Refused):
    """The order belongs to a user of the mini-program already."""

    slug = "not_claimable"
    message = "这个订单不能认领：它已经在客户自己的小程序里"


class PatientWaits(Refused):
    """The user has an unpaid order for this patient: two are never unpaid at once."""

    slug = "patient_has_unpaid_order"
    message = "您还有一笔这位就诊人的待付款订单，请先付款或删除那一笔，再来认领"


@frozen()
class Secret:
    """What a user presents: the token of the link, or the code as they typed it; the other one is empty."""

    token: str = ""
    code: str = ""


@frozen()
class NewSecrets:
    """Shown once. ``code``: in groups of five."""

    token: str
    code: str
    expires_at: int


@frozen()
class Claimable:
    """``mine``: the reader has claimed it already."""

    claim: OrderClaim
    order: Order
    mine: bool


def read_code(typed: str) -> str:
    """A code in its normal form, however it was grouped and capitalised; empty for what is none."""
    code = typed.upper().replace("-", "").replace(" ", "").replace("\u3000", "")
    return code if len(code) == CODE_LENGTH and all(letter in ALPHABET for letter in code) else ""


async def create(tx: Transaction, vault: Vault, order_id: int, hours: int, cause: Cause) -> NewSecrets:
    """A new claim of an office customer's order, valid for ``hours``; the one of before is revoked. Raises
    OrderNotFound, NotClaimable."""
    order = await _lock_claimable(tx, order_id)
    assert cause.actor.id is not None
    await tx.claims.revoke_open(order.id, cause.at)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    expires_at = cause.at + hours * HOUR
    await tx.claims.add(
        NewClaim(
            order_id=order.id,
            token_hash=token_hash(token),
            code_hash=vault.hash(code, ORDER_CLAIM),
            created_by=cause.actor.id,
            created_at=cause.at,
            expires_at=expires_at,
        )
    )
    return NewSecrets(token, _grouped(code), expires_at)


def _grouped(code: str) -> str:
    return f"{code[:5]}-{code[5:]}"


async def revoke(tx: Transaction, order_id: int, at: int) -> None:
    """The order's link and code do not work any more. Raises OrderNotFound, ClaimNotValid when none was open."""
    if await tx.orders.lock(order_id) is None:
        raise OrderNotFound
    if not await tx.claims.revoke_open(order_id, at):
        raise ClaimNotValid("没有可以撤销的认领链接：可能已被使用或过期")


async def _lock_claimable(tx: Transaction, order_id: int) -> Order:
    order = await tx.orders.lock(order_id)
    if order is None:
        raise OrderNotFound
    if await tx.customers.get(order.user_id) is None:
        raise NotClaimable
    return order


async def still_open(reader: Reader, vault: Vault, order_id: int, shown: Secret, at: int) -> NewSecrets:
    """A claim of this order that can be used now, told by both of its secrets. Raises ClaimNotValid."""
    claim = await _find(reader, vault, shown)
    code = read_code(shown.code)
    if claim.order_id != order_id or not _is_open(claim, at) or not code:
        raise ClaimNotValid
    if claim.code_hash not in vault.hashes(code, ORDER_CLAIM):
        raise ClaimNotValid
    return NewSecrets(shown.token, _grouped(code), claim.expires_at)


async def look(reader: Reader, vault: Vault, secret: Secret, user_id: int, at: int) -> Claimable:
    """What can be claimed, and what this user has claimed. Raises ClaimNotValid."""
    claim = await _find(reader, vault, secret)
    order = await reader.orders.get(claim.order_id)
    if order is None:
        raise ClaimNotValid
    if claim.used_by == user_id and order.user_id == user_id:
        return Claimable(claim, order, mine=True)
    if not _is_open(claim, at) or not await _is_customers(reader, order):
        raise ClaimNotValid
    return Claimable(claim, order, mine=False)


async def use(tx: Transaction, vault: Vault, secret: Secret, user_id: int, at: int) -> int:
    """The order becomes the user's, and so does its patient; the order's id. Using it again changes nothing.

    The users' rows are locked, then the order's. Raises ClaimNotValid, PatientWaits, TooManyPatients, AccountClosed.
    """
    known = await look(tx, vault, secret, user_id, at)
    living = {who: await tx.users.lock_living(who) for who in sorted({user_id, known.order.user_id})}
    if not living[user_id]:
        raise AccountClosed
    await tx.orders.lock(known.order.id)
    found = await look(tx, vault, secret, user_id, at)  # again, under the locks
    order = found.order
    if found.mine:
        return order.id
    if not living.get(order.user_id, False) or not await tx.claims.use(found.claim.id, user_id, at):
        raise ClaimNotValid
    patient_id = await _take_patient(tx, vault, order, user_id, at)
    cause = Cause(Actor("user", user_id), at, CLAIMED)
    try:
        await tx.own_orders.hand_over(order.id, user_id, patient_id)
    except Duplicate:
        raise PatientWaits from None
    await tx.orders.rewrite(order.id, order.state, VisitChange(), cause)
    return order.id


async def _take_patient(tx: Transaction, vault: Vault, order: Order, user_id: int, at: int) -> int:
    """The patient of the order as the user's own: the one whom they have with the same ID number; else the patient
    itself, or a copy while other orders of the customer are for it."""
    own = await tx.patients.of_user(user_id)
    patient = await tx.patients.get(order.patient_id)
    if patient is None:
        return order.patient_id
    number = vault.open(patient.id_number_sealed, PATIENT_ID_NUMBER)
    if number and (same := find_same_id_number(vault, own, number)):
        return same.id
    if len(own) >= MAX_PATIENTS:
        raise TooManyPatients(f"最多可以添加 {MAX_PATIENTS} 位就诊人，请先删除一位，再来认领")
    if len(await tx.patients.orders_of(patient.id)) == 1:
        await tx.patients.hand_over(patient.id, user_id)
        return patient.id
    return await tx.patients.add(user_id, _copy(patient), at)


def _copy(patient: Patient) -> PatientColumns:
    return PatientColumns(
        name=patient.name,
        adult=patient.adult,
        sex=patient.sex,
        relation=patient.relation,
        phone_sealed=patient.phone_sealed,
        phone_tail=patient.phone_tail,
        phone_hash=patient.phone_hash,
        id_kind=patient.id_kind,
        id_number_sealed=patient.id_number_sealed,
        id_number_hash=patient.id_number_hash,
        consented_at=patient.consented_at,
        guardian_consented_at=patient.guardian_consented_at,
    )


async def _find(reader: Reader, vault: Vault, secret: Secret) -> OrderClaim:
    claim = None
    if _TOKEN.fullmatch(secret.token):
        claim = await reader.claims.by_token(token_hash(secret.token))
    elif code := read_code(secret.code):
        claim = await reader.claims.by_code(vault.hashes(code, ORDER_CLAIM))
    if claim is None:
        raise ClaimNotValid
    return claim


def _is_open(claim: OrderClaim, at: int) -> bool:
    return claim.used_at is None and claim.revoked_at is None and at < claim.expires_at


async def _is_customers(reader: Reader, order: Order) -> bool:
    """Is it still an office customer's, whose account is open?"""
    owner = await reader.users.get(order.user_id)
    closed = owner is None or owner.deleted_at is not None or owner.disabled_at is not None
    return not closed and await reader.customers.get(order.user_id) is not None
