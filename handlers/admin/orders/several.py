"""Several ticked orders at once: given to an escort, or offered. Each is an act of its own, with its own result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handlers.admin.orders.inviting import Inviting, ticked
from handlers.errors import ApiError
from orders import serving
from orders.escorts.availability import why_not
from orders.escorts.invitations import Terms
from orders.transitions import TransitionRefused
from refusals import OrderNotFound, Refused
from schemas.admin_arranging import DO_ASSIGN, DO_INVITE_ALL, SeveralOrders
from storage import Transaction
from storage.models import Cause, Order

MAX_AT_ONCE = 50


@dataclass(frozen=True)
class Result:
    """What became of one order."""

    order_id: int
    order: Order | None
    done: bool
    words: str


class SeveralHandler(Inviting):
    """Assign or offer the ticked orders; the page says what became of each."""

    back = "orders/?state=paid&escort=none"

    async def post(self) -> None:
        given = self.load(SeveralOrders())
        order_ids = ticked(self.body_fields, "order_")
        if not order_ids:
            raise ApiError(400, "nothing_ticked", "还没有勾选订单：请先在列表里勾选")
        if len(order_ids) > MAX_AT_ONCE:
            raise ApiError(400, "too_many_ticked", f"一次最多安排 {MAX_AT_ONCE} 单")
        if given["do"] != DO_INVITE_ALL and not given["escort_id"]:
            raise ApiError(400, "nobody_chosen", "请选择陪诊员")
        if given["do"] == DO_INVITE_ALL and given["escort_id"]:
            raise ApiError(
                400, "somebody_chosen", "您选了一位陪诊员，「怎样安排」却是派给所有有空的：请改其中一处"
            )
        results = [await self._one(order_id, given) for order_id in order_ids]
        self.render("admin/orders/several.html", results=results)

    async def _one(self, order_id: int, given: dict[str, Any]) -> Result:
        done, words = True, "已安排"
        try:
            if given["do"] == DO_ASSIGN:
                await self._assign(order_id, given)
            else:
                escorts = None if given["do"] == DO_INVITE_ALL else [given["escort_id"]]
                offered = await self.invite(order_id, escorts, Terms(given["half"], given["pay_fen"]))
                words = f"已派给 {'、'.join(candidate.name for candidate in offered.invited)}"
        except TransitionRefused:
            done, words = False, "这个订单不是待安排，可能刚被同事安排或取消了"
        except serving.EscortUnavailable:
            done, words = False, await self._why_not(order_id, given)
        except Refused as error:
            done, words = False, error.message
        async with self.services.storage.reading() as reader:
            return Result(order_id, await reader.orders.get(order_id), done, words)

    async def _assign(self, order_id: int, given: dict[str, Any]) -> None:
        async def run(tx: Transaction) -> None:
            before = await tx.orders.lock(order_id)
            if before is None:
                raise OrderNotFound
            cause = Cause(self.actor, self.now())
            await serving.assign(tx, order_id, given["escort_id"], given["half"], cause, self.errands)
            after = await tx.orders.get(order_id)
            assert after is not None
            await self.audit(
                tx,
                "order.assign",
                ("order", order_id),
                {"state": before.state, "escort": before.escort_id},
                {"state": after.state, "escort": after.escort_id},
            )

        await self.services.storage.run(run)

    async def _why_not(self, order_id: int, given: dict[str, Any]) -> str:
        async with self.services.storage.reading() as reader:
            order = await reader.orders.get(order_id)
            assert order is not None
            return await why_not(reader, order, given["escort_id"], given["half"], self.errands, self.now())


routes = [(r"/admin/orders/several/", SeveralHandler)]
