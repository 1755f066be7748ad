"""Bills that do not agree with the books: rows that are missing, changed or unknown."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from .faults import Faults
from .formats import SHANGHAI, digits, stamp
from .movements import Movement, fee
from .state import Order


def spoil_movements(
    faults: Faults, movements: list[Movement], kind: str, day: datetime.date
) -> list[Movement]:
    """The movements of a day, with the faults that are switched on for a bill of this kind."""
    take = faults.take_all
    for fault in take("bill_missing_row", _scopes(movements), target=kind):
        if (index := _pick(movements, fault)) is not None:
            del movements[index]
    for fault in take("bill_changed_row", _scopes(movements), target=kind):
        if (index := _pick(movements, fault)) is not None:
            amount = movements[index].amount_fen + int(fault["by"])
            movements[index] = replace(movements[index], amount_fen=amount, fee_fen=fee(amount))
    for fault in take("bill_extra_row", [], target=kind):
        movements += [_unknown_payment(int(fault["total"]), day)]
    return movements


def _unknown_payment(amount_fen: int, day: datetime.date) -> Movement:
    noon = datetime.datetime.combine(day, datetime.time(12), SHANGHAI)
    at = int(noon.timestamp() * 1000)
    order = Order(
        out_trade_no="EXTRA" + stamp(at) + digits(6),
        openid="oSTRANGER",
        amount_fen=amount_fen,
        currency="CNY",
        description="沙箱故障：多出的一笔",
        attach="",
        notify_url="",
        parameters={},
        created_at=at,
        state="SUCCESS",
        transaction_id="4200" + digits(6) + stamp(at)[:8] + digits(10),
        bank_type="OTHERS",
        paid_at=at,
    )
    return Movement(order, None, at, amount_fen, fee(amount_fen))


def _scopes(movements: list[Movement]) -> set[str]:
    return {name for item in movements for name in (item.order.out_trade_no, item.number)}


def _pick(movements: list[Movement], fault: dict[str, Any]) -> int | None:
    """The index of the row that a fault means: the one its scope names, else its ``row``."""
    for index, item in enumerate(movements):
        if fault["scope"] in (item.number, item.order.out_trade_no):
            return index
    return int(fault["row"]) if 0 <= int(fault["row"]) < len(movements) else None
