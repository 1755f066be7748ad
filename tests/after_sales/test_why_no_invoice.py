"""Why no invoice can be asked for now: what a user reads, case by case."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from clock import DAY
from payment.invoicing.requests import why_not
from storage.models import OrderState

PAID_AT = 1_000
DAYS = 30
UNPAID = "订单还没有付款"


def asked(
    state: OrderState = OrderState.FINISHED, paid: int = 58_800, at: int = PAID_AT, **found: Any
) -> str:
    """``found``: what differs from an order that was paid and whose whole money is open."""
    order: Any = SimpleNamespace(paid_fen=paid, state=state)
    known: Any = SimpleNamespace(
        **{"paid_fen": 58_800, "paid_at": PAID_AT, "open_fen": 58_800, "invoiced_fen": 0, **found}
    )
    return why_not(order, known, DAYS, at)


@pytest.mark.parametrize(
    ("order_fen", "all_fen", "said"),
    [(58_800, 58_800, ""), (0, 58_800, ""), (58_800, 0, ""), (0, 0, UNPAID), (0, 1, ""), (1, 0, "")],
)
def test_what_was_paid_for_the_order_or_a_supplement_is_money(
    order_fen: int, all_fen: int, said: str
) -> None:
    assert asked(paid=order_fen, paid_fen=all_fen) == said
    assert asked(OrderState.REFUNDING, order_fen, paid_fen=all_fen) == (
        said or "正在处理退款，处理完就可以申请"
    )


@pytest.mark.parametrize("state", OrderState)
def test_an_invoice_is_about_an_order_that_is_over(state: OrderState) -> None:
    over = state in (OrderState.FINISHED, OrderState.CANCELLED, OrderState.REFUNDED)
    refunding = state == OrderState.REFUNDING
    assert asked(state) == (
        "正在处理退款，处理完就可以申请" if refunding else "" if over else "陪诊完成后就可以申请发票"
    )


def test_the_days_are_counted_from_the_payment_to_the_millisecond() -> None:
    assert asked(at=PAID_AT + DAYS * DAY) == ""
    assert asked(at=PAID_AT + DAYS * DAY + 1) == "付款超过 30 天，请直接联系客服"
    assert asked(at=PAID_AT + DAYS * DAY + 1, paid_at=None) == ""


def test_what_is_left_decides_and_why_nothing_is_left() -> None:
    assert asked(open_fen=1) == ""
    assert asked(open_fen=0) == "款项已全部退回，没有可以开票的金额"
    assert asked(open_fen=0, invoiced_fen=1) == "这个订单已经开过发票"
