"""Confirming a service in WeChat (确认收货), which settles its money sooner."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from money import amount_text
from schemas.base import Input, Output
from storage.models import Attempt


class ConfirmationRow(Input):
    """A payment of the caller that WeChat waits for them to confirm."""

    supplement = fields.Integer(
        required=True, allow_none=True, metadata={"description": "what it has paid; null: the order"}
    )
    amount = fields.String(required=True)
    transactionId = fields.String(required=True, metadata={"description": "for wx.openBusinessView"})
    merchantId = fields.String(required=True)
    merchantTradeNo = fields.String(required=True)


class ConfirmedReply(Output):
    confirmed = fields.Boolean(required=True, metadata={"description": "nothing is left to confirm"})
    msg = fields.String(required=True)


def confirmation_row(attempt: Attempt) -> dict[str, Any]:
    return {
        "supplement": attempt.supplement_id,
        "amount": amount_text(attempt.amount_fen),
        "transactionId": attempt.transaction_id or "",
        "merchantId": attempt.mchid,
        "merchantTradeNo": attempt.out_trade_no,
    }
