"""Complaints that payers make at WeChat: what was read there last, and what the office does about them there."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


@frozen(slots=True)
class WeChatComplaint:
    """What is known of WeChat's side, beside the ``Complaint`` that it is here."""

    id: int
    external_id: str
    """WeChat's number of it."""
    complaint_id: int | None
    """None until its detail was read."""
    heard_at: int
    """When it was first heard of."""
    news_at: int
    """When there was last reason to read it again."""
    read_at: int | None
    """When the detail was asked for that counts."""
    read_due_at: int | None
    """When it is to be read again; None: it is settled since long."""
    failures: int
    """Readings that failed one after the other."""
    problem: str
    """Why the last one did."""
    state: str
    """PENDING, PROCESSING, PROCESSED; empty until it was read."""
    problem_type: str
    times: int
    """How often the payer has complained."""
    user_waits: bool
    """The payer has said something that was not answered."""
    full_refunded: bool
    platform: bool
    """The payer has asked WeChat for help."""
    refund_wanted_fen: int | None
    transaction_id: str
    out_trade_no: str
    mark: str
    """Of what the detail said (``payment.wechatpay.complaints.mark_of``)."""
    list_mark: str
    """The same of what the list said last."""
    settled_mark: str
    """The mark of the PROCESSED complaint that the office has settled here, although its payer has written again."""


class ComplaintActKind(StrEnum):
    ANSWER = "answer"
    REJECT = "reject"
    """The refund that the payer asks for is refused."""
    APPROVE = "approve"
    """… is on its way: the refund itself is made by ``payment.refunds``."""
    COMPLETE = "complete"


class ComplaintActState(StrEnum):
    PLANNED = "planned"
    SENDING = "sending"
    UNKNOWN = "unknown"
    """It was sent, and what came of it is not known."""
    DONE = "done"
    REFUSED = "refused"
    DROPPED = "dropped"
    """There was no longer a reason to send it."""


@frozen(slots=True)
class ComplaintAct:
    """Something that is to be sent to WeChat about a complaint, once."""

    id: int
    complaint_id: int
    open_complaint_id: int | None
    """The complaint's id until the act has ended: one at a time. None, too, while an approval waits for its refund."""
    kind: str
    state: str
    text_sealed: str
    refund_id: int | None
    admin_id: int
    action_id: str
    created_at: int
    due_at: int
    claimed_until: int
    sent_at: int | None
    """When it was sent first."""
    ended_at: int | None
    tries: int
    problem: str


@frozen(slots=True)
class ComplaintActPicture:
    """A picture that goes with an act."""

    id: int
    act_id: int
    file: str
    """Its sealed file; empty once the act has ended."""
    size: int
    media_id: str
    """What WeChat calls it; empty until it was uploaded."""
