"""The stand-in's own endpoints: the cashier, what WeChat knows, faults, settings."""

from __future__ import annotations

from typing import Any

from .cashier import money, order_view, refund_view
from .errors import ControlError
from .faults import KINDS
from .settings import CHOICES, change_settings
from .state import Notification, Order
from .web import ControlHandler


class CashierHandler(ControlHandler):
    """POST cashier/ {prepay_id, outcome}"""

    async def post(self) -> None:
        self.reply(await self.sandbox.cashier.act(self.wish()))


class OrdersHandler(ControlHandler):
    """GET orders/ ?prepay_id= | ?out_trade_no= | ?transaction_id= | ?openid=&limit="""

    def get(self) -> None:
        query, state = self.query(), self.sandbox.context.state
        if wanted := query.keys() & {"prepay_id", "out_trade_no", "transaction_id"}:
            order = self._find(wanted.pop(), query)
            self.reply({"code": 0, **order_view(order, state.refunds_of[order.out_trade_no])})
            return
        openid = query.get("openid")
        orders = [item for item in reversed(state.orders.values()) if openid in (None, item.openid)]
        views = [order_view(item, state.refunds_of[item.out_trade_no]) for item in orders[: self.limit()]]
        self.reply({"code": 0, "total": len(orders), "orders": views})

    def _find(self, name: str, query: dict[str, str]) -> Order:
        state = self.sandbox.context.state
        table = {
            "prepay_id": state.by_prepay_id,
            "out_trade_no": state.orders,
            "transaction_id": state.by_transaction_id,
        }[name]
        order = table.get(query[name].removeprefix("prepay_id="))
        if order is None:
            raise ControlError(404, "unknown_order", "没有这个订单")
        return self.sandbox.payments.get(order.out_trade_no)


class RefundsHandler(ControlHandler):
    """GET refunds/ ?out_refund_no= | ?out_trade_no=&limit=; POST refunds/ {out_refund_no, outcome}"""

    def get(self) -> None:
        query, state = self.query(), self.sandbox.context.state
        refunds = [
            item
            for item in reversed(state.refunds.values())
            if query.get("out_refund_no", item.out_refund_no) == item.out_refund_no
            and query.get("out_trade_no", item.out_trade_no) == item.out_trade_no
        ]
        views = [refund_view(item) for item in refunds[: self.limit()]]
        self.reply({"code": 0, "total": len(refunds), "refunds": views})

    async def post(self) -> None:
        wish = self.wish()
        refund = self.sandbox.context.state.refunds.get(str(wish.get("out_refund_no")))
        if refund is None:
            raise ControlError(404, "unknown_refund", "没有这笔退款")
        outcomes = ("success", "abnormal", "closed")
        if wish.get("outcome") not in outcomes:
            raise ControlError(400, "invalid", "outcome 有误", {"outcome": list(outcomes)})
        self.sandbox.refunds.settle(refund, wish["outcome"].upper())
        await self.sandbox.context.state.flush()
        self.reply({"code": 0, **refund_view(refund)})


class NotificationsHandler(ControlHandler):
    """GET notifications/ ?out_trade_no= | ?out_refund_no= | ?state=&limit="""

    def get(self) -> None:
        query = self.query()
        subject = query.get("out_refund_no")
        found = [
            item
            for item in reversed(self.sandbox.context.state.notifications.values())
            if query.get("out_trade_no", item.out_trade_no) == item.out_trade_no
            and query.get("state", item.state) == item.state
            and (subject is None or subject == item.subject)
        ]
        views = [item.document() for item in found[: self.limit()]]
        self.reply({"code": 0, "total": len(found), "notifications": views})


class ResendHandler(ControlHandler):
    """POST notifications/resend/ {id} | {out_trade_no} | {out_refund_no} | {complaint_id}"""

    async def post(self) -> None:
        wish = self.wish()
        chosen = [
            item for item in self.sandbox.context.state.notifications.values() if self._meant(item, wish)
        ]
        if not chosen:
            raise ControlError(404, "unknown_notification", "没有这样的通知")
        for item in chosen:
            self.sandbox.notifier.resend(item)
        await self.sandbox.context.state.flush()
        self.reply({"code": 0, "resent": [item.id for item in chosen]})

    @staticmethod
    def _meant(item: Notification, wish: dict[str, Any]) -> bool:
        if "id" in wish:
            return bool(item.id == wish["id"])
        if "complaint_id" in wish:
            return item.original_type == "complaint" and bool(item.subject == wish["complaint_id"])
        if "out_refund_no" in wish:
            return item.original_type == "refund" and bool(item.subject == wish["out_refund_no"])
        return item.original_type == "transaction" and bool(item.subject == wish.get("out_trade_no"))


class MessagesHandler(ControlHandler):
    """GET messages/ ?openid=&limit=: subscribe messages, newest first, refused ones too (errcode ≠ 0)"""

    def get(self) -> None:
        query = self.query()
        openid = query.get("openid")
        messages = reversed(self.sandbox.context.state.messages.values())
        found = [item for item in messages if openid in (None, item.openid)]
        views = [item.document() for item in found[: self.limit()]]
        self.reply({"code": 0, "total": len(found), "messages": views})


