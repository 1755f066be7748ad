"""A day of WeChat's bills against ours, both ways. Each difference has a kind, a number, and the evidence.

Nothing is written here, except that what WeChat has and we lack is asked for first and settled like any other report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from clock import day_bounds
from frozen_dataclasses import frozen
from payment.attempts import PaymentAttempts
from payment.context import Context
from payment.evidence import Source
from payment.refunds.outcome import apply_refund
from payment.wechatpay.bills.parsing import BillRow, FlowRow
from payment.wechatpay.errors import GatewayError
from storage import Reader, Transaction
from storage.models import SUBMITTED_REFUNDS, Attempt, AttemptState, Refund, RefundState
from storage.writes import RefundMove

KINDS = {
    "bill_payment_missing_here": "微信有、我方没有的收款",
    "bill_payment_missing_there": "我方有、微信没有的收款",
    "bill_payment_revoked": "微信已撤销的收款",
    "bill_amount_differs": "收款金额不一致",
    "bill_payment_differs": "收款内容不一致",
    "bill_refund_missing_here": "微信有、我方没有的退款",
    "bill_refund_missing_there": "我方有、微信没有的退款",
    "bill_refund_amount_differs": "退款金额不一致",
    "bill_refund_state_differs": "退款状态不一致",
    "bill_flow_missing": "资金账单缺少的收款",
    "bill_flow_extra": "资金账单多出的流水",
    "bill_flow_differs": "资金账单金额不一致",
}
"""Every kind of difference, and what an administrator reads."""

PAYMENT_FLOWS = ("交易",)
REFUND_FLOWS = ("退款",)
_REFUND_FAILED = ("FAIL", "CLOSED")


@frozen()
class Difference:
    kind: str
    reference: str
    """out_trade_no, out_refund_no, or WeChat's number where there is no other."""
    detail: dict[str, Any]
    order_id: int | None = None

    @property
    def detail_json(self) -> str:
        return json.dumps(self.detail, ensure_ascii=False, default=str)


@frozen()
class Fee:
    """WeChat's charge for a payment or refund that both sides know."""

    reference: str
    fee_fen: int
    occurred_at: int
    order_id: int


class Comparison:
    """The two bills of ``day`` and what is known here. ``run`` fills ``differences`` and ``fees``."""

    def __init__(self, day: str, rows: list[BillRow], flows: list[FlowRow]) -> None:
        self._first_at, self._last_at = day_bounds(day)
        self._payments = {row.out_trade_no: row for row in rows if row.trade_state == "SUCCESS"}
        self._refunds = {row.out_refund_no: row for row in rows if row.is_refund}
        self._rows = rows
        self._flows = flows
        self.differences: list[Difference] = []
        self.fees: list[Fee] = []

    def _add_difference(self, kind: str, reference: str, order_id: int | None = None, **detail: Any) -> None:
        self.differences.append(Difference(kind, reference, detail, order_id))

    async def run(self, reader: Reader) -> None:
        for row in self._rows:
            if row.trade_state == "REVOKED":
                self._add_difference(
                    "bill_payment_revoked", row.out_trade_no, amount_fen=row.total_fen, line=row.line
                )
        for row in self._payments.values():
            self._compare_payment(row, await reader.attempts.by_number(row.out_trade_no))
        for attempt in await reader.attempts.paid_between(self._first_at, self._last_at):
            if attempt.out_trade_no not in self._payments:
                self._add_difference(
                    "bill_payment_missing_there",
                    attempt.out_trade_no,
                    attempt.order_id,
                    amount_fen=attempt.amount_fen,
                    transaction_id=attempt.transaction_id,
                )
        for row in self._refunds.values():
            self._compare_refund(row, await reader.refunds.by_number(row.out_refund_no))
        for refund in await reader.refunds.submitted_between(self._first_at, self._last_at):
            if refund.state in SUBMITTED_REFUNDS and refund.out_refund_no not in self._refunds:
                self._add_difference(
                    "bill_refund_missing_there",
                    refund.out_refund_no,
                    refund.order_id,
                    amount_fen=refund.amount_fen,
                    state=refund.state,
                )
        await self._compare_flows(reader)

    def _compare_payment(self, row: BillRow, attempt: Attempt | None) -> None:
        if attempt is None or attempt.state != AttemptState.PAID:
            state = attempt.state if attempt else None
            order_id = attempt.order_id if attempt else None
            self._add_difference(
                "bill_payment_missing_here",
                row.out_trade_no,
                order_id,
                amount_fen=row.total_fen,
                transaction_id=row.transaction_id,
                state_here=state,
            )
            return
        if row.total_fen != attempt.amount_fen:
            self._add_difference(
                "bill_amount_differs",
                row.out_trade_no,
                attempt.order_id,
                here_fen=attempt.amount_fen,
                there_fen=row.total_fen,
            )
            return
        differs = _differing(
            transaction_id=(attempt.transaction_id, row.transaction_id),
            appid=(attempt.appid, row.appid),
            mchid=(attempt.mchid, row.mchid),
            currency=(attempt.currency, row.currency),
        )
        if differs:
            self._add_difference("bill_payment_differs", row.out_trade_no, attempt.order_id, differs=differs)
            return
        if row.fee_fen:
            self.fees.append(Fee(row.out_trade_no, row.fee_fen, row.happened_at, attempt.order_id))

    def _compare_refund(self, row: BillRow, refund: Refund | None) -> None:
        if refund is None:
            self._add_difference(
                "bill_refund_missing_here",
                row.out_refund_no,
                amount_fen=row.refund_fen,
                out_trade_no=row.out_trade_no,
            )
            return
        if row.refund_fen != refund.amount_fen:
            self._add_difference(
                "bill_refund_amount_differs",
                row.out_refund_no,
                refund.order_id,
                here_fen=refund.amount_fen,
                there_fen=row.refund_fen,
            )
            return
        succeeded = refund.state == RefundState.SUCCEEDED
        if (
            refund.state not in SUBMITTED_REFUNDS
            or (row.refund_state == "SUCCESS" and not succeeded)
            or (row.refund_state in _REFUND_FAILED and succeeded)
        ):
            self._add_difference(
                "bill_refund_state_differs",
                row.out_refund_no,
                refund.order_id,
                here=refund.state,
                there=row.refund_state,
            )
            return
        if row.fee_fen:
            self.fees.append(Fee(row.out_refund_no, row.fee_fen, row.happened_at, refund.order_id))

    async def _compare_flows(self, reader: Reader) -> None:
        """The account's movements against the trade bill: the same payments, with the same amounts. A refund may
        leave the account on a later day than the one on which it was accepted."""
        paid = {row.transaction_id: row for row in self._payments.values()}
        back = {row.refund_id: row for row in self._refunds.values()}
        moved = set()
        for flow in self._flows:
            if flow.kind in PAYMENT_FLOWS:
                moved.add(flow.business_id)
                row = paid.get(flow.business_id)
                self._compare_flow(flow, row.settled_fen if row else None, income=True)
            elif flow.kind in REFUND_FLOWS:
                row = back.get(flow.business_id)
                expected = row.settled_refund_fen if row else await self._earlier_refund(reader, flow)
                self._compare_flow(flow, expected, income=False)
        for transaction_id, row in paid.items():
            if transaction_id not in moved:
                self._add_difference("bill_flow_missing", row.out_trade_no, amount_fen=row.settled_fen)

    @staticmethod
    async def _earlier_refund(reader: Reader, flow: FlowRow) -> int | None:
        refund = await reader.refunds.by_number(flow.voucher) if flow.voucher else None
        return refund.amount_fen if refund is not None else None

    def _compare_flow(self, flow: FlowRow, expected_fen: int | None, *, income: bool) -> None:
        reference = flow.business_id or flow.flow_id
        if expected_fen is None:
            self._add_difference(
                "bill_flow_extra", reference, amount_fen=flow.amount_fen, flow_id=flow.flow_id
            )
        elif expected_fen != flow.amount_fen or flow.income != income:
            self._add_difference(
                "bill_flow_differs", reference, bill_fen=expected_fen, flow_fen=flow.amount_fen
            )


