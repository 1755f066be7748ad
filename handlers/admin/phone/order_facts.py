"""What the page of an order by phone tells: the customer, and the link by which they can take it over;
until when a text message about an order makes sense."""

from __future__ import annotations

from typing import Any

from clock import day_bounds, shanghai_date
from privacy import CUSTOMER_PHONE, Vault, masked_phone
from storage import Reader
from storage.models import Order, OrderState


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


def remind_until(order: Order, at: int) -> int:
    """Until when reminding of an order makes sense (UTC ms): of its payment, or of the day of the visit; 0: it does
    not."""
    if order.hidden_at is not None or order.ending:
        return 0
    if order.state == OrderState.UNPAID:
        return order.expires_at if at < order.expires_at else 0
    waits = order.state in (OrderState.PAID, OrderState.SERVING) and shanghai_date(at) <= order.visit_date
    return day_bounds(order.visit_date)[1] if waits else 0