class PermissionsHandler(ControlHandler):
    """GET permissions/ ?openid=: how many messages people have permitted

    POST permissions/ {openid or person, answers: {template_id: "accept" | "reject"}}: what a phone does when its person
    has answered ``wx.requestSubscribeMessage``
    """

    def get(self) -> None:
        openid = self.query().get("openid")
        known = self.sandbox.context.state.permissions.values()
        found = [item.document() for item in known if openid in (None, item.openid)]
        self.reply({"code": 0, "permissions": found[: self.limit()]})

    async def post(self) -> None:
        wish = self.wish()
        answers, person = wish.get("answers"), wish.get("person")
        if not isinstance(answers, dict) or not all(isinstance(each, str) for each in answers.values()):
            raise ControlError(400, "invalid", "缺少 answers", {"answers": ["应为模板到回答的对象"]})
        openid = wish.get("openid") or (
            self.sandbox.login.openid_for(person) if isinstance(person, str) else ""
        )
        if not isinstance(openid, str) or not openid:
            raise ControlError(400, "invalid", "缺少 openid 或 person", {"openid": ["必填"]})
        found = self.sandbox.messages.permit(openid, answers)
        await self.sandbox.context.state.flush()
        self.reply({"code": 0, "permissions": [item.document() for item in found]})


class ContentHandler(ControlHandler):
    """GET content/ ?openid=&limit=: texts and pictures that were checked, newest first"""

    def get(self) -> None:
        openid = self.query().get("openid")
        traces = reversed(self.sandbox.context.state.content_traces.values())
        found = [item for item in traces if openid in (None, item.openid)]
        views = [item.document() for item in found[: self.limit()]]
        self.reply({"code": 0, "total": len(found), "content": views})


class PeopleHandler(ControlHandler):
    """GET people/: who has logged in

    POST people/ {openid or person}: a person opens the mini-program, which WeChat remembers for two hours; one who has
    never logged in is not ``known``
    """

    async def post(self) -> None:
        wish = self.wish()
        name, openid = wish.get("person"), wish.get("openid")
        if openid is None and isinstance(name, str) and name:
            openid = self.sandbox.login.openid_for(name)
        person = self.sandbox.context.state.people.get(openid) if isinstance(openid, str) else None
        if person is None:
            self.reply({"code": 0, "known": False})
            return
        person.last_at = self.sandbox.context.clock()
        self.sandbox.context.state.keep(person)
        await self.sandbox.context.state.flush()
        self.reply({"code": 0, "known": True, **person.document()})

    def get(self) -> None:
        people = sorted(self.sandbox.context.state.people.values(), key=lambda item: -item.last_at)
        self.reply({"code": 0, "people": [item.document() for item in people[: self.limit()]]})


class MoneyHandler(ControlHandler):
    """GET money/: sums in fen, for comparison with a ledger"""

    def get(self) -> None:
        state = self.sandbox.context.state
        self.reply({"code": 0, **money(list(state.orders.values()), state.refunds_of)})


class FaultsHandler(ControlHandler):
    """GET faults/ (active and known), POST faults/ {fault, scope?, times?, skip?, …}, DELETE faults/

    DELETE takes ?id=, ?fault= and ?scope=, and without any of them removes every fault.
    """

    def get(self) -> None:
        known = {
            name: {"title": kind.title, "where": kind.where, "parameters": kind.parameters}
            for name, kind in KINDS.items()
        }
        active = [item.document() for item in self.sandbox.context.faults.active()]
        self.reply({"code": 0, "faults": active, "known": known})

    async def post(self) -> None:
        context = self.sandbox.context
        wish = self.wish()
        if wish.get("fault") == "rotated_key":
            _ = context.keyring.rotated  # made now, so that it is published before it is first used
        fault = context.faults.switch_on(wish, context.clock())
        await context.state.flush()
        self.reply({"code": 0, **fault.document()})

    async def delete(self) -> None:
        query = self.query()
        removed = self.sandbox.context.faults.switch_off(
            identifier=query.get("id", ""), name=query.get("fault", ""), scope=query.get("scope", "")
        )
        await self.sandbox.context.state.flush()
        self.reply({"code": 0, "removed": removed})


class SettingsHandler(ControlHandler):
    """GET settings/, POST settings/ {name: value, …}"""

    def get(self) -> None:
        self.reply({"code": 0, "settings": self.sandbox.settings.document(), "choices": CHOICES})

    async def post(self) -> None:
        context = self.sandbox.context
        change_settings(context.settings, context.state.store, self.wish())
        await context.state.flush()
        self.reply({"code": 0, "settings": context.settings.document()})


class IdentityHandler(ControlHandler):
    """GET identity/: names and numbers, no secret"""

    def get(self) -> None:
        identity = self.sandbox.identity
        self.reply(
            {
                "code": 0,
                "appid": identity.appid,
                "mchid": identity.mchid,
                "merchant_serial": identity.merchant_serial,
                "platform_public_key_id": identity.platform_public_key_id,
                "platform_certificate_serial": identity.platform_certificate_serial,
            }
        )
