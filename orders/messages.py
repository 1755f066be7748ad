"""The subscribe messages about an order: each is queued in the transaction of what it tells, and sent after it
(``wechat/outbox.py``). A reference makes it unique: the same news is queued once.
"""

from __future__ import annotations

from dataclasses import replace

from orders.sharing.members import recipients
from storage import Transaction
from storage.models import (
    Attempt,
    Complaint,
    EscortQualification,
    Invitation,
    Invoice,
    MemberRole,
    Order,
    OrderState,
    PayStatement,
    Refund,
    ReminderAudience,
    ReminderKind,
    Supplement,
)
from wechat.message_facts import NO_ORDER, MessageFacts, MessageKind, MessageOutcome, Reader


def _facts(order: Order, at: int) -> MessageFacts:
    return MessageFacts(
        reader=Reader.USER,
        order_id=order.id,
        service_name=order.service_name,
        hospital_name=order.hospital_name,
        visit_date=order.visit_date,
        at=at,
        visit_time=order.visit_time,
        meeting_point=order.meeting_point,
    )


async def _queue(
    tx: Transaction, kind: MessageKind, reference: str, user_id: int, facts: MessageFacts, at: int
) -> None:
    """Not to a customer without the mini-program: the office calls them."""
    if await tx.customers.get(user_id) is None:
        await tx.outbox.add(kind, reference, user_id, facts.to_json(), at, facts.order_id or None)


async def _queue_to_all(
    tx: Transaction, kind: MessageKind, reference: str, order: Order, facts: MessageFacts, at: int
) -> None:
    """To the user and to everybody with whom the order is shared: without an amount."""
    await _queue(tx, kind, reference, order.user_id, facts, at)
    await _queue_to_members(tx, kind, reference, order, facts)


async def _queue_to_members(
    tx: Transaction, kind: MessageKind, reference: str, order: Order, facts: MessageFacts
) -> None:
    for user_id in await recipients(tx, order):
        await _queue(tx, kind, f"{reference}-{user_id}", user_id, facts, facts.at)


async def _queue_to_payer(
    tx: Transaction,
    kind: MessageKind,
    reference: str,
    order: Order,
    facts: MessageFacts,
    payer_id: int | None,
) -> None:
    """To the user, and to who has paid for them: it is their money. Nobody else is told an amount."""
    await _queue(tx, kind, reference, order.user_id, facts, facts.at)
    if payer_id is not None and payer_id != order.user_id:
        await _queue(tx, kind, f"{reference}-{payer_id}", payer_id, facts, facts.at)


async def queue_paid(tx: Transaction, order: Order, attempt: Attempt, paid_at: int, at: int) -> None:
    """To the user and the payer: this attempt has paid the order."""
    facts = replace(_facts(order, paid_at), amount_fen=attempt.amount_fen)
    await _queue_to_payer(tx, MessageKind.PAID, attempt.out_trade_no, order, facts, attempt.payer_user_id)


async def queue_assigned(tx: Transaction, order: Order, escort_id: int, at: int) -> None:
    """To the user and the members: this escort will come. The name is looked up when it is sent."""
    facts = replace(_facts(order, at), escort_id=escort_id)
    await _queue_to_all(tx, MessageKind.ESCORT, f"{order.id}-{at}", order, facts, at)


async def queue_given(tx: Transaction, order: Order, escort_id: int, at: int) -> None:
    """To the escort: the office has given them the order, which needs no acceptance."""
    facts = replace(_facts(order, at), outcome=MessageOutcome.GIVEN)
    await _queue_to_escort(tx, MessageKind.INVITATION, f"given-{order.id}-{at}", escort_id, facts)


async def queue_escort_cancellation(tx: Transaction, order: Order, at: int) -> None:
    """To the escort who would have come to this order in 退款中, if there is one: the visit does not take place."""
    if order.escort_id is None or order.state_before_refund != OrderState.SERVING:
        return
    facts = replace(_facts(order, at), outcome=MessageOutcome.CANCELLED)
    await _queue_to_escort(tx, MessageKind.CANCELLED, f"{order.id}-{at}", order.escort_id, facts)


async def queue_unassigned(tx: Transaction, order: Order, escort_id: int, at: int) -> None:
    """To the escort who was taken off the order: another one goes, or the office looks for one."""
    facts = replace(_facts(order, at), outcome=MessageOutcome.UNASSIGNED)
    await _queue_to_escort(tx, MessageKind.CANCELLED, f"unassigned-{order.id}-{at}", escort_id, facts)


