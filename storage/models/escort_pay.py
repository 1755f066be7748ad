"""What escorts earn, the rules of it, their monthly statements; and months whose books are closed."""

from __future__ import annotations

from enum import StrEnum

from frozen_dataclasses import frozen


class PayRuleKind(StrEnum):
    FIXED = "fixed"
    PERCENT = "percent"
    NONE = "none"
    """From that day on there is no rule of its own here: the next more general one holds."""


@frozen(slots=True)
class PayRule:
    """What an escort earns of a service from a Shanghai day on. Never changed: a newer one takes its place."""

    id: int
    service_id: int
    """0: every service."""
    escort_id: int
    """0: every escort."""
    kind: str
    value: int
    """Fen, or hundredths of a percent of what the order cost."""
    valid_from: str
    created_by: int
    created_at: int


class EarningKind(StrEnum):
    ORDER = "order"
    """A finished order."""
    REVERSAL = "reversal"
    """The order was reopened."""
    CORRECTION = "correction"
    """Decided by a person."""


@frozen(slots=True)
class Earning:
    """Never changed, never deleted: what was too much is taken away by another one."""

    id: int
    escort_id: int
    order_id: int | None
    kind: str
    reference: str
    """Unique: makes each earning once."""
    amount_fen: int
    base_fen: int
    """What a percentage was taken of."""
    rule_id: int | None
    reason: str
    earned_date: str
    created_by: int | None
    created_at: int


class StatementState(StrEnum):
    ISSUED = "issued"
    """The escort looks at it; also again, after a question was answered."""
    QUESTIONED = "questioned"
    CONFIRMED = "confirmed"
    PAYING = "paying"
    """By a transfer through WeChat that is under way."""
    PAID = "paid"
    WITHDRAWN = "withdrawn"


@frozen(slots=True)
class PayStatement:
    """What an escort is paid for a month."""

    id: int
    escort_id: int
    month: str
    """``YYYY-MM``."""
    number: int
    """1 for the first of the month; a withdrawn one is followed by the next."""
    state: str
    orders_fen: int
    corrections_fen: int
    total_fen: int
    line_count: int
    issued_by: int
    issued_at: int
    question: str
    answer: str
    answered_at: int | None
    confirmed_at: int | None
    paid_at: int | None
    paid_by: int | None
    paid_reference: str
    withdrawn_at: int | None
    updated_at: int


@frozen(slots=True)
class PayStatementLine:
    statement_id: int
    earning_id: int
    live_earning_id: int | None
    """The earning's id until its statement is withdrawn: an earning is on one statement."""


@frozen(slots=True)
class ClosedMonth:
    month: str
    closed_by: int
    closed_at: int
    last_ledger_id: int
    """The last entry of the ledger that it contains; later ones count to the month in which they were booked."""
    totals_json: str
