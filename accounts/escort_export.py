"""What an escort was offered and earned, their leave and documents, for their own export; of orders nothing but the
number."""

from __future__ import annotations

from typing import Any

from money import amount_text
from schemas.escort_pay import statement_detail
from schemas.wire import time_text
from storage import Reader

NEWEST = 1_000
"""So many invitations and earnings are in the export."""


async def escort_work(reader: Reader, escort_id: int) -> dict[str, Any]:
    invitations = await reader.invitations.of_escort(escort_id, NEWEST)
    leaves = await reader.leaves.of_escort(escort_id, "0000-00-00", "9999-12-31")
    documents = await reader.qualifications.of_escort(escort_id)
    earnings = await reader.escort_pay.of_escort(escort_id, NEWEST)
    statements = await reader.pay_statements.of_escort(escort_id, None, NEWEST)
    transfers = await reader.transfers.of_escort(escort_id, NEWEST)
    return {
        "invitations": [
            {
                "orderId": each.order_id,
                "outcome": each.state,
                "reason": each.reason,
                "pay": amount_text(each.pay_fen) if each.pay_fen else "",
                "offeredTime": time_text(each.offered_at),
                "answeredTime": time_text(each.answered_at),
            }
            for each in invitations
        ],
        "leave": [{"day": each.visit_date, "half": each.half, "reason": each.reason} for each in leaves],
        "documents": [
            {
                "kind": each.kind,
                "state": each.state,
                "expiresOn": each.expires_date,
                "reason": each.reason,
                "uploadedTime": time_text(each.uploaded_at),
            }
            for each in documents
        ],
        "earnings": [
            {
                "orderId": each.order_id,
                "kind": each.kind,
                "amount": amount_text(each.amount_fen),
                "reason": each.reason,
                "day": each.earned_date,
            }
            for each in earnings
        ],
        "statements": [statement_detail(each, None, 0) for each in statements],
        "transfers": [
            {
                "statementId": each.statement_id,
                "amount": amount_text(each.amount_fen),
                "state": each.state,
                "number": each.wechat_bill_no,
                "startedTime": time_text(each.created_at),
                "endedTime": time_text(each.finished_at),
                "reason": each.fail_reason,
            }
            for each in transfers
        ],
    }
