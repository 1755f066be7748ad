"""A finance case that was closed is opened again: when it was opened first stays; its history says what was before."""

from __future__ import annotations

import json
from typing import Any

from storage import Transaction
from storage.models import FinanceCase


async def update_case(tx: Transaction, case: FinanceCase, detail: dict[str, Any], at: int) -> None:
    """Replace the evidence of a case by ``detail``. One that was closed is open again: ``reopened`` lists, oldest
    first, when (ms) that was, when it had been closed, and the note it was closed with."""
    before = json.loads(case.detail or "{}")
    history = list(before.get("reopened", [])) if isinstance(before, dict) else []
    if case.state != "open":
        history.append({"at": at, "closed_at": case.closed_at, "note": case.note})
    kept = {"reopened": history} if history else {}
    await tx.finance.update_open(case, json.dumps({**detail, **kept}, ensure_ascii=False))