async def queue_invitation(tx: Transaction, order: Order, invitation: Invitation, at: int) -> None:
    """To the escort: the order can be accepted until the invitation expires."""
    facts = replace(
        _facts(order, at),
        amount_fen=invitation.pay_fen,
        outcome=MessageOutcome.OFFERED,
        until=invitation.expires_at,
    )
    await _queue_to_escort(tx, MessageKind.INVITATION, str(invitation.id), invitation.escort_id, facts)


async def queue_invitation_ended(
    tx: Transaction, order: Order, invitation: Invitation, outcome: MessageOutcome, at: int
) -> None:
    """To the escort: another one was first, or the office took the invitation back."""
    facts = replace(_facts(order, at), amount_fen=invitation.pay_fen, outcome=outcome)
    reference = f"{invitation.id}-{outcome}"
    await _queue_to_escort(tx, MessageKind.INVITATION, reference, invitation.escort_id, facts)


async def queue_statement(tx: Transaction, statement: PayStatement, outcome: MessageOutcome, at: int) -> None:
    """To the escort: a monthly statement waits for them, was answered, withdrawn or paid."""
    facts = MessageFacts(
        reader=Reader.ESCORT,
        order_id=NO_ORDER,
        service_name="",
        hospital_name="",
        visit_date="",
        at=at,
        amount_fen=statement.total_fen,
        outcome=outcome,
        month=statement.month,
    )
    reference = f"{statement.id}-{outcome}-{at}"
    await _queue_to_escort(tx, MessageKind.STATEMENT, reference, statement.escort_id, facts)


async def queue_qualification(
    tx: Transaction, document: EscortQualification, title: str, outcome: MessageOutcome, at: int
) -> None:
    """To the escort: an approved document ends soon, or is over."""
    plain = MessageFacts(NO_ORDER, "", "", "", at, outcome=outcome)
    facts = replace(plain, document=title, last_day=document.expires_date)
    await _queue_to_escort(tx, MessageKind.QUALIFICATION, str(document.id), document.escort_id, facts)


async def _queue_to_escort(
    tx: Transaction, kind: MessageKind, reference: str, escort_id: int, facts: MessageFacts
) -> None:
    """An erased escort is told nothing."""
    escort = await tx.escorts.get(escort_id)
    if escort is not None and escort.name:
        theirs = replace(facts, reader=Reader.ESCORT)
        await _queue(tx, kind, reference, escort.user_id, theirs, facts.at)


async def queue_cancellation(tx: Transaction, order: Order, amount_fen: int, at: int) -> None:
    """To the user and the payer: the order is cancelled, and so much comes back. To the other members: that it is."""
    facts = replace(_facts(order, at), outcome=MessageOutcome.CANCELLED, amount_fen=amount_fen)
    attempt = await tx.attempts.get(order.paid_attempt_id) if order.paid_attempt_id is not None else None
    payer_id = attempt.payer_user_id if attempt is not None else None
    reference = f"cancelled-{order.id}"
    await _queue_to_payer(tx, MessageKind.REFUND, reference, order, facts, payer_id)
    for user_id in await recipients(tx, order):
        if user_id != payer_id:
            plain = replace(facts, amount_fen=0)
            await _queue(tx, MessageKind.CANCELLED, f"{reference}-{user_id}", user_id, plain, at)


async def queue_refund_outcome(
    tx: Transaction, order: Order, refund: Refund, outcome: MessageOutcome, at: int
) -> None:
    """To the user, and to who has paid: how a refund has ended."""
    facts = replace(_facts(order, at), outcome=outcome, amount_fen=refund.amount_fen)
    attempt = await tx.attempts.get(refund.attempt_id)
    payer_id = attempt.payer_user_id if attempt is not None else None
    await _queue_to_payer(tx, MessageKind.REFUND, refund.out_refund_no, order, facts, payer_id)


async def queue_started(tx: Transaction, order: Order, began_at: int, at: int) -> None:
    """To the user and the members: the visit has begun, which it does once."""
    facts = replace(_facts(order, began_at), escort_id=order.escort_id)
    await _queue_to_all(tx, MessageKind.STARTED, f"{order.id}-{order.escort_id}", order, facts, at)


async def queue_report_ready(tx: Transaction, order: Order, escort_id: int, at: int) -> None:
    """To the user and the members: the escort has sent the report."""
    facts = replace(_facts(order, at), escort_id=escort_id)
    await _queue_to_all(tx, MessageKind.REPORT, str(order.id), order, facts, at)


async def queue_moved(tx: Transaction, before: Order, order: Order, at: int) -> None:
    """To the user, the members and the escort who comes: the visit is at another time or place. Nothing when neither
    is new."""
    if all(getattr(before, name) == getattr(order, name) for name in _WHEN_AND_WHERE):
        return
    facts = replace(_facts(order, at), outcome=MessageOutcome.MOVED)
    await _queue_to_all(tx, MessageKind.MOVED, f"{order.id}-{at}", order, facts, at)
    if order.escort_id is not None:
        await _queue_to_escort(tx, MessageKind.MOVED, f"{order.id}-{at}-escort", order.escort_id, facts)


