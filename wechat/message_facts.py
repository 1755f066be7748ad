"""What subscribe messages tell: the kinds of message, the facts of each, and a template's fields filled with them.

The settings name the template of a kind and say which fact goes into which of its fields: ``["thing1=service", …]``.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, fields
from enum import StrEnum

from clock import shanghai_time
from config import WeChatSettings
from frozen_dataclasses import frozen
from money import exact_yuan


class MessageKind(StrEnum):
    """Each has its template: ``wechat.message_<kind>`` of the settings."""

    PAID = "paid"
    """To the user: the order is paid."""
    ESCORT = "escort"
    """To the user: who will come."""
    REFUND = "refund"
    """To the user: how a refund ended, or that the order is cancelled."""
    STARTED = "started"
    """To the user: the escort has met the patient, or has begun the errand."""
    REPORT = "report"
    """To the user: the report of the visit is there."""
    CANCELLED = "cancelled"
    """To the escort: the visit does not take place, or another escort goes. To members: the order is cancelled."""
    INVITATION = "invitation"
    """To the escort: an order to accept, one that the office has given to them, or that it cannot be accepted any
    more."""
    MOVED = "moved"
    """To user and escort: the visit is at another time or place; to the user: that it stays where it was."""
    REMINDER = "reminder"
    """To user, members and escort: the visit is tomorrow, or in some hours."""
    SUPPLEMENT = "supplement"
    """To user and payers: something more is to be paid, or need not be. To the escort who proposed it: how it ended."""
    STATEMENT = "statement"
    """To the escort: a monthly statement of their pay is there, was answered, withdrawn or paid."""
    COMPLAINT = "complaint"
    """To who complained: the office has answered, or it is settled."""
    QUALIFICATION = "qualification"
    """To the escort: a document of theirs ends soon, or is over."""
    INVOICE = "invoice"
    """To the user: an invoice is there, or cannot be issued."""


class Reader(StrEnum):
    """Whose page of the order a tap on a message opens."""

    USER = "user"
    """The user's, or that of whoever the order is shared with."""
    ESCORT = "escort"


class MessageOutcome(StrEnum):
    """How something ended that a message tells of."""

    REFUNDED = "refunded"
    REJECTED = "rejected"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    OFFERED = "offered"
    GIVEN = "given"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"
    UNASSIGNED = "unassigned"
    MOVED = "moved"
    NOT_MOVED = "not_moved"
    TO_PAY = "to_pay"
    TO_CONFIRM = "to_confirm"
    TO_RECEIVE = "to_receive"
    ANSWERED = "answered"
    PAID = "paid"
    SETTLED = "settled"
    ISSUED = "issued"
    ENDS_SOON = "ends_soon"
    EXPIRED = "expired"


OUTCOME_TEXT = {
    MessageOutcome.REFUNDED: "已退款",
    MessageOutcome.REJECTED: "未通过",
    MessageOutcome.CLOSED: "已关闭",
    MessageOutcome.CANCELLED: "已取消",
    MessageOutcome.OFFERED: "等您接单",
    MessageOutcome.GIVEN: "安排给您",
    MessageOutcome.TAKEN: "已被接走",
    MessageOutcome.WITHDRAWN: "已收回",
    MessageOutcome.UNASSIGNED: "不用去了",
    MessageOutcome.MOVED: "已改期",
    MessageOutcome.NOT_MOVED: "未改期",
    MessageOutcome.TO_PAY: "待支付",
    MessageOutcome.PAID: "已支付",
    MessageOutcome.TO_CONFIRM: "请您核对",
    MessageOutcome.TO_RECEIVE: "请您收款",
    MessageOutcome.ANSWERED: "已答复",
    MessageOutcome.SETTLED: "已解决",
    MessageOutcome.ISSUED: "已开具",
    MessageOutcome.ENDS_SOON: "快到期",
    MessageOutcome.EXPIRED: "已过期",
}


NO_ORDER = 0
"""As the order of a message that is about none."""


@frozen(slots=True)
class MessageFacts:
    """What a message can tell of an order, a month's statement or an escort's document. It waits in the database, so
    it names nobody: an escort's name is looked up when the message is sent."""

    order_id: int
    service_name: str
    hospital_name: str
    visit_date: str
    at: int
    """When it happened: ms since the epoch (UTC)."""
    amount_fen: int = 0
    escort_id: int | None = None
    outcome: str = ""
    """A ``MessageOutcome``, or empty."""
    until: int = 0
    """Until when it can be accepted; 0: it cannot."""
    visit_time: str = ""
    """``HH:MM``; empty while it is not settled."""
    meeting_point: str = ""
    """Empty: at the hospital."""
    reader: str = ""
    """A ``Reader``; empty in what an earlier version queued."""
    month: str = ""
    """``YYYY-MM`` of a statement; empty where it is about an order."""
    document: str = ""
    """What an escort's document is called; empty where it is about none."""
    last_day: str = ""
    """The last day on which it is valid."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> MessageFacts:
        """Facts that an earlier version wrote too: what it knew beside these is left out. Raises ValueError,
        AttributeError or TypeError for anything else."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in json.loads(text).items() if name in known})


