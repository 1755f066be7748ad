"""What a payment attempt asks for: number, amount, description, expiry; and whether an open one still asks for it."""

from __future__ import annotations

from clock import DAY, HOUR, MINUTE, SECOND
from payment.context import Context
from payment.payables import Payable
from payment.wechatpay.numbers import new_out_trade_no
from storage.models import Attempt, AttemptState, User
from storage.writes import NewAttempt

PREPAY_LIFETIME = 2 * HOUR
PREPAY_MARGIN = 10 * MINUTE
"""A prepay_id that dies while the user types the password is no use: renewed that much earlier."""
MIN_TIME_TO_EXPIRY = 2 * MINUTE
"""WeChat wants time_expire at least one minute away; below this an attempt is replaced rather than renewed."""
MAX_ATTEMPT_LIFETIME = 6 * DAY
"""WeChat closes an order by itself after seven days; a longer-lived one of ours gets another attempt."""
CURRENCY = "CNY"


def description_of(payable: Payable, brand: str) -> str:
    """What the user reads in WeChat's cashier."""
    return " ".join(f"{brand} {payable.title}".split())[:127] or "陪诊服务"


def new_attempt(context: Context, payable: Payable, payer: User, at: int) -> NewAttempt:
    """An attempt by which ``payer`` pays what the payable is now, under a new number."""
    merchant = context.gateway.merchant
    return NewAttempt(
        out_trade_no=new_out_trade_no(at),
        amount_fen=payable.amount_fen,
        currency=CURRENCY,
        openid=payer.openid,
        payer_user_id=payer.id,
        appid=merchant.appid,
        mchid=merchant.mchid,
        description=description_of(payable, context.settings.orders.brand),
        notify_url=merchant.notify_url,
        expires_at=_expiry(payable, at),
        supplement_id=payable.key.supplement_id,
    )


def _expiry(payable: Payable, at: int) -> int:
    """To the second, because that is what WeChat is told and what a repetition must tell again."""
    latest = at + MAX_ATTEMPT_LIFETIME
    wanted_until = latest if payable.payable_until is None else payable.payable_until
    return min(max(wanted_until, at + 5 * MINUTE), latest) // SECOND * SECOND


def matches(context: Context, attempt: Attempt, payable: Payable, openid: str, at: int) -> bool:
    """Does the attempt still ask for what the payable is, of whom it is for, with time left to pay?"""
    merchant = context.gateway.merchant
    return (
        attempt.amount_fen == payable.amount_fen
        and attempt.description == description_of(payable, context.settings.orders.brand)
        and attempt.openid == openid
        and (attempt.appid, attempt.mchid, attempt.notify_url)
        == (merchant.appid, merchant.mchid, merchant.notify_url)
        and attempt.expires_at >= at + MIN_TIME_TO_EXPIRY
    )


def prepay_is_fresh(attempt: Attempt, at: int) -> bool:
    """May its prepay_id be signed again?"""
    return (
        attempt.state == AttemptState.PREPAID
        and attempt.prepay_at is not None
        and attempt.prepay_at <= at < attempt.prepay_at + PREPAY_LIFETIME - PREPAY_MARGIN
    )
