"""Moving a visit: by the user alone, or by asking the office."""

from __future__ import annotations

from typing import Any

from handlers.api.orders import OrderHandler
from handlers.operation import operation
from orders.booking.bookable_days import DayRules
from orders.changing import moves
from orders.changing.changes import ChangeTerms
from schemas.moves import MoveOrder, MoveReply
from schemas.user import Done, OneId


class MoveHandler(OrderHandler):
    @operation(body=MoveOrder, reply=MoveReply, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Move a paid visit to another day or hour. As often and as long before it as the settings allow it moves at
        once; else, or where its escort has another order then, the office is asked. Nothing changes when the visit is
        no longer when the user saw it (``seenDay``, ``seenTime``), or when the day cannot be booked."""
        at = self.now()
        wanted = moves.Move(
            given["visit_date"], given["visit_time"], (given["seen_day"], given["seen_time"]), given["reason"]
        )
        payments = self.services.payments
        terms = ChangeTerms(DayRules.of(self.services.settings), lambda order: payments.percent(order, at))
        moved = await self.services.storage.run(
            lambda tx: moves.move_by_user(tx, given["id"], self.caller.id, wanted, terms, at)
        )
        said = "已改期" if moved else "改期申请已提交，客服会尽快答复您"
        return {"moved": moved, "requested": not moved, "msg": said}


class WithdrawMoveHandler(OrderHandler):
    @operation(body=OneId, reply=Done, auth="user", errors=(404, 409, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take back the request to move a visit; the visit keeps its day and hour."""
        at = self.now()
        await self.services.storage.run(
            lambda tx: moves.withdraw_request(tx, given["id"], self.caller.id, at)
        )
        return {"msg": "改期申请已撤回"}


routes = [
    (r"/user/move1order/", MoveHandler),
    (r"/user/withdrawMove/", WithdrawMoveHandler),
]
