"""For how much an order can still be invoiced: with its supplements, without what went back or is promised back."""

from __future__ import annotations

from frozen_dataclasses import frozen
from storage import Reader
from storage.models import Invoice, InvoiceState, Order, RefundState

COUNTED = (InvoiceState.ISSUED, InvoiceState.TO_REVERSE)
"""Invoices that stand until they are reversed."""
PROMISED = (RefundState.APPROVED, RefundState.PROCESSING, RefundState.ABNORMAL)
"""Decided, and the money has not gone back yet."""


@frozen()
class InvoiceSum:
    """Fen, of an order and its supplements."""

    paid_fen: int
    refunded_fen: int
    promised_fen: int
    invoiced_fen: int
    paid_at: int | None
    """When the last of it was paid."""

    @property
    def kept_fen(self) -> int:
        """What the company keeps, once what is promised has gone back."""
        return self.paid_fen - self.refunded_fen - self.promised_fen

    @property
    def open_fen(self) -> int:
        """What can still be invoiced; never negative."""
        return max(self.kept_fen - self.invoiced_fen, 0)


async def read_sum(reader: Reader, order: Order) -> InvoiceSum:
    supplements = await reader.supplements.of_order(order.id)
    paying = {order.paid_attempt_id, *(each.paid_attempt_id for each in supplements)}
    refunds = await reader.refunds.of_order(order.id)
    moments = [order.paid_at, *(each.paid_at for each in supplements)]
    return InvoiceSum(
        paid_fen=order.paid_fen + sum(each.paid_fen for each in supplements),
        refunded_fen=order.refunded_fen + sum(each.refunded_fen for each in supplements),
        promised_fen=sum(
            each.amount_fen for each in refunds if each.state in PROMISED and each.attempt_id in paying
        ),
        invoiced_fen=invoiced_fen(await reader.invoices.of_order(order.id)),
        paid_at=max((at for at in moments if at is not None), default=None),
    )


def invoiced_fen(invoices: list[Invoice]) -> int:
    return sum(each.amount_fen for each in invoices if each.state in COUNTED)


def issuable_fen(invoice: Invoice, now: InvoiceSum) -> int:
    """For how much a request can be issued now: money may have gone back since it was made."""
    return min(invoice.amount_fen, now.open_fen)