_WHEN_AND_WHERE = ("visit_date", "visit_time", "hospital_name", "campus", "meeting_point", "department")


async def queue_move_refused(tx: Transaction, order: Order, at: int) -> None:
    """To the user: the office has refused to move the visit; it stays where it is."""
    facts = replace(_facts(order, at), outcome=MessageOutcome.NOT_MOVED)
    await _queue(tx, MessageKind.MOVED, f"{order.id}-{at}", order.user_id, facts, at)


async def queue_reminder(
    tx: Transaction, order: Order, kind: ReminderKind, to: tuple[int, ReminderAudience], at: int
) -> None:
    """To one of those whom the visit concerns: it is tomorrow, or in some hours. ``reminders.void`` takes back what
    waits, by the reference, which begins with the order's id."""
    user_id, audience = to
    reader = Reader.ESCORT if audience == ReminderAudience.ESCORT else Reader.USER
    facts = replace(_facts(order, at), reader=reader)
    await _queue(tx, MessageKind.REMINDER, f"{order.id}-{kind}-{user_id}-{at}", user_id, facts, at)


def _supplement_facts(order: Order, supplement: Supplement, outcome: MessageOutcome, at: int) -> MessageFacts:
    return replace(_facts(order, at), amount_fen=supplement.amount_fen, outcome=outcome)


async def queue_supplement_to_pay(tx: Transaction, order: Order, supplement: Supplement, at: int) -> None:
    """To the user and the payers: there is something more to pay. Each opening is told."""
    facts = _supplement_facts(order, supplement, MessageOutcome.TO_PAY, at)
    await _queue_to_all_payers(tx, MessageKind.SUPPLEMENT, f"{supplement.id}-open-{at}", order, facts)


async def queue_supplement_withdrawn(tx: Transaction, order: Order, supplement: Supplement, at: int) -> None:
    """It need not be paid: to the escort who has proposed it, and to the user and the payers where they know of it.
    ``supplement``: as it was before."""
    facts = _supplement_facts(order, supplement, MessageOutcome.WITHDRAWN, at)
    reference = f"{supplement.id}-withdrawn"
    if supplement.opened_at is not None:
        await _queue_to_all_payers(tx, MessageKind.SUPPLEMENT, reference, order, facts)
    await _queue_to_proposer(tx, reference, supplement, facts)


async def queue_supplement_paid(tx: Transaction, order: Order, supplement: Supplement, at: int) -> None:
    """To the escort who has proposed it: it is paid. Who has paid is told by ``queue_paid``."""
    facts = _supplement_facts(order, supplement, MessageOutcome.PAID, at)
    await _queue_to_proposer(tx, f"{supplement.id}-paid", supplement, facts)


async def _queue_to_all_payers(
    tx: Transaction, kind: MessageKind, reference: str, order: Order, facts: MessageFacts
) -> None:
    """To the user and to every payer of the order."""
    await _queue(tx, kind, reference, order.user_id, facts, facts.at)
    for user_id, role in (await recipients(tx, order)).items():
        if role == MemberRole.PAYER:
            await _queue(tx, kind, f"{reference}-{user_id}", user_id, facts, facts.at)


async def _queue_to_proposer(
    tx: Transaction, reference: str, supplement: Supplement, facts: MessageFacts
) -> None:
    if supplement.proposed_by_kind == "escort":
        await _queue_to_escort(
            tx, MessageKind.SUPPLEMENT, f"{reference}-escort", supplement.proposed_by, facts
        )


async def queue_complaint(
    tx: Transaction, complaint: Complaint, reference: str, outcome: MessageOutcome, at: int
) -> None:
    """To who complained: the office has answered, or it is settled. What it is about is not told."""
    order = await tx.orders.get(complaint.order_id) if complaint.order_id is not None else None
    if complaint.user_id is None:
        return
    facts = (
        _facts(order, at)
        if order is not None
        else MessageFacts(0, "投诉与建议", "", "", at, reader=Reader.USER)
    )
    about = replace(facts, outcome=outcome)
    await _queue(tx, MessageKind.COMPLAINT, reference, complaint.user_id, about, at)


async def queue_invoice(
    tx: Transaction, order: Order, invoice: Invoice, outcome: MessageOutcome, at: int
) -> None:
    """To who asked for the invoice: it is there, or it cannot be issued."""
    facts = replace(_facts(order, at), outcome=outcome, amount_fen=invoice.amount_fen)
    await _queue(tx, MessageKind.INVOICE, f"{invoice.id}-{outcome}", invoice.user_id, facts, at)