def _differing(**pairs: tuple[Any, Any]) -> dict[str, Any]:
    return {name: {"here": here, "there": there} for name, (here, there) in pairs.items() if here != there}


async def settle_missing(context: Context, rows: list[BillRow]) -> None:
    """Ask WeChat about what the bill has and we lack, and settle the answer. A failing question changes nothing:
    the comparison then shows the difference."""
    storage, gateway, attempts = context.storage, context.gateway, PaymentAttempts(context)
    for row in rows:
        at = context.clock()
        try:
            if row.trade_state == "SUCCESS" and await _payment_is_open(context, row):
                await attempts.settle(await gateway.query_order(row.out_trade_no), Source.BILL)
            elif row.is_refund and row.refund_state == "SUCCESS" and await _refund_is_open(context, row):
                result = await gateway.query_refund(row.out_refund_no)
                await storage.run(partial(apply_refund, result=result, source=Source.BILL, at=at))
        except GatewayError:
            continue


async def correct_refund_dates(context: Context, day: str, rows: list[BillRow]) -> None:
    """Put refunds on the day on which WeChat accepted them. One whose reply was lost got the time of the
    notification, which may be another day and carries no other date: before it counts as missing from this day's
    bill, WeChat is asked when it accepted it."""
    listed = {row.out_refund_no for row in rows if row.is_refund}
    first_at, last_at = day_bounds(day)
    async with context.storage.reading() as reader:
        submitted = await reader.refunds.submitted_between(first_at, last_at)
    for refund in submitted:
        if refund.out_refund_no in listed:
            continue
        try:
            accepted_at = (await context.gateway.query_refund(refund.out_refund_no)).created_at
        except GatewayError:
            continue  # the comparison then shows the difference
        if accepted_at is not None and not first_at <= accepted_at < last_at:
            await context.storage.run(partial(_correct_date, refund=refund, accepted_at=accepted_at))


async def _correct_date(tx: Transaction, refund: Refund, accepted_at: int) -> None:
    changes = RefundMove(submitted_at=accepted_at)
    await tx.refunds.move(refund.id, (refund.state,), refund.state, refund.updated_at, changes)


async def _payment_is_open(context: Context, row: BillRow) -> bool:
    async with context.storage.reading() as reader:
        attempt = await reader.attempts.by_number(row.out_trade_no)
    return attempt is not None and attempt.state != AttemptState.PAID


async def _refund_is_open(context: Context, row: BillRow) -> bool:
    async with context.storage.reading() as reader:
        refund = await reader.refunds.by_number(row.out_refund_no)
    return refund is not None and refund.state not in (RefundState.SUCCEEDED, RefundState.REQUESTED)


def count_by_kind(differences: list[Difference]) -> Iterator[tuple[str, int]]:
    """How many differences there are of each kind, in the order of KINDS."""
    for kind in KINDS:
        if count := sum(1 for difference in differences if difference.kind == kind):
            yield kind, count
