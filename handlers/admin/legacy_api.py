"""The kept endpoints of the administrators that change something: JSON in or a form, JSON out."""

from __future__ import annotations

from typing import Any

from handlers.admin.base import AdminApi
from handlers.admin.remarks import ESCORT_REMARK, ORDER_NOTE, save_remark
from handlers.errors import not_found
from handlers.operation import operation
from orders import serving
from schemas.admin import FinishState, Notes, Remark, Saved
from schemas.wire import PROGRESS
from storage import Transaction
from storage.models import ORDERS_TO_SERVE, Order, OrderState


class RemarkHandler(AdminApi):
    @operation(body=Remark, reply=Saved, auth="admin", errors=(404,))
    async def post(self, escort_id: str, given: dict[str, Any]) -> dict[str, Any]:
        """Set the remark on an escort application."""
        await save_remark(self, ESCORT_REMARK, int(escort_id), given["status"])
        return {"msg": "已保存"}


class FinishStateHandler(AdminApi):
    @operation(body=FinishState, reply=Saved, auth="admin", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Finish a paid order, or take that back. An order that is not paid cannot be finished."""

        async def work(tx: Transaction) -> None:
            order = await tx.orders.lock(given["id"])
            if order is None:
                raise not_found()
            if given["status"] == PROGRESS[OrderState.FINISHED]:
                await self._finish(tx, order)
            else:
                await self._reopen(tx, order)

        await self.services.storage.run(work)
        return {"msg": "已保存"}

    async def _finish(self, tx: Transaction, order: Order) -> None:
        if order.state == OrderState.FINISHED:
            return  # said twice: it is so already
        await serving.finish(tx, order.id, self.actor, self.now())
        await self.audit(
            tx, "order.finish", ("order", order.id), {"state": order.state}, {"state": OrderState.FINISHED}
        )

    async def _reopen(self, tx: Transaction, order: Order) -> None:
        if order.state in ORDERS_TO_SERVE:
            return
        errands = self.services.settings.visits.errands_per_half_day
        await serving.reopen(tx, order.id, self.actor, self.now(), errands)
        after = await tx.orders.get(order.id)
        assert after is not None
        await self.audit(
            tx, "order.reopen", ("order", order.id), {"state": order.state}, {"state": after.state}
        )


class NotesHandler(AdminApi):
    @operation(body=Notes, reply=Saved, auth="admin", errors=(404,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Set the administrator's note on an order. Users never see it."""
        await save_remark(self, ORDER_NOTE, given["id"], given["notes"])
        return {"msg": "已保存"}


routes = [
    (r"/admin/runners/edit/([0-9]{1,18})/", RemarkHandler),
    (r"/admin/orders/edit/finishState/", FinishStateHandler),
    (r"/admin/orders/edit/notes/", NotesHandler),
]
