"""Complaints and invoices of an order, on its page."""

from __future__ import annotations

from typing import Any

from handlers.admin.after_sales.labels import COMPLAINT_TONE, INVOICE_TONE
from schemas.complaints import KIND
from schemas.complaints import STATE as COMPLAINT_STATE
from schemas.invoices import STATE as INVOICE_STATE
from storage import Reader
from storage.models import Order


async def after_sales_facts(reader: Reader, order: Order) -> dict[str, Any]:
    return {
        "complaints": await reader.complaints.of_order(order.id),
        "complaint_words": (KIND, COMPLAINT_STATE, COMPLAINT_TONE),
        "invoices": await reader.invoices.of_order(order.id),
        "invoice_words": (INVOICE_STATE, INVOICE_TONE),
    }
