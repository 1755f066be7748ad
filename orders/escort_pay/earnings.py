"""What escorts earn: an entry when an order is finished, the opposite one when it is reopened, corrections by a person.

Entries are never changed and never deleted. All about an order's entries happens under the order's lock, and every
entry is made under its escort's lock, so that a statement misses none.
"""

from __future__ import annotations

from collections.abc import Sequence

from clock import shanghai_date
from frozen_dataclasses import frozen
from orders.escort_pay.rules import PayInput, amount_of, proposed_fen, rule_for
from refusals import Refused, Unknown
from storage import Reader, Transaction
from storage.models import Earning, EarningKind, Ending, Order
from storage.writes import NewEarning

MAX_CORRECTION_FEN = 1_000_000


class EarningsChanged(Refused):
    """Something was recorded since the page was opened."""

    slug = "earnings_changed"
    message = "没有保存：您打开页面以后，报酬里又记了一笔（也可能是这张表单提交了两次）。现在的情况见下，请核对后再决定"


class NothingToEarn(Refused):
    """No rule, no escort, not finished, or earned already."""

    slug = "nothing_to_earn"
    message = "这个订单现在不能按规则记报酬：没有完成、没有规则，或者已经记过"


@frozen()
class Correction:
    """What a person adds to, or takes away from, what an escort earned; ``order_id`` None: it is about no order."""

    escort_id: int
    order_id: int | None
    amount_fen: int
    reason: str


def live_earning(entries: Sequence[Earning]) -> Earning | None:
    """The entry for the finished order that no reversal has taken away; ``entries``: of one order, oldest first."""
    live: Earning | None = None
    for entry in entries:
        if entry.kind == EarningKind.ORDER:
            live = entry
        elif entry.kind == EarningKind.REVERSAL:
            live = None
    return live


def mark(entries: Sequence[Earning]) -> str:
    """What a form carries of the entries that its page showed: another one for every entry that is added."""
    return str(entries[-1].id if entries else 0)


async def earn(tx: Transaction, order: Order, at: int) -> Earning | None:
    """The locked order is finished: its escort has earned what the rule gives, once. None without an escort or a rule,
    and when it was earned already."""
    if order.escort_id is None:
        return None
    entries = await tx.escort_pay.of_order(order.id)
    if live_earning(entries) is not None:
        return None
    rule = await rule_for(tx, order, order.escort_id)
    if rule is None:
        return None
    turn = 1 + sum(1 for entry in entries if entry.kind == EarningKind.ORDER)
    return await _add(
        tx,
        NewEarning(
            escort_id=order.escort_id,
            order_id=order.id,
            kind=EarningKind.ORDER,
            reference=f"order:{order.id}:{turn}",
            amount_fen=amount_of(rule, order.price_fen),
            base_fen=order.price_fen,
            rule_id=rule.id,
            earned_date=shanghai_date(at),
            created_at=at,
        ),
    )


async def take_back(tx: Transaction, order: Order, at: int) -> Earning | None:
    """The locked order is not finished any more: exactly what was earned for it is taken away, on whatever statement
    it is. None when nothing was."""
    live = live_earning(await tx.escort_pay.of_order(order.id))
    if live is None:
        return None
    return await _add(
        tx,
        NewEarning(
            escort_id=live.escort_id,
            order_id=order.id,
            kind=EarningKind.REVERSAL,
            reference=live.reference.replace("order:", "reversal:"),
            amount_fen=-live.amount_fen,
            base_fen=live.base_fen,
            rule_id=live.rule_id,
            reason="订单重新打开",
            earned_date=shanghai_date(at),
            created_at=at,
        ),
    )


async def earn_later(tx: Transaction, order: Order, at: int) -> Earning:
    """A finished order had no rule when it was finished; now there is one. Raises NothingToEarn."""
    earning = await earn(tx, order, at) if order.ending == Ending.SERVED else None
    if earning is None:
        raise NothingToEarn
    return earning


async def correct(tx: Transaction, wanted: Correction, seen: str, admin_id: int, at: int) -> Earning:
    """Record a correction; the order, if it is about one, must be locked. ``seen``: the mark of what the page showed,
    of the order's entries or else of the escort's newest. Raises PayInput, EarningsChanged, Unknown."""
    if abs(wanted.amount_fen) > MAX_CORRECTION_FEN:
        raise PayInput("amount", "一次更正不能超过 10,000 元")
    if wanted.order_id is None and wanted.amount_fen == 0:
        raise PayInput("amount", "金额不能是 0")
    if not wanted.reason:
        raise PayInput("reason", "请写明原因")
    if await tx.escorts.lock(wanted.escort_id) is None:
        raise Unknown
    if wanted.order_id is None:
        number = 1 + await tx.escort_pay.corrections_without_order(wanted.escort_id)
        known = str(await tx.escort_pay.newest_id(wanted.escort_id))
        reference = f"correction:escort:{wanted.escort_id}:{number}"
    else:
        entries = await tx.escort_pay.of_order(wanted.order_id)
        known = mark(entries)
        number = 1 + sum(1 for entry in entries if entry.kind == EarningKind.CORRECTION)
        reference = f"correction:order:{wanted.order_id}:{number}"
    if known != seen:
        raise EarningsChanged
    return await _add(
        tx,
        NewEarning(
            escort_id=wanted.escort_id,
            order_id=wanted.order_id,
            kind=EarningKind.CORRECTION,
            reference=reference,
            amount_fen=wanted.amount_fen,
            reason=wanted.reason,
            earned_date=shanghai_date(at),
            created_by=admin_id,
            created_at=at,
        ),
    )


async def proposed_for_ending(reader: Reader, order: Order) -> int | None:
    """What the office may give the escort of an order that ended without a visit, in fen: a customer who did not come
    costs the escort the half-day, so the rule's amount. None: nothing is proposed."""
    if order.ending != Ending.CUSTOMER_ABSENT or order.escort_id is None:
        return None
    return await proposed_fen(reader, order, order.escort_id)


async def _add(tx: Transaction, new: NewEarning) -> Earning:
    """Under the escort's lock, which a statement that is just issued holds, too."""
    await tx.escorts.lock(new.escort_id)
    earning_id = await tx.escort_pay.add(new)
    return Earning(
        id=earning_id,
        escort_id=new.escort_id,
        order_id=new.order_id,
        kind=new.kind,
        reference=new.reference,
        amount_fen=new.amount_fen,
        base_fen=new.base_fen,
        rule_id=new.rule_id,
        reason=new.reason,
        earned_date=new.earned_date,
        created_by=new.created_by,
        created_at=new.created_at,
    )
