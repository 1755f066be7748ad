"""HTTP side of ``/wxa/sec/order/…`` (发货信息管理), and the stand-in's own page of shipments."""

from __future__ import annotations

from typing import Any

from .core import SandboxCore
from .errors import MiniProgramError
from .mini import MiniProgramHandler
from .shipment_fields import check_appid
from .web import ControlHandler

CALLS = {
    "is_trade_managed": "trade_managed",
    "is_trade_management_confirmation_completed": "trade_managed",
    "upload_shipping_info": "upload_shipping",
    "get_order": "shipping_query",
    "get_order_list": "shipping_query",
    "opspecialorder": "opspecialorder",
}
"""The last part of the path, and the endpoint's name for faults."""


class OrderShippingHandler(MiniProgramHandler):
    """POST /wxa/sec/order/<name>?access_token="""

    has_effects = True

    async def post(self, name: str) -> None:
        self.endpoint = CALLS[name]
        context, body = self.sandbox.context, self.read()
        self.sandbox.login.check_token(self.get_query_argument("access_token", ""))
        key = body.get("order_key")
        scopes = [str(value) for value in (key if isinstance(key, dict) else body).values()]
        if fault := context.faults.take("shipping_error", scopes, endpoint=self.endpoint):
            raise MiniProgramError(int(fault["errcode"]), "sandbox fault")
        await self.apply_faults(scopes)
        answer = getattr(self, f"_{name}")(body)
        await context.state.flush()
        if name == "upload_shipping_info" and context.faults.take("push_before_reply", scopes):
            await self._push_first()
        self.lose_reply(scopes)
        self.reply({"errcode": 0, "errmsg": "ok", **answer})

    async def _push_first(self) -> None:
        """What the upload has brought about arrives before the reply to it."""
        for push in list(self.sandbox.pushes.pushes.values()):
            if push.event == "trade_manage_order_settlement":
                await self.sandbox.pushes.deliver_now(push)

    def _is_trade_managed(self, body: dict[str, Any]) -> dict[str, Any]:
        check_appid(body, self.sandbox.identity.appid)
        return {"is_trade_managed": self.sandbox.shipping.managed()}

    def _is_trade_management_confirmation_completed(self, body: dict[str, Any]) -> dict[str, Any]:
        check_appid(body, self.sandbox.identity.appid)
        return {"completed": self.sandbox.settings.trade_completed}

    def _upload_shipping_info(self, body: dict[str, Any]) -> dict[str, Any]:
        self.sandbox.shipping.upload(body)
        return {}

    def _get_order(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"order": self.sandbox.shipping.get_order(body)}

    def _get_order_list(self, body: dict[str, Any]) -> dict[str, Any]:
        return self.sandbox.shipping.get_order_list(body)

    def _opspecialorder(self, body: dict[str, Any]) -> dict[str, Any]:
        self.sandbox.shipping.declare(body)
        return {}


class ShipmentsHandler(ControlHandler):
    """GET shipments/ ?out_trade_no= | ?transaction_id=&limit=: what WeChat waits for, newest first

    POST shipments/ {transaction_id or out_trade_no, act: "confirm" | "settle" | "complain" | "withdraw", openid?}
    """

    sandbox: SandboxCore

    def get(self) -> None:
        query = self.query()
        found = [
            (order, shipment)
            for order, shipment in reversed(self.sandbox.shipping.known())
            if query.get("out_trade_no", order.out_trade_no) == order.out_trade_no
            and query.get("transaction_id", order.transaction_id) == order.transaction_id
        ]
        views = [self.sandbox.shipping.view(*each) for each in found[: self.limit()]]
        self.reply({"code": 0, "total": len(found), "shipments": views})

    async def post(self) -> None:
        view = self.sandbox.shipping.act(self.wish())
        await self.sandbox.context.state.flush()
        self.reply({"code": 0, **view})
