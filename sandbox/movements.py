"""What moves a merchant's money, in fen: a payment, a refund, and WeChat's fee of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .state import Order, Refund

FEE_PER_MILLE = 6


@dataclass(frozen=True)
class Movement:
    """Money in (a payment) or out (a refund), with the fee that was taken or given back; all in fen, ≥ 0."""

    order: Order
    refund: Refund | None
    at: int
    amount_fen: int
    fee_fen: int

    @property
    def number(self) -> str:
        return self.refund.out_refund_no if self.refund else self.order.out_trade_no


def fee(amount_fen: int) -> int:
    """WeChat's share: 0.6 %, rounded half up to a fen."""
    return (amount_fen * FEE_PER_MILLE + 500) // 1000


def entries(item: Movement) -> Iterable[tuple[str, int]]:
    """What a movement does to the account: (business name, signed fen)."""
    if item.refund is not None and item.refund.status == "CLOSED":
        return  # the money never left
    sign = -1 if item.refund else 1
    yield ("退款" if item.refund else "交易"), sign * item.amount_fen
    if item.fee_fen:
        yield ("退回交易手续费" if item.refund else "扣除交易手续费"), -sign * item.fee_fen


def net_fen(item: Movement) -> int:
    return sum(amount for _, amount in entries(item))
