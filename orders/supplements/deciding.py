"""What is decided about a supplement until it is paid: by the office, and by who is to pay it.

Each is one conditional update under the order's lock. What is paid changes no more here: ``payment`` books it and
gives it back. What may just be paid is decided about through ``Payments.release_supplement``, which closes its attempt
at WeChat first and calls ``open_``, ``withdraw`` and ``dispute`` with the rows as they are then.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from frozen_dataclasses import frozen
from orders.messages import queue_supplement_to_pay, queue_supplement_withdrawn
from orders.sharing import access
from orders.sharing.access import Act
from orders.supplements.proposing import (
    BY_OFFICE,
    Proposed,
    SupplementLimits,
    Wanted,
    check_amount,
    check_number,
    check_order,
    new_supplement,
    same_action,
    takes_supplements,
)
from orders.supplements.refusals import (
    AmountReasonMissing,
    OrderTakesNoSupplement,
    SupplementChanged,
    SupplementStateRefused,
)
from refusals import OrderNotFound, SupplementNotFound
from storage import Reader, Transaction
from storage.models import UNSETTLED_SUPPLEMENTS, Ending, Order, Supplement, SupplementState
from storage.writes import SupplementMove

PROPOSED, OPEN, DISPUTED = SupplementState.PROPOSED, SupplementState.OPEN, SupplementState.DISPUTED
ORDER_ENDED = "订单没有进行，不用支付"
ORDER_UNPAID = "订单的收款已撤销，不用支付"
USER_ERASED = "下单的用户已经注销"
USER_GONE = "下单的用户已经注销或停用，不能补款"


def supplement_fingerprint(supplement: Supplement) -> str:
    """What a page shows of a supplement: another one for another state, amount or receipt."""
    facts = (supplement.id, supplement.state, supplement.amount_fen, supplement.updated_at)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


@frozen()
class Seen:
    """The supplement that a page of the office has shown."""

    order_id: int
    supplement_id: int
    fingerprint: str


@frozen()
class Opening:
    """``reason``: why the amount is another one; read by who is to pay it and by who has proposed it."""

    seen: Seen
    amount_fen: int
    reason: str
    admin_id: int
    at: int


async def make(tx: Transaction, wanted: Wanted, admin_id: int, limits: SupplementLimits, at: int) -> Proposed:
    """By the office: it is open at once. The same form again is the same supplement.

    Raises OrderNotFound, OrderTakesNoSupplement, SupplementAmount, TooManySupplements, ActionReused; Duplicate as
    ``proposing.propose``.
    """
    order = await _lock_living(tx, wanted.order_id)
    if known := await same_action(tx, wanted, BY_OFFICE, admin_id):
        return Proposed(known.id, repeated=True)
    check_order(order)
    check_amount(wanted.amount_fen, limits)
    await check_number(tx, order.id)
    new = new_supplement(wanted, BY_OFFICE, admin_id, at)
    supplement_id = await tx.supplements.add(replace(new, state=OPEN, opened_at=at, opened_by=admin_id))
    await _tell_to_pay(tx, order, supplement_id, at)
    return Proposed(supplement_id, repeated=False)


async def check_seen(reader: Reader, seen: Seen) -> None:
    """Is it still what the page has shown? Which the decision asks again. Raises SupplementNotFound,
    SupplementChanged."""
    supplement = await reader.supplements.get(seen.supplement_id)
    if supplement is None or supplement.order_id != seen.order_id:
        raise SupplementNotFound
    _check_seen(supplement, seen)


def _check_seen(supplement: Supplement, seen: Seen) -> None:
    if supplement_fingerprint(supplement) != seen.fingerprint:
        raise SupplementChanged


async def open_(
    tx: Transaction, order: Order, supplement: Supplement, opening: Opening, limits: SupplementLimits
) -> Supplement:
    """What was proposed, or disputed, is to be paid now; what it was before. Raises SupplementChanged,
    SupplementStateRefused, OrderTakesNoSupplement, SupplementAmount, AmountReasonMissing."""
    _check_seen(supplement, opening.seen)
    if supplement.state not in (PROPOSED, DISPUTED):
        raise SupplementStateRefused(supplement.state)
    if await _is_gone(tx, order.user_id):
        raise OrderTakesNoSupplement(USER_GONE)
    check_order(order)
    check_amount(opening.amount_fen, limits)
    if opening.amount_fen != supplement.amount_fen and not opening.reason:
        raise AmountReasonMissing
    at = opening.at
    changes = SupplementMove(amount_fen=opening.amount_fen)
    if supplement.opened_at is None:
        changes = replace(changes, opened_at=at, opened_by=opening.admin_id)
    else:
        changes = replace(changes, reopened_at=at)
    if opening.amount_fen != supplement.amount_fen:
        changes = replace(changes, amount_reason=opening.reason)
    await _move(tx, supplement, OPEN, at, changes)
    await _tell_to_pay(tx, order, supplement.id, at)
    return supplement


async def withdraw(
    tx: Transaction, order: Order, supplement: Supplement, seen: Seen, note: str, at: int
) -> Supplement:
    """By the office: it is not to be paid; what it was before. ``note`` is read by who was to pay it and by who has
    proposed it. Raises SupplementChanged, SupplementStateRefused."""
    _check_seen(supplement, seen)
    if supplement.state not in UNSETTLED_SUPPLEMENTS:
        raise SupplementStateRefused(supplement.state)
    await _withdraw(tx, order, supplement, note, at)
    return supplement


async def find_to_pay(reader: Reader, supplement_id: int, user_id: int) -> tuple[Order, Supplement]:
    """A supplement that the user may see and pay, whatever its state. Raises SupplementNotFound and what
    ``access.find`` raises."""
    supplement = await reader.supplements.get(supplement_id)
    if supplement is None or supplement.opened_at is None:
        raise SupplementNotFound
    try:
        found = await access.find(reader, supplement.order_id, user_id, Act.PAY)
    except OrderNotFound:
        raise SupplementNotFound from None
    return found.order, supplement


@frozen()
class Dispute:
    user_id: int
    reason: str
    at: int


async def dispute(tx: Transaction, order: Order, supplement: Supplement, said: Dispute) -> None:
    """Who is to pay it does not agree: the office looks at it. The same again changes nothing. Raises
    SupplementNotFound, SupplementStateRefused."""
    await find_to_pay(tx, supplement.id, said.user_id)
    # an erasure of the order's user waits for the order; that of a payer for their own row
    if said.user_id != order.user_id and not await tx.users.lock_living(said.user_id):
        raise SupplementNotFound
    if (supplement.state, supplement.disputed_by, supplement.dispute) == (
        DISPUTED,
        said.user_id,
        said.reason,
    ):
        return
    if supplement.state != OPEN:
        raise SupplementStateRefused(supplement.state)
    changes = SupplementMove(dispute=said.reason, disputed_at=said.at, disputed_by=said.user_id)
    await _move(tx, supplement, DISPUTED, said.at, changes)


async def withdraw_all(tx: Transaction, order: Order, at: int, why: str = ORDER_ENDED) -> None:
    """The locked order has ended without having been served, or is not paid any more: nothing more is to be paid for
    it."""
    for supplement in await tx.supplements.of_order(order.id):
        if supplement.state in UNSETTLED_SUPPLEMENTS:
            await _withdraw(tx, order, supplement, why, at)


async def withdraw_if_unwanted(tx: Transaction, order: Order, supplement_id: int, at: int) -> None:
    """A supplement waits for its money again: withdrawn when the locked order has ended unserved meanwhile, or its user
    is gone."""
    supplement = await tx.supplements.get(supplement_id)
    assert supplement is not None
    if await _is_gone(tx, order.user_id):
        await _withdraw(tx, order, supplement, USER_ERASED, at)
    elif order.ending != Ending.SERVED and not takes_supplements(order):
        await _withdraw(tx, order, supplement, ORDER_ENDED, at)


async def _is_gone(reader: Reader, user_id: int) -> bool:
    user = await reader.users.get(user_id)
    return user is None or user.deleted_at is not None


async def erase_of_user(tx: Transaction, user_id: int, at: int) -> list[str]:
    """Of all orders of a locked user: what is not paid is withdrawn, and what was written is taken out. The files of
    the receipts, to be removed once this is committed."""
    for known in await tx.supplements.unsettled_of_user(user_id):
        order = await tx.orders.lock(known.order_id)
        supplement = await tx.supplements.get(known.id)
        if order and supplement and supplement.state in UNSETTLED_SUPPLEMENTS:
            await _withdraw(tx, order, supplement, USER_ERASED, at)
    return await tx.supplements.erase_of_user(user_id)


async def _lock_living(tx: Transaction, order_id: int) -> Order:
    """The order, locked, its user first: nothing personal is added behind an erasure."""
    found = await tx.orders.get(order_id)
    if found is None:
        raise OrderNotFound
    living = await tx.users.lock_living(found.user_id)
    order = await tx.orders.lock(order_id)
    assert order is not None  # orders are never deleted
    if not living:
        raise OrderTakesNoSupplement(USER_GONE)
    return order


async def _move(
    tx: Transaction, supplement: Supplement, to: SupplementState, at: int, changes: SupplementMove
) -> None:
    if not await tx.supplements.move(supplement, to, at, changes):
        raise SupplementChanged


async def _withdraw(tx: Transaction, order: Order, supplement: Supplement, note: str, at: int) -> None:
    changes = SupplementMove(closed_at=at, closing_note=note)
    await _move(tx, supplement, SupplementState.WITHDRAWN, at, changes)
    await queue_supplement_withdrawn(tx, order, supplement, at)


async def _tell_to_pay(tx: Transaction, order: Order, supplement_id: int, at: int) -> None:
    supplement = await tx.supplements.get(supplement_id)
    assert supplement is not None
    await queue_supplement_to_pay(tx, order, supplement, at)
