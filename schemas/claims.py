"""Taking over an order that the office entered: by its link or by its code."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from money import amount_text
from orders.sharing.claims import Claimable
from schemas.base import Input, Output, Text, Whole
from schemas.wire import PROGRESS, time_text

CLAIM_PAGE = "pages/claim/claim?token={}"


class ClaimSecret(Input):
    """One of the two; neither is as good as a wrong one."""

    token = Text(
        0,
        64,
        load_default="",
        metadata={"description": f"of the link {CLAIM_PAGE.format('…')}; left out with a code"},
    )
    code = Text(
        0,
        32,
        load_default="",
        metadata={
            "description": "as it was typed: ten characters, grouped and capitalised in any way; left out with a token"
        },
    )


class DiscardedOrder(Input):
    reason = Text(1, 80, metadata={"label": "取消的原因"})


class ClaimableOrder(Output):
    order_id = Whole(
        0,
        data_key="orderId",
        metadata={"description": "of an order that the caller has claimed already, to be opened; else 0"},
    )
    patient = fields.String(required=True, metadata={"description": "masked: 王**"})
    service = fields.String(required=True)
    hospital = fields.String(required=True)
    visit_date = fields.String(required=True, data_key="wantTime")
    visit_time = fields.String(
        required=True, data_key="visitTime", metadata={"description": "HH:MM; empty: not settled"}
    )
    amount = fields.String(required=True, metadata={"description": "what it costs, such as ￥198"})
    paid = fields.String(required=True, metadata={"enum": ["y", "n"]})
    progress = fields.String(required=True, metadata={"enum": list(PROGRESS.values())})
    expires = fields.String(
        required=True, data_key="expiresTime", metadata={"description": "until when it can be claimed"}
    )


class ClaimedReply(Output):
    order_id = Whole(data_key="orderId")
    msg = fields.String(required=True)


def claimable_row(found: Claimable) -> dict[str, Any]:
    order = found.order
    return {
        "orderId": order.id if found.mine else 0,
        "patient": masked_name(order.patient_name),
        "service": f"{order.service_name}（{order.service_unit}）"
        if order.service_unit
        else order.service_name,
        "hospital": order.hospital_name,
        "wantTime": order.visit_date,
        "visitTime": order.visit_time,
        "amount": amount_text(order.price_fen),
        "paid": "y" if order.paid_at is not None else "n",
        "progress": PROGRESS[order.state],
        "expiresTime": time_text(found.claim.expires_at),
    }


def masked_name(name: str) -> str:
    """王小明 as 王**: who knows the patient recognises it."""
    return name[:1] + "*" * (len(name) - 1)
