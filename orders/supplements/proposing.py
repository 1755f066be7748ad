"""An escort proposes a supplement, and adds the photo of its receipt. The office decides about it afterwards."""

from __future__ import annotations

from clock import DAY, day_bounds
from frozen_dataclasses import frozen
from orders.supplements.refusals import (
    OrderTakesNoSupplement,
    ProposedTooLate,
    SupplementAmount,
    SupplementStateRefused,
    TooManySupplements,
)
from orders.visits.jobs import ActionReused, lock_job
from refusals import SupplementNotFound
from storage import Reader, Transaction
from storage.models import (
    UNSERVED,
    UNSETTLED_SUPPLEMENTS,
    Order,
    OrderState,
    Supplement,
    SupplementKind,
    SupplementState,
)
from storage.writes import NewSupplement

MAX_PER_ORDER = 20
BY_ESCORT, BY_OFFICE = "escort", "admin"
_TAKE_SUPPLEMENTS = (OrderState.PAID, OrderState.SERVING, OrderState.FINISHED, OrderState.REFUNDING)


@frozen()
class SupplementLimits:
    """What the settings say of supplements."""

    max_fen: int
    days: int
    """So many days after that of the visit an escort may still propose one."""


@frozen()
class Wanted:
    """What is to be paid, and why. ``action_id`` is the same whenever the same thing is sent again."""

    order_id: int
    kind: SupplementKind
    amount_fen: int
    reason: str
    action_id: str


@frozen()
class Proposed:
    supplement_id: int
    repeated: bool


async def propose(
    tx: Transaction, wanted: Wanted, escort_id: int, limits: SupplementLimits, at: int
) -> Proposed:
    """By the escort who serves the order, or has served it. The same action again is the same supplement.

    Raises OrderNotFound, TakenOff, VisitOver, EscortSuspended, OrderTakesNoSupplement, ProposedTooLate,
    SupplementAmount, TooManySupplements, ActionReused; Duplicate when the same action is recorded at this moment.
    """
    order = await _lock_for(tx, wanted.order_id, escort_id, at)
    if known := await same_action(tx, wanted, BY_ESCORT, escort_id):
        return Proposed(known.id, repeated=True)
    check_order(order)
    if _too_late(order, limits, at):
        raise ProposedTooLate(f"就诊已经过去 {limits.days} 天以上，不能再申请补款，请联系客服")
    check_amount(wanted.amount_fen, limits)
    await check_number(tx, order.id)
    return Proposed(
        await tx.supplements.add(new_supplement(wanted, BY_ESCORT, escort_id, at)), repeated=False
    )


def new_supplement(wanted: Wanted, by_kind: str, by: int, at: int) -> NewSupplement:
    """The row of a supplement that was just proposed."""
    return NewSupplement(
        order_id=wanted.order_id,
        kind=wanted.kind,
        amount_fen=wanted.amount_fen,
        reason=wanted.reason,
        state=SupplementState.PROPOSED,
        proposed_by_kind=by_kind,
        proposed_by=by,
        action_id=wanted.action_id,
        created_at=at,
        updated_at=at,
    )


def may_propose(order: Order, limits: SupplementLimits, at: int) -> bool:
    """May the escort of the order propose a supplement now? Which is decided again under the lock."""
    return takes_supplements(order) and not _too_late(order, limits, at)


def _too_late(order: Order, limits: SupplementLimits, at: int) -> bool:
    return at >= day_bounds(order.visit_date)[1] + limits.days * DAY


def takes_supplements(order: Order) -> bool:
    """Is it paid, and neither cancelled nor paid back?"""
    return order.state in _TAKE_SUPPLEMENTS and order.ending not in UNSERVED


async def _lock_for(tx: Transaction, order_id: int, escort_id: int, at: int) -> Order:
    """The order of an escort, locked, its user first."""
    job = await lock_job(tx, order_id, escort_id, None, at, late=False)
    if not await tx.users.lock_living(job.order.user_id):  # nothing personal is added behind an erasure
        raise OrderTakesNoSupplement("下单的用户已经注销，不能补款，请联系客服")
    return job.order


async def same_action(reader: Reader, wanted: Wanted, by_kind: str, by: int) -> Supplement | None:
    """What the action has made before. Raises ActionReused when that is something else."""
    known = await reader.supplements.of_action(by_kind, by, wanted.action_id)
    if known is None:
        return None
    same = (known.order_id, known.kind, known.reason) == (wanted.order_id, wanted.kind, wanted.reason)
    if known.state == SupplementState.PROPOSED:  # the office may open it with another amount
        same = same and known.amount_fen == wanted.amount_fen
    if not same:
        raise ActionReused
    return known


def check_order(order: Order) -> None:
    """Raises OrderTakesNoSupplement."""
    if not takes_supplements(order):
        raise OrderTakesNoSupplement


def check_amount(amount_fen: int, limits: SupplementLimits) -> None:
    """Raises SupplementAmount."""
    if amount_fen < 1:
        raise SupplementAmount("补款金额至少 0.01 元")
    if amount_fen > limits.max_fen:
        raise SupplementAmount(f"一笔补款最多 {limits.max_fen // 100} 元")


async def check_number(tx: Transaction, order_id: int) -> None:
    """Raises TooManySupplements."""
    if len(await tx.supplements.of_order(order_id)) >= MAX_PER_ORDER:
        raise TooManySupplements(f"一个订单最多 {MAX_PER_ORDER} 笔补款")


@frozen()
class Receipt:
    """A photo of a receipt for the supplement that an escort's action has made."""

    order_id: int
    action_id: str


async def find_for_receipt(tx: Transaction, receipt: Receipt, escort_id: int, at: int) -> Supplement:
    """The supplement, with its order locked; it may have a receipt already. Raises as ``propose`` about the order;
    SupplementNotFound: the phone sends that first; SupplementStateRefused."""
    order = await _lock_for(tx, receipt.order_id, escort_id, at)
    known = await tx.supplements.of_action(BY_ESCORT, escort_id, receipt.action_id)
    if known is None or known.order_id != order.id:
        raise SupplementNotFound
    if not known.receipt_file and known.state not in UNSETTLED_SUPPLEMENTS:
        raise SupplementStateRefused(known.state)
    return known


async def add_receipt(tx: Transaction, receipt: Receipt, file: str, escort_id: int, at: int) -> Proposed:
    """Add the photo; ``file`` is sealed and there already. The first one stays: ``repeated`` tells that it was there.
    Raises as ``find_for_receipt``."""
    known = await find_for_receipt(tx, receipt, escort_id, at)
    added = not known.receipt_file and await tx.supplements.set_receipt(known.id, file, at)
    return Proposed(known.id, repeated=not added)
