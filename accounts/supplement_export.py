"""What is stored about the supplements of a user's orders, with their receipts, and about those that the user has
proposed as an escort."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import orjson

from money import amount_text
from schemas.supplement import KIND, STATE
from schemas.wire import time_text
from sealed_files import DocumentFiles
from storage import Storage
from storage.models import Supplement, SupplementKind, SupplementState

PAGE = 100


async def supplement_chunks(
    storage: Storage, documents: DocumentFiles, user_id: int, escort_id: int
) -> AsyncIterator[bytes]:
    """Parts of a JSON object, each beginning with a comma. ``escort_id``: of the user; 0: they are none."""
    yield b',"supplements":['
    after, separator = 0, b""
    while True:
        async with storage.reading() as reader:
            page = await reader.supplements.page_of_user(user_id, after, PAGE)
        for each in page:
            file = each.receipt_file
            receipt = (await asyncio.to_thread(documents.read, file) if file else None) or b""
            row = {**_row(each, user_id), "receiptJpeg": base64.b64encode(receipt).decode()}
            yield separator + orjson.dumps(row)
            after, separator = each.id, b",\n"
        if len(page) < PAGE:
            break
    yield b'],"proposedSupplements":['
    after, separator = 0, b""
    while escort_id:
        async with storage.reading() as reader:
            page = await reader.supplements.of_proposer(escort_id, after, PAGE)
        for each in page:
            yield separator + orjson.dumps(_proposed_row(each))
            after, separator = each.id, b",\n"
        if len(page) < PAGE:
            break
    yield b"]"


def _proposed_row(supplement: Supplement) -> dict[str, Any]:
    return {
        "orderId": supplement.order_id,
        "kind": KIND[SupplementKind(supplement.kind)],
        "amount": amount_text(supplement.amount_fen),
        "reason": supplement.reason,
        "state": STATE[SupplementState(supplement.state)],
        "proposedTime": time_text(supplement.created_at),
    }


def _row(supplement: Supplement, user_id: int) -> dict[str, Any]:
    """``dispute`` is the user's own, or that of a member who was to pay it for them."""
    return {
        **_proposed_row(supplement),
        "openedTime": time_text(supplement.opened_at),
        "dispute": supplement.dispute,
        "disputedTime": time_text(supplement.disputed_at),
        "disputedByMe": supplement.disputed_by == user_id,
        "note": supplement.closing_note or supplement.amount_reason,
        "closedTime": time_text(supplement.closed_at),
        "paidTime": time_text(supplement.paid_at),
        "refunded": amount_text(supplement.refunded_fen) if supplement.refunded_fen else "",
    }
