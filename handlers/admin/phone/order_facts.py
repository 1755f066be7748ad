"""What the page of an order by phone tells: the customer, and the link by which they can take it over."""

from __future__ import annotations

from typing import Any

from privacy import CUSTOMER_PHONE, Vault, masked_phone
from storage import Reader
from storage.models import Order


async def phone_facts(reader: Reader, vault: Vault, order: Order, at: int) -> dict[str, Any]:
    """``customer``: while the order is an office customer's; ``open_claim``: what can be used now; ``claimed``: what
    was used."""
    customer = await reader.customers.get(order.user_id)
    claims = await reader.claims.of_order(order.id) if order.origin == "phone" else []
    return {
        "customer": customer,
        "customer_phone": masked_phone(vault.open(customer.phone_sealed, CUSTOMER_PHONE)) if customer else "",
        "open_claim": next(
            (
                claim
                for claim in claims
                if claim.used_at is None and claim.revoked_at is None and at < claim.expires_at
            ),
            None,
        ),
        "claimed": next((claim for claim in claims if claim.used_at is not None), None),
    }
