"""What a row of the older system becomes here. Pure functions: nothing is read or written.

Sources of the forms: the older server's models and the kept endpoints of the HTTP contract.
"""

from __future__ import annotations

import re
import unicodedata

from clock import DAY, HOUR, day_bounds, shanghai_date
from frozen_dataclasses import frozen
from money import read_amount
from startup.legacy.source import LegacyOrder, LegacyPayment, LegacyService
from storage.models import EscortState, OrderState, Takes

WARRANT = re.compile(r"[0-9A-Za-z]{20,32}")
"""The older server made 32 letters and digits; what is much shorter could be guessed."""
OUT_TRADE_NO = re.compile(r"[0-9A-Za-z_\-|*]{6,32}", re.ASCII)
OPENID = re.compile(r"[0-9A-Za-z_-]{1,128}", re.ASCII)
RELATIONS = ("本人", "父母", "子女", "兄弟姐妹", "夫妻", "其他")

_PRICE = re.compile(r"[￥¥]\s*(\d{1,6}(?:\.\d{1,2})?)\s*[/／]\s*(\S{1,16})")
_ESCORT_STATES = {
    "已通过": EscortState.APPROVED,
    "通过": EscortState.APPROVED,
    "已拒绝": EscortState.REJECTED,
    "拒绝": EscortState.REJECTED,
    "已停用": EscortState.SUSPENDED,
}

DAY_IS_OVER = "旧系统的待付款订单，就诊日已过"
NEWER_ONE = "旧系统中同一位就诊人有更新的待付款订单"
NO_PRICE = "旧系统的价格无法识别，请重新下单"


@frozen()
class Price:
    amount_fen: int
    unit: str


def read_price(text: str) -> Price | None:
    """``￥588/次`` as an amount in fen and a unit; None when the text is something else."""
    found = _PRICE.fullmatch(text.strip())
    if found is None:
        return None
    amount_fen = read_amount(unicodedata.normalize("NFKC", found[1]))
    return None if amount_fen is None else Price(amount_fen, found[2])


def takes_of_unit(unit: str) -> Takes:
    """How much of an escort's day a service takes: the older system told it by the unit alone."""
    return Takes.DAY if unit == "天" else Takes.HALF


def escort_state(status: str) -> EscortState:
    """Only the plain words mean a decision; any other remark leaves the application to be reviewed."""
    return _ESCORT_STATES.get(status, EscortState.PENDING)


@frozen()
class Snapshot:
    """What an order keeps of its hospital and its service."""

    hospital_name: str
    """Empty when the hospital is not known."""
    service: LegacyService | None
    catalog_price: Price | None
    """Of the service with the same number here, for prices that the older system cannot say."""


@frozen()
class OrderPlan:
    """What an order becomes, before anything of it is written. Amounts in fen, moments in ms (UTC)."""

    state: OrderState
    reason: str
    """Why it is cancelled; empty otherwise."""
    price_fen: int
    unit: str
    requested_at: int
    paying: LegacyPayment | None
    """The payment that pays the order."""
    paid_fen: int
    paid_at: int | None
    surplus: tuple[LegacyPayment, ...]
    """Further payments that WeChat confirmed."""
    unconfirmed: tuple[LegacyPayment, ...]
    """Numbers that were given out without a confirmation."""
    remarks: tuple[str, ...]

    @property
    def paid(self) -> bool:
        return self.paid_at is not None


def plan_order(
    order: LegacyOrder,
    payments: list[LegacyPayment],
    snapshot: Snapshot,
    now: int,
    has_newer_unpaid: bool,
) -> OrderPlan:
    """Decide about an order with all its payments.

    ``has_newer_unpaid``: the user has a newer unpaid order for the same patient.
    """
    confirmed = [payment for payment in payments if payment.transaction_id]
    unconfirmed = tuple(payment for payment in payments if not payment.transaction_id)
    remarks: list[str] = []
    requested_at = order.requested_at or order.paid_at or now
    if order.requested_at is None:
        remarks.append("没有下单时间，按付款或导入时间记")
    paying = _paying(order, confirmed)
    paid = order.paid or paying is not None
    paid_fen = paying.amount_fen if paying else order.paid_fen
    paid_at = None
    if paid:
        paid_at = (paying.paid_at if paying else None) or order.paid_at or requested_at
        remarks += _about_payment(order, paying)
    price = read_price(snapshot.service.price_text) if snapshot.service else None
    if price is None:
        remarks.append("旧系统的价格无法识别")
        price = snapshot.catalog_price
    amount = paid_fen if paid else (price.amount_fen if price else 0)
    state, reason = _state(order, paid, amount, now, has_newer_unpaid)
    return OrderPlan(
        state=state,
        reason=reason,
        price_fen=amount,
        unit=price.unit if price else "次",
        requested_at=requested_at,
        paying=paying,
        paid_fen=paid_fen if paid else 0,
        paid_at=paid_at,
        surplus=tuple(payment for payment in confirmed if payment is not paying),
        unconfirmed=unconfirmed,
        remarks=tuple(remarks),
    )


def _paying(order: LegacyOrder, confirmed: list[LegacyPayment]) -> LegacyPayment | None:
    """The payment whose amount the order names; of several, and of none that fits, the first."""
    fitting = [payment for payment in confirmed if payment.amount_fen == order.paid_fen]
    return next(iter(fitting or confirmed), None)


def _about_payment(order: LegacyOrder, paying: LegacyPayment | None) -> list[str]:
    remarks = []
    if paying is None:
        remarks.append("已付款但没有微信支付单号")
    elif not order.paid:
        remarks.append("有收款记录，旧系统却没有记为已付款：按已付款导入")
    elif paying.amount_fen != order.paid_fen:
        remarks.append("订单金额与收款记录不同：按收款记录导入")
    if (paying.paid_at if paying else None) is None and order.paid_at is None:
        remarks.append("没有付款时间，按下单时间记")
    return remarks


def _state(
    order: LegacyOrder, paid: bool, amount_fen: int, now: int, has_newer_unpaid: bool
) -> tuple[OrderState, str]:
    if paid:
        return (OrderState.FINISHED if order.finished else OrderState.PAID), ""
    if order.visit_date < shanghai_date(now):
        return OrderState.CANCELLED, DAY_IS_OVER
    if has_newer_unpaid:
        return OrderState.CANCELLED, NEWER_ONE
    if amount_fen <= 0:
        return OrderState.CANCELLED, NO_PRICE
    return OrderState.UNPAID, ""


def unpaid_until(visit_date: str, unpaid_hours: int, now: int) -> int:
    """When an imported unpaid order expires: as if it had been made now."""
    return min(now + unpaid_hours * HOUR, day_bounds(visit_date)[1])


def finished_at(order: LegacyOrder, paid_at: int, now: int) -> int:
    """The older system keeps no moment of finishing: the end of the visit's day, never before the payment."""
    if not order.visit_date:
        return paid_at
    return max(paid_at, min(day_bounds(order.visit_date)[1] - DAY // 24, now))