EXAMPLE = MessageFacts(
    order_id=1,
    service_name="陪诊服务",
    hospital_name="人民医院",
    visit_date="2026-12-01",
    at=1_764_500_000_000,
    amount_fen=38800,
    outcome=MessageOutcome.REFUNDED,
    visit_time="09:30",
    meeting_point="门诊楼一层大厅",
    month="2026-11",
    document="健康证",
    last_day="2026-12-31",
)
EXAMPLE_ESCORT = "王芳"
"""With ``EXAMPLE``: to try whether the configured fields can be filled."""

_WHERE_AND_WHEN = ("service", "hospital", "meeting_point", "visit_date", "visit_time", "order")
_OF_EVERY_USER_MESSAGE = (*_WHERE_AND_WHEN, "amount", "time")
TELLS: dict[MessageKind, tuple[str, ...]] = {
    MessageKind.PAID: _OF_EVERY_USER_MESSAGE,
    MessageKind.ESCORT: (*_OF_EVERY_USER_MESSAGE, "escort"),
    MessageKind.REFUND: (*_OF_EVERY_USER_MESSAGE, "outcome"),
    MessageKind.STARTED: (*_WHERE_AND_WHEN, "time", "escort"),
    MessageKind.REPORT: (*_WHERE_AND_WHEN, "time", "escort"),
    MessageKind.CANCELLED: (*_WHERE_AND_WHEN, "time", "outcome"),
    MessageKind.INVITATION: (
        "service",
        "hospital",
        "visit_date",
        "visit_time",
        "time",
        "order",
        "outcome",
        "amount",
        "until",
    ),
    MessageKind.MOVED: (*_WHERE_AND_WHEN, "time", "outcome"),
    MessageKind.REMINDER: _WHERE_AND_WHEN,
    MessageKind.SUPPLEMENT: (*_OF_EVERY_USER_MESSAGE, "outcome"),
    MessageKind.STATEMENT: ("month", "amount", "time", "outcome"),
    MessageKind.QUALIFICATION: ("document", "last_day", "time", "outcome"),
    MessageKind.COMPLAINT: ("service", "time", "outcome"),
    MessageKind.INVOICE: ("service", "hospital", "visit_date", "order", "amount", "time", "outcome"),
}
"""What each kind of message can tell, by the names that the settings use."""


def template_of(settings: WeChatSettings, kind: MessageKind) -> tuple[str, list[str]]:
    """The id of the template that is configured for a kind, empty for none, and its fields."""
    return getattr(settings, f"message_{kind}"), getattr(settings, f"message_{kind}_fields")


def month_text(month: str) -> str:
    """``2026年11月`` of ``2026-11``; empty for none."""
    return f"{month[:4]}年{int(month[5:])}月" if month else ""


class UnknownFact(ValueError):
    """A template's field asks for something that no message tells."""


def fill(
    template_fields: list[str],
    facts: MessageFacts,
    escort_name: str = "",
    allowed: Collection[str] | None = None,
) -> dict[str, str]:
    """The values of a template's fields, ``["thing1=service", …]``, from the facts of a message.

    Raises UnknownFact for a field that names none, or none of those that are ``allowed``.
    """
    known = {
        "service": facts.service_name,
        "hospital": facts.hospital_name,
        "meeting_point": facts.meeting_point or facts.hospital_name,
        "visit_date": facts.visit_date,
        "visit_time": f"{facts.visit_date} {facts.visit_time}".strip(),
        "amount": f"{exact_yuan(facts.amount_fen)}元",
        "time": shanghai_time(facts.at)[:16],
        "order": str(facts.order_id),
        "escort": escort_name,
        "until": shanghai_time(facts.until or facts.at)[:16],
        "month": month_text(facts.month),
        "document": facts.document,
        "last_day": facts.last_day,
        "outcome": OUTCOME_TEXT[MessageOutcome(facts.outcome)] if facts.outcome else "",
    }
    values = {}
    for field in template_fields:
        name, _, fact = field.partition("=")
        if fact not in (known if allowed is None else allowed):
            raise UnknownFact(f"expected field=fact with one of {', '.join(allowed or known)}, found {field}")
        values[name] = known[fact]
    return values
