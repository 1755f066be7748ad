"""After WeChat's confirmation component: what WeChat knows by then."""

from __future__ import annotations

from typing import Any

from handlers.api.orders import OrderHandler
from handlers.operation import operation
from orders.sharing.access import Act
from payment.shipping.confirming import to_confirm
from schemas.confirmation import ConfirmedReply
from schemas.user import OneId


class ConfirmedHandler(OrderHandler):
    @operation(body=OneId, reply=ConfirmedReply, auth="user", errors=(404, 429))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """The caller comes back from confirming a payment in WeChat. What the component said is not believed: WeChat is
        asked. Where it does not answer, the order shows it later."""
        found = await self.access(given["id"], Act.PAY)
        async with self.services.storage.reading() as reader:
            waits = bool(await to_confirm(reader, found.order, self.caller.id))
        if waits:
            await self.services.shipping.refresh(found.order.id)
            async with self.services.storage.reading() as reader:
                waits = bool(await to_confirm(reader, found.order, self.caller.id))
        said = "微信还没有收到确认，可以稍后再看" if waits else "已确认，谢谢"
        return {"confirmed": not waits, "msg": said}


routes = [(r"/user/confirmedService/", ConfirmedHandler)]
