"""What a form about money showed when it was opened: nobody decides about something that has changed meanwhile.

The page carries the marks along; they are compared under the lock of the decision itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from payment import problems
from payment.payables import Payable
from storage.models import RESERVING_REFUNDS, Attempt, FinanceCase, Refund, RefundState

_NAMES = {
    "state": "订单状态",
    "escort": "陪诊员",
    "visit": "就诊日期",
    "money": "实付金额",
    "supplement": "这笔补款",
    "refunds": "退款记录",
    "case": "这项异常",
    "payment": "这笔款项的状态",
}


def payable_fingerprint(payable: Payable, refunds: list[Refund]) -> str:
    """Of an order or a supplement, as a decision about its money depends on it. ``refunds``: all of the order."""
    return _marks(_payable_facts(payable, refunds))


def case_fingerprint(case: FinanceCase, attempt: Attempt | None) -> str:
    """Of a case and the payment that it is about."""
    return _marks(_case_facts(case, attempt))


def check_unchanged(seen: str | None, payable: Payable, refunds: list[Refund]) -> None:
    """Raises ChangedSinceSeen, which names what changed. ``seen``: None where there was no page."""
    _check(seen, _payable_facts(payable, refunds))


def check_case_unchanged(seen: str | None, case: FinanceCase, attempt: Attempt | None) -> None:
    """Raises ChangedSinceSeen."""
    _check(seen, _case_facts(case, attempt))


def _payable_facts(payable: Payable, refunds: list[Refund]) -> dict[str, str]:
    order, supplement = payable.order, payable.supplement
    if supplement is not None:
        what = {"supplement": supplement.state}
    else:
        what = {
            "state": order.state_before_refund or order.state,
            "escort": str(order.escort_id),
            "visit": order.visit_date,
        }
    return {
        **what,
        "money": str(payable.paid_fen),
        "refunds": " ".join(f"{refund.id}:{refund.amount_fen}:{_stage(refund)}" for refund in refunds),
    }


def _stage(refund: Refund) -> str:
    """WeChat's steps between promised and paid out do not matter to a decision."""
    if refund.state == RefundState.REQUESTED:
        return "asked"
    return "promised" if refund.state in RESERVING_REFUNDS else "void"


def _case_facts(case: FinanceCase, attempt: Attempt | None) -> dict[str, str]:
    return {
        "case": f"{case.state} {case.note} {case.detail}",
        "payment": f"{attempt.state} {attempt.open_order_id} {attempt.open_supplement_id}" if attempt else "",
    }


def _marks(facts: Mapping[str, str]) -> str:
    return " ".join(f"{name}:{_mark(value)}" for name, value in facts.items())


def _mark(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def _check(seen: str | None, facts: Mapping[str, str]) -> None:
    if not seen:
        return
    known = dict(part.partition(":")[::2] for part in seen.split())
    changed = [_NAMES[name] for name, value in facts.items() if known.get(name) != _mark(value)]
    if changed:
        raise problems.ChangedSinceSeen(*changed)
