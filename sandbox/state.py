"""What WeChat knows: orders, refunds, notifications, messages, people; kept in memory, journalled by ``store``.

Times are milliseconds since the epoch in UTC (``*_at``), money is fen (``*_fen``).
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from .record import Record as Record
from .shipment import Shipment
from .store import Store

AUTO_CLOSE_MS = 7 * 24 * 3600 * 1000
PREPAY_MS = 2 * 3600 * 1000


@dataclass
class Order(Record):
    """A JSAPI order. ``parameters`` is what the merchant sent, to recognise an identical repetition."""

    kind: ClassVar[str] = "order"
    key_field: ClassVar[str] = "out_trade_no"

    out_trade_no: str
    openid: str
    amount_fen: int
    currency: str
    description: str
    attach: str
    notify_url: str
    parameters: dict[str, Any]
    created_at: int
    time_expire_at: int | None = None
    state: str = "NOTPAY"  # NOTPAY, SUCCESS, CLOSED, REFUND
    prepay_ids: dict[str, int] = field(default_factory=dict)  # prepay_id → when it was given
    transaction_id: str = ""
    bank_type: str = ""
    paid_at: int | None = None
    closed_at: int | None = None
    key_mode: str = "public_key"  # which platform key the merchant asked for when it created the order

    @property
    def paid(self) -> bool:
        return self.paid_at is not None


@dataclass
class Refund(Record):
    """A refund; PROCESSING until ``due_at``, then ``outcome`` (None: it stays PROCESSING)."""

    kind: ClassVar[str] = "refund"
    key_field: ClassVar[str] = "out_refund_no"

    out_refund_no: str
    refund_id: str
    out_trade_no: str
    transaction_id: str
    amount_fen: int
    total_fen: int
    reason: str
    notify_url: str
    created_at: int
    due_at: int | None
    outcome: str | None
    status: str = "PROCESSING"  # PROCESSING, SUCCESS, CLOSED, ABNORMAL
    success_at: int | None = None
    key_mode: str = "public_key"


@dataclass
class Transfer(Record):
    """A transfer to a payee. ``due_at``: when it goes on by itself (None: never). ``parameters`` is what the merchant
    sent, to recognise an identical repetition."""

    kind: ClassVar[str] = "transfer"
    key_field: ClassVar[str] = "out_bill_no"

    out_bill_no: str
    transfer_bill_no: str
    openid: str
    amount_fen: int
    remark: str
    user_name: str
    parameters: dict[str, Any]
    notify_url: str
    created_at: int
    updated_at: int
    # ACCEPTED, PROCESSING, WAIT_USER_CONFIRM, TRANSFERING, SUCCESS, FAIL, CANCELING, CANCELLED
    state: str = "ACCEPTED"
    package_info: str = ""
    confirm_until: int | None = None
    due_at: int | None = None
    fail_reason: str = ""
    key_mode: str = "public_key"
    out_trade_no: ClassVar[str] = ""


@dataclass
class Notification(Record):
    """One event that the merchant has to be told, with every attempt and the answer it got."""

    kind: ClassVar[str] = "notification"
    key_field: ClassVar[str] = "id"

    id: str
    event_type: str
    original_type: str  # transaction, refund, mch_payment, complaint
    subject: str  # out_trade_no, out_refund_no, out_bill_no or complaint_id
    out_trade_no: str
    openid: str
    notify_url: str
    summary: str
    content: dict[str, Any]  # the plaintext of the resource
    created_at: int
    due_at: int | None  # the next attempt; None: no more
    state: str = "pending"  # pending, accepted, lost, given_up
    key_mode: str = "public_key"
    copies: int = 1  # how many go out at once in the next round
    swallow: int = 0  # how many rounds will get lost on the way
    held: bool = False  # waits for another notification to overtake it
    rounds: int = 0  # how far it has come in WeChat's schedule
    attempts: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Message(Record):
    """A subscribe message as the person would see it, or the refusal the merchant got."""

    kind: ClassVar[str] = "message"
    key_field: ClassVar[str] = "id"

    id: str
    openid: str
    template_id: str
    page: str
    data: dict[str, str]
    created_at: int
    errcode: int
    errmsg: str
    msgid: str = ""
    """Its number, once it was taken."""


@dataclass
class Person(Record):
    """A user who has logged in. ``name`` is empty for codes that carry none."""

    kind: ClassVar[str] = "person"
    key_field: ClassVar[str] = "openid"

    openid: str
    name: str
    first_at: int
    last_at: int
    real_name: str = ""
    """As WeChat knows them; empty: any name is theirs."""


@dataclass
class Permission(Record):
    """How many messages of a template a person has permitted and not received yet."""

    kind: ClassVar[str] = "permission"
    key_field: ClassVar[str] = "id"

    id: str
    """Openid and template."""
    openid: str
    template_id: str
    remaining: int


@dataclass
class ContentTrace(Record):
    """A text or picture that was checked, and what was said about it."""

    kind: ClassVar[str] = "content_trace"
    key_field: ClassVar[str] = "trace_id"

    trace_id: str
    what: str  # text, picture
    openid: str
    content: str  # the text, or the picture's address
    created_at: int
    suggest: str = ""  # pass, risky, review; empty: not known yet
    label: int = 0
    due_at: int | None = None  # when the picture's event goes out
    errcode: int = 0
    sent: int = 0  # how many events went out


R = TypeVar("R", bound=Record)


class State:
    """All records with the indexes that the endpoints need. Changes reach the disk by ``keep`` alone."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.orders = self._load(Order)
        self.refunds = self._load(Refund)
        self.transfers = self._load(Transfer)
        self.notifications = self._load(Notification)
        self.messages = self._load(Message)
        self.people = self._load(Person)
        self.permissions = self._load(Permission)
        self.content_traces = self._load(ContentTrace)
        self.shipments = self._load(Shipment)
        self.used_codes = {key: int(body["used_at"]) for key, body in store.read("code")}
        self.tokens = {key: int(body["expires_at"]) for key, body in store.read("token")}
        self.by_prepay_id: dict[str, Order] = {}
        self.by_transaction_id: dict[str, Order] = {}
        self.refunds_of: dict[str, list[Refund]] = defaultdict(list)
        for table in (self.orders, self.refunds):
            for record in table.values():
                self._index(record)

    def _load(self, kind: type[R]) -> dict[str, R]:
        known = {item.name for item in dataclasses.fields(kind)}
        records = [
            kind(**{name: value for name, value in body.items() if name in known})
            for _, body in self.store.read(kind.kind)
        ]
        records.sort(key=lambda record: int(getattr(record, "created_at", 0)))
        return {record.key: record for record in records}

    def keep(self, record: Record) -> None:
        """Store a new or changed record; durable after ``flush``."""
        tables: dict[str, dict[str, Any]] = {
            "order": self.orders,
            "refund": self.refunds,
            "transfer": self.transfers,
            "notification": self.notifications,
            "message": self.messages,
            "person": self.people,
            "permission": self.permissions,
            "content_trace": self.content_traces,
            "shipment": self.shipments,
        }
        tables[record.kind][record.key] = record
        self._index(record)
        self.store.put(record.kind, record.key, record.document())

    def _index(self, record: Record) -> None:
        if isinstance(record, Order):
            for prepay_id in record.prepay_ids:
                self.by_prepay_id[prepay_id] = record
            if record.transaction_id:
                self.by_transaction_id[record.transaction_id] = record
        elif isinstance(record, Refund) and record not in self.refunds_of[record.out_trade_no]:
            self.refunds_of[record.out_trade_no].append(record)

    def order(self, out_trade_no: str, now: int) -> Order | None:
        """An order by the merchant's number; one left unpaid for seven days closes on the way."""
        order = self.orders.get(out_trade_no)
        if order and order.state == "NOTPAY" and now >= order.created_at + AUTO_CLOSE_MS:
            order.state, order.closed_at = "CLOSED", order.created_at + AUTO_CLOSE_MS
            self.keep(order)
        return order

    def use_code(self, code: str, now: int) -> bool:
        """Spend a login code; False when it has been spent before."""
        if code in self.used_codes:
            return False
        self.used_codes[code] = now
        self.store.put("code", code, {"used_at": now})
        return True

    def keep_token(self, token: str, expires_at: int) -> None:
        self.tokens[token] = expires_at
        self.store.put("token", token, {"expires_at": expires_at})

    def drop_token(self, token: str) -> None:
        del self.tokens[token]
        self.store.put("token", token, None)

    async def flush(self) -> None:
        """Return once everything kept so far would survive a SIGKILL."""
        await self.store.flush()
