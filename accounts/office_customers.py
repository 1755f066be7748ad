"""Customers without the mini-program: users whom the office makes, by name and phone, for orders by phone.

Such a user has an openid of our own that no login gives, and is found again by the same phone.
"""

from __future__ import annotations

from frozen_dataclasses import frozen
from personal.names import search_form
from personal.phones import phone_key, phone_tail
from privacy import CUSTOMER_PHONE, Vault
from refusals import Refused
from storage import Reader, Transaction
from storage.models import OfficeCustomer

OPENID_PREFIX = "office:"
"""WeChat's openids hold no colon."""


class CustomerClosed(Refused):
    """An owner has disabled the customer's account."""

    slug = "customer_closed"
    message = "这位客户的账号已停用，不能下单。请先在用户页重新启用"


@frozen()
class CustomerContact:
    """``phone``: in its normal form."""

    name: str
    phone: str


def may_log_in(openid: str) -> bool:
    """May this openid be logged in with? Never one that the office has made."""
    return not openid.startswith(OPENID_PREFIX)


async def find(reader: Reader, vault: Vault, phone: str) -> OfficeCustomer | None:
    """The customer with this phone, in its normal form."""
    return await reader.customers.with_phone(vault.hashes(phone_key(phone), CUSTOMER_PHONE))


async def find_or_add(
    tx: Transaction, vault: Vault, contact: CustomerContact, admin_id: int, at: int
) -> OfficeCustomer:
    """The customer with this phone, locked, made when there is none; one who is there is called by this name from now
    on. Raises CustomerClosed.

    The openid comes from the phone's hash: of two colleagues at once both get the same customer.
    """
    customer = await find(tx, vault, contact.phone)
    hashed = vault.hash(phone_key(contact.phone), CUSTOMER_PHONE)
    if customer is None:
        user_id = await tx.users.find_or_add(f"{OPENID_PREFIX}{hashed}", at)
        customer = await tx.customers.get(user_id)
    else:
        user_id = customer.user_id
    if not await tx.users.lock_living(user_id):
        raise CustomerClosed
    name_key = search_form(contact.name)
    if customer is None:
        customer = OfficeCustomer(
            user_id=user_id,
            name=contact.name,
            name_key=name_key,
            phone_sealed=vault.seal(contact.phone, CUSTOMER_PHONE),
            phone_tail=phone_tail(contact.phone),
            phone_hash=hashed,
            created_by=admin_id,
            created_at=at,
        )
        await tx.customers.add(customer)
    elif customer.name != contact.name:
        await tx.customers.rename(user_id, contact.name, name_key)
    return customer
