"""Requests and replies about orders."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from money import amount_text
from orders.escorts.profiles import ShownEscort
from orders.stage import stage_of
from payment.refunds.quotes import Quote
from privacy import ESCORT_PHONE, Vault
from schemas.base import Choice, Input, Output, Text, Whole
from schemas.confirmation import ConfirmationRow
from schemas.escort_profile import ShownEscortRow, shown_escort_row
from schemas.moves import ChangesRow
from schemas.rating import Rating, rating_row
from schemas.refund_rule import RuleRow
from schemas.supplement import SupplementRow
from schemas.visit_facts import VisitFacts, visit_facts_row
from schemas.wire import ENDING, PROGRESS, REFUND_KIND, REFUND_STATE, STAGE, day_text, time_text
from storage.models import Ending, Order, OrderState, RefundKind
from storage.views import ListedOrder

ACTIONS = (
    "pay",
    "edit",
    "delete",
    "refund",
    "cancel",
    "money_back",
    "withdraw",
    "rate",
    "rebook",
    "hide",
    "leave",
)


class PaymentParameters(Input):
    timeStamp = fields.String(required=True)
    nonceStr = fields.String(required=True)
    package = fields.String(required=True)
    signType = Choice(("RSA",))
    paySign = fields.String(required=True)


class PaymentReply(Output):
    id = fields.Integer(required=True)
    msg = fields.String(required=True)
    payment = fields.Nested(PaymentParameters, required=True)


class OrderRow(Input):
    id = fields.Integer(required=True)
    hospital = fields.String(required=True)
    hospitalid = fields.Integer(required=True)
    department = fields.String(required=True)
    wantTime = fields.String(required=True)
    service = fields.String(required=True)
    serviceId = fields.Integer(required=True)
    friendid = fields.Integer(required=True)
    date = fields.String(
        required=True, metadata={"format": "date", "description": "the day on which it was made"}
    )
    paidTime = fields.String(required=True, metadata={"description": "empty while unpaid"})
    price = fields.String(required=True)
    progress = Choice(tuple(PROGRESS.values()))
    more = fields.String(required=True)


def order_row(order: Order | ListedOrder) -> dict[str, Any]:
    """An order in the fields that released clients read; never the administrator's notes."""
    return {
        "id": order.id,
        "hospital": order.hospital_name,
        "hospitalid": order.hospital_id,
        "department": order.department,
        "wantTime": order.visit_date,
        "service": order.service_name,
        "serviceId": order.service_id,
        "friendid": order.patient_id,
        "date": day_text(order.created_at),
        "paidTime": time_text(order.paid_at),
        "price": amount_text(order.price_fen),
        "progress": PROGRESS[order.state],
        "more": order.wishes,
    }


class OrdersReply(Output):
    data = fields.List(fields.Nested(OrderRow), required=True)


def _stage() -> Choice:
    return Choice(tuple(STAGE.values()), metadata={"description": "where it is, by the calendar"})


REASON = "why it was cancelled, such as 超时未付款，已自动取消; empty for every other order"


class OrdersPage(Input):
    before = Whole(
        required=False, load_default=None, metadata={"description": "the `next` of the page before"}
    )


class OwnOrderRow(OrderRow):
    stage = _stage()
    visitTime = fields.String(required=True, metadata={"description": "HH:MM; empty: not settled yet"})
    meetingPoint = fields.String(required=True)
    madeTime = fields.String(required=True, metadata={"description": "day and time at which it was made"})
    unit = fields.String(required=True)
    patient = fields.String(required=True, metadata={"description": "the patient's name"})
    reason = fields.String(required=True, metadata={"description": REASON})
    actions = fields.List(
        Choice(("rebook", "hide")),
        required=True,
        metadata={
            "description": "rebook: 重新下单, a new order with these fields; hide: user/hide1order/. What else may be "
            "done is told by user/getOrder/"
        },
    )


def own_order_row(order: Order, reason: str, actions: list[str], at: int) -> dict[str, Any]:
    """An order in the user's list at ``at`` (ms). ``reason``: why it was cancelled."""
    return {
        **order_row(order),
        "stage": STAGE[stage_of(order, at)],
        "visitTime": order.visit_time,
        "meetingPoint": order.meeting_point,
        "madeTime": time_text(order.created_at),
        "unit": order.service_unit,
        "patient": order.patient_name,
        "reason": reason,
        "actions": actions,
    }


class OwnOrdersReply(Output):
    data = fields.List(fields.Nested(OwnOrderRow), required=True)
    next = fields.Integer(
        required=True, metadata={"description": "`before` of the next page; 0: this is the last"}
    )


class AssignedEscort(ShownEscortRow):
    phone = fields.String(required=True)


