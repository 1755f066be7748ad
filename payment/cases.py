"""What a human does about a finance case: close it, ask WeChat again, free what a mismatch holds.

The first half works in the caller's transaction. A payment that does not agree stays the open one of its order or
supplement, so that nothing else happens to that; it ends when a later report agrees, or when a human frees it.
"""

from __future__ import annotations

from payment import problems
from payment.context import Context, InTransaction
from payment.evidence import Source
from payment.refunds import fingerprints
from payment.settlement import Settled, apply_transaction
from payment.wechatpay.errors import GatewayError
from storage import Reader, Transaction
from storage.locked_rows import must_have_changed
from storage.models import PAYMENT_MISMATCH, Attempt, AttemptState
from storage.writes import AttemptMove


def holds_payable(attempt: Attempt | None) -> bool:
    """Is this a payment that does not agree, and does its order or supplement wait for a human because of it?"""
    return (
        attempt is not None
        and attempt.state == AttemptState.MISMATCH
        and (attempt.open_order_id is not None or attempt.open_supplement_id is not None)
    )


async def close(
    tx: Transaction, case_id: int, admin_id: int, note: str, at: int, seen: str | None = None
) -> None:
    """A human has looked: close the case with a note. ``seen``: the marks of the page. Raises CaseNotOpen,
    CaseHoldsOrder, ChangedSinceSeen."""
    case = await tx.finance.case(case_id)
    if case is None or case.state != "open":
        raise problems.CaseNotOpen
    attempt = await tx.attempts.by_number(case.reference)
    if case.kind == PAYMENT_MISMATCH and holds_payable(attempt):
        raise problems.CaseHoldsOrder
    fingerprints.check_case_unchanged(seen, case, attempt)
    if not await tx.finance.close_case(case_id, note, admin_id, at):
        raise problems.CaseNotOpen


async def release(
    tx: Transaction, out_trade_no: str, at: int, seen: tuple[int, str | None] | None = None
) -> None:
    """Free the order or supplement, so that it can be paid or given up again: the money that came was handled
    outside (the case's note says how). ``seen``: the case of the page, and its marks. Raises CaseNotOpen,
    ChangedSinceSeen."""
    known = await mismatched(tx, out_trade_no)
    await tx.orders.lock(known.order_id)
    attempt = await tx.attempts.lock_by_number(out_trade_no)
    if attempt is None or not holds_payable(attempt):
        raise problems.CaseNotOpen
    if seen is not None and (case := await tx.finance.case(seen[0])) is not None:
        fingerprints.check_case_unchanged(seen[1], case, attempt)
    state = AttemptState.MISMATCH
    freed = AttemptMove(open_order_id=None, open_supplement_id=None, next_query_at=None)
    must_have_changed(await tx.attempts.move(attempt.id, (state,), state, at, freed))


async def mismatched(reader: Reader, out_trade_no: str) -> Attempt:
    """The attempt that does not agree. Raises CaseNotOpen."""
    attempt = await reader.attempts.by_number(out_trade_no)
    if attempt is None or attempt.state != AttemptState.MISMATCH:
        raise problems.CaseNotOpen
    return attempt


async def review(context: Context, out_trade_no: str, hook: InTransaction) -> Settled:
    """Ask WeChat again about an attempt in ``mismatch``: if its answer now agrees in every point, it is settled as a
    payment; otherwise nothing changes. Raises CaseNotOpen, WeChatBusy, WeChatTimeout, WeChatRefused."""
    async with context.storage.reading() as reader:
        await mismatched(reader, out_trade_no)
    try:
        payment = await context.gateway.query_order(out_trade_no)
    except GatewayError as error:
        raise problems.of_gateway(error) from error
    at = context.clock()

    async def settle(tx: Transaction) -> Settled:
        settled = await apply_transaction(tx, payment, Source.QUERY, at, context.day_rules)
        await hook(tx, settled)
        return settled

    settled = await context.storage.run(settle)
    context.wake.set()
    return settled