class OrderDetail(OrderRow, VisitFacts):
    stage = _stage()
    reason = fields.String(required=True, metadata={"description": REASON})
    madeTime = fields.String(required=True, metadata={"description": "day and time at which it was made"})
    unit = fields.String(required=True)
    patient = fields.String(required=True)
    paid = fields.String(required=True, metadata={"description": "amount paid, empty while unpaid"})
    refunded = fields.String(required=True, metadata={"description": "amount refunded, empty while none"})
    expiresTime = fields.String(required=True, metadata={"description": "empty unless unpaid"})
    role = Choice(("owner", "family", "payer"), metadata={"description": "as whom the caller reads it"})
    paidBy = Choice(
        ("", "me", "other"),
        metadata={
            "description": "who paid: the caller or another; a refund goes back to them. Empty: unpaid"
        },
    )
    userConfirmed = fields.Boolean(
        required=True, metadata={"description": "the user or a member answered 我会准时到"}
    )
    reminderAsks = fields.Boolean(
        required=True, metadata={"description": "show 我会准时到 (user/confirmVisit/) now"}
    )
    escort = fields.Nested(AssignedEscort, allow_none=True, required=True)
    rating = fields.Nested(Rating, allow_none=True, required=True)
    changes = fields.Nested(
        ChangesRow,
        allow_none=True,
        required=True,
        metadata={"description": "null: the caller cannot move it now"},
    )
    ending = fields.String(
        required=True,
        metadata={
            "description": "how a paid order ended, empty while it goes on",
            "enum": ["", *ENDING.values()],
        },
    )


def _escort_row(order: Order, comes: ShownEscort, vault: Vault) -> dict[str, Any]:
    """Who comes, under the name that was approved when the order was given to them, with the phone in full."""
    phone = vault.open(comes.escort.phone_sealed, ESCORT_PHONE)
    return {**shown_escort_row(comes), "name": order.escort_name, "phone": phone}


def order_detail_row(
    order: Order, reason: str, comes: ShownEscort | None, vault: Vault, at: int
) -> dict[str, Any]:
    """An order's own page at ``at`` (ms). ``reason``: why it was cancelled."""
    return {
        **order_row(order),
        **visit_facts_row(order, vault),
        "stage": STAGE[stage_of(order, at)],
        "madeTime": time_text(order.created_at),
        "reason": reason,
        "unit": order.service_unit,
        "patient": order.patient_name,
        "paid": amount_text(order.paid_fen) if order.paid_at else "",
        "refunded": amount_text(order.refunded_fen) if order.refunded_fen else "",
        "expiresTime": time_text(order.expires_at) if order.state == OrderState.UNPAID else "",
        "escort": _escort_row(order, comes, vault) if comes and order.escort_name else None,
        "rating": rating_row(order),
        "ending": ENDING[Ending(order.ending)] if order.ending else "",
    }


class TimelineRow(Input):
    time = fields.String(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)


class RefundQuote(Input):
    amount = fields.String(required=True, metadata={"description": "what a cancellation gives back now"})
    remaining = fields.String(
        required=True, metadata={"description": "all that was not given back or promised yet"}
    )
    percent = fields.Integer(required=True)
    rule = fields.String(required=True)


def quote_row(quote: Quote) -> dict[str, Any]:
    return {
        "amount": amount_text(quote.amount_fen),
        "percent": quote.percent,
        "rule": quote.rule,
        "remaining": amount_text(quote.remaining_fen),
    }


class RefundRow(Input):
    amount = fields.String(required=True)
    state = Choice(tuple(dict.fromkeys(REFUND_STATE.values())))
    time = fields.String(required=True)
    reason = fields.String(required=True, metadata={"description": "the reason that was given when it began"})
    kind = Choice(tuple(REFUND_KIND.values()))
    patientReason = fields.String(required=True, metadata={"description": "the user's own reason"})
    officeReason = fields.String(
        required=True, metadata={"description": "what the office said: why it was refused, granted or begun"}
    )
    byHand = fields.Boolean(
        required=True, metadata={"description": "the office pays it back outside of WeChat, as it was paid"}
    )


class OrderReply(Output):
    order = fields.Nested(OrderDetail, required=True)
    timeline = fields.List(fields.Nested(TimelineRow), required=True)
    actions = fields.List(Choice(ACTIONS), required=True)
    refund = fields.Nested(RefundQuote, allow_none=True, required=True)
    rule = fields.Nested(
        RuleRow,
        allow_none=True,
        required=True,
        metadata={"description": "while the order may still be cancelled, before paying too"},
    )
    refunds = fields.List(fields.Nested(RefundRow), required=True)
    supplements = fields.List(
        fields.Nested(SupplementRow),
        required=True,
        metadata={"description": "what else is to be paid (补款)"},
    )
    confirmations = fields.List(fields.Nested(ConfirmationRow), required=True)


class AskRefund(Input):
    id = Whole()
    reason = Text(1, 80)
    amount = Text(
        1,
        32,
        metadata={
            "description": "of a cancellation the amount that was shown, such as ￥294 or ￥0; of money_back what "
            "is wanted"
        },
    )
    kind = Choice(
        tuple(RefundKind),
        required=False,
        load_default=None,
        metadata={
            "description": "cancel: the service is not wanted, and the order ends when the office agrees, whatever "
            "comes back; money_back: the service goes on or is over. Without it (released clients): cancel until the "
            "end of the visit's day, money_back afterwards and for finished orders"
        },
    )
