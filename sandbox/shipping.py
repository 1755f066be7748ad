"""发货信息管理: which payments WeChat holds until they are shipped, confirmed and settled.

Source: "小程序发货信息管理服务". A payment is taken in some time after it was made; its money is settled some time
after the payer, or the time, has confirmed that the service was given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .context import SandboxContext
from .errors import ControlError, MiniProgramError
from .shipment import Shipment
from .shipment_fields import VIRTUAL, Upload, order_of_query, read_upload
from .shipping_faults import spoil_settlement
from .state import Order
from .trade_complaints import trade_complaint

TO_SHIP, SHIPPED, CONFIRMED, FINISHED, REFUNDED, TO_SETTLE = 1, 2, 3, 4, 5, 6
DAY_MS = 24 * 3600 * 1000
REMIND_MS = 48 * 3600 * 1000
PRESALE_DAYS = (15, 330)
BY_TIME, BY_PAYER = 1, 2
"""How a shipment was confirmed, as ``confirm_receive_method`` tells it."""
ACTS = ("confirm", "settle", "complain", "withdraw")

Tell = Callable[[str, Order, dict[str, Any]], None]


def tell_nobody(event: str, order: Order, fields: dict[str, Any]) -> None:
    """In place of the message push."""


class Shipping:
    """WeChat's side of it. ``tell`` pushes an event about a payment."""

    def __init__(self, context: SandboxContext, tell: Tell = tell_nobody) -> None:
        self._context = context
        self.tell = tell
        self._over: set[str] = set()
        """Settled or refunded: nothing happens to these any more."""

    # The calls

    def managed(self) -> bool:
        return self._context.settings.trade_managed

    def upload(self, body: dict[str, Any]) -> None:
        """``upload_shipping_info``. Raises MiniProgramError."""
        wanted = read_upload(body, self._context.state, self._context.identity.mchid)
        shipment = self._taken_in(wanted.order)
        assert wanted.order is not None
        if wanted.openid != wanted.order.openid:
            raise MiniProgramError(10060031, "the payment is not of this openid")
        self._check_shippable(wanted.order, shipment, wanted)
        shipment.uploads.append({"at": self._context.clock(), "upload_time": wanted.upload_time})
        shipment.item_desc, shipment.logistics_type = wanted.item_desc, wanted.logistics_type
        shipment.shipped_at = self._context.clock()
        self._context.state.keep(shipment)
        estimated = shipment.shipped_at + self._confirm_ms(shipment)
        self._tell_settlement(wanted.order, shipment, estimated_settlement_time=estimated // 1000)

    def _check_shippable(self, order: Order, shipment: Shipment, wanted: Upload) -> None:
        state = self.state_of(order, shipment)
        if state == REFUNDED:
            raise MiniProgramError(10060004, "refunded")
        if state in (CONFIRMED, FINISHED, TO_SETTLE):
            raise MiniProgramError(10060002, "shipped and confirmed")
        if not shipment.uploads:
            return
        last = shipment.uploads[-1]["upload_time"]
        said = (shipment.item_desc, shipment.logistics_type, last)
        if said == (wanted.item_desc, wanted.logistics_type, wanted.upload_time):
            raise MiniProgramError(10060023, "nothing changed")
        if len(shipment.uploads) > 1:
            raise MiniProgramError(10060003, "shipped again already")
        if wanted.upload_time <= last:
            raise MiniProgramError(268485216, "upload_time is not later than the last one")

    def get_order(self, body: dict[str, Any]) -> dict[str, Any]:
        """Raises MiniProgramError."""
        order = order_of_query(body, self._context.state, self._context.identity.mchid)
        shipment = self._taken_in(order)
        assert order is not None
        return self.describe(order, shipment)

    def get_order_list(self, body: dict[str, Any]) -> dict[str, Any]:
        """Raises MiniProgramError."""
        size, last = body.get("page_size", 100), body.get("last_index", "")
        if not isinstance(size, int) or not 1 <= size <= 100:
            raise MiniProgramError(10060014, "page_size invalid")
        found = [
            view
            for order, shipment in self.known()
            if (view := self.describe(order, shipment))
            and body.get("order_state") in (None, view["order_state"])
            and body.get("openid") in (None, "", order.openid)
        ]
        numbers = ["", *(view["transaction_id"] for view in found)]
        if last not in numbers:
            raise MiniProgramError(10060011, "last_index invalid")
        page = found[numbers.index(last) :][:size]
        end = page[-1]["transaction_id"] if page else last
        return {
            "order_list": page,
            "last_index": end,
            "has_more": bool(found) and end != found[-1]["transaction_id"],
        }

    def declare(self, body: dict[str, Any]) -> None:
        """``opspecialorder``. Raises MiniProgramError."""
        number, kind = str(body.get("order_id", "")), body.get("type")
        state = self._context.state
        order = state.by_transaction_id.get(number) or state.orders.get(number)
        if kind not in (1, 2):
            raise MiniProgramError(268546001, "type invalid")
        if order is None or not order.paid:
            raise MiniProgramError(268546000, "unknown order")
        shipment = self._taken_in(order)
        if shipment.uploads or self.state_of(order, shipment) != TO_SHIP:
            raise MiniProgramError(268546002, "the order is not to be shipped")
        if kind == 1:
            delay_to = body.get("delay_to")
            assert order.paid_at is not None
            first, last = (order.paid_at // 1000 + days * 86_400 for days in PRESALE_DAYS)
            if type(delay_to) is not int or not first <= delay_to <= last:
                raise MiniProgramError(268546001, "delay_to invalid")
            shipment.delay_to = delay_to
        self._context.state.keep(shipment)

    # What WeChat knows

    def _taken_in(self, order: Order | None) -> Shipment:
        """The payment, once WeChat has taken it in. Raises MiniProgramError."""
        found = self._find(order) if order is not None else None
        if order is None or found is None:
            raise MiniProgramError(10060001, "the payment does not exist")
        if self._context.faults.take("shipping_unknown", _scopes(order)):
            raise MiniProgramError(10060001, "the payment does not exist")
        return found

    def _find(self, order: Order) -> Shipment | None:
        if not order.paid or not self.managed():
            return None
        settings = self._context.settings
        assert order.paid_at is not None
        if self._context.clock() < order.paid_at + settings.intake_seconds * 1000 / settings.notify_speed:
            return None
        return self._context.state.shipments.get(order.transaction_id) or Shipment(
            order.transaction_id, created_at=order.paid_at
        )

    def known(self) -> list[tuple[Order, Shipment]]:
        """Every payment that was taken in, oldest first."""
        pairs = ((order, self._find(order)) for order in self._context.state.orders.values())
        return [(order, shipment) for order, shipment in pairs if shipment is not None]

    def state_of(self, order: Order, shipment: Shipment) -> int:
        refunds = self._context.state.refunds_of[order.out_trade_no]
        if sum(each.amount_fen for each in refunds if each.status == "SUCCESS") >= order.amount_fen:
            return REFUNDED
        if shipment.settled_at is not None:
            return FINISHED
        if shipment.confirmed_at is not None:
            return CONFIRMED if shipment.confirm_method == BY_PAYER else TO_SETTLE
        return SHIPPED if shipment.uploads else TO_SHIP

    def describe(self, order: Order, shipment: Shipment) -> dict[str, Any]:
        """The ``order`` of a reply."""
        assert order.paid_at is not None
        shipping: dict[str, Any] = {}
        if shipment.uploads:
            shipping = {
                "delivery_mode": 1,
                "logistics_type": shipment.logistics_type,
                "finish_shipping": True,
                "finish_shipping_count": len(shipment.uploads),
                "goods_desc": shipment.item_desc,
                "shipping_list": [{"goods_desc": shipment.item_desc, "upload_time": shipment.last_upload}],
            }
        return {
            "transaction_id": order.transaction_id,
            "merchant_id": self._context.identity.mchid,
            "sub_merchant_id": "",
            "merchant_trade_no": order.out_trade_no,
            "description": order.description,
            "paid_amount": order.amount_fen,
            "openid": order.openid,
            "trade_create_time": order.created_at // 1000,
            "pay_time": order.paid_at // 1000,
            "in_complaint": shipment.in_complaint,
            "order_state": self.state_of(order, shipment),
            "shipping": shipping,
        }

    # What happens by itself, and by a developer's wish

    def settle_due(self) -> None:
        """Confirm what nobody confirmed in time, settle what was confirmed, remind of what is late."""
        now = self._context.clock()
        for order in self._context.state.orders.values():
            shipment = self._find(order) if order.paid and order.transaction_id not in self._over else None
            if shipment is None:
                continue
            state = self.state_of(order, shipment)
            if state in (FINISHED, REFUNDED):
                self._over.add(order.transaction_id)
            if state == TO_SHIP and self._is_late(order, shipment, now):
                shipment.reminded_at = now
                self._context.state.keep(shipment)
                self.tell("trade_manage_remind_shipping", order, {"msg": "订单支付超过48小时未发货"})
            if shipment.in_complaint or state not in (SHIPPED, CONFIRMED, TO_SETTLE) or self._frozen(order):
                continue
            if state == SHIPPED and now >= (shipment.shipped_at or 0) + self._confirm_ms(shipment):
                self._confirm(shipment, BY_TIME, now)
            elif state != SHIPPED and now >= (shipment.confirmed_at or 0) + self._settle_ms():
                self._settle(order, shipment, now)

    def _is_late(self, order: Order, shipment: Shipment, now: int) -> bool:
        assert order.paid_at is not None
        until = max(order.paid_at + REMIND_MS, (shipment.delay_to or 0) * 1000)
        return shipment.reminded_at is None and now >= until

    def _frozen(self, order: Order) -> bool:
        return any(
            item.fault == "shipping_frozen" and item.scope in ("global", *_scopes(order))
            for item in self._context.faults.active()
        )

    def _confirm_ms(self, shipment: Shipment) -> int:
        days = self._context.settings.confirm_days if shipment.logistics_type != 1 else 10
        return int(days * DAY_MS / self._context.settings.notify_speed)

    def _settle_ms(self) -> int:
        settings = self._context.settings
        return int(settings.settle_seconds * 1000 / settings.notify_speed)

    def _confirm(self, shipment: Shipment, method: int, now: int) -> None:
        shipment.confirmed_at, shipment.confirm_method = now, method
        self._context.state.keep(shipment)

    def _settle(self, order: Order, shipment: Shipment, now: int) -> None:
        shipment.settled_at = now
        self._context.state.keep(shipment)
        self._tell_settlement(
            order,
            shipment,
            confirm_receive_method=shipment.confirm_method,
            confirm_receive_time=(shipment.confirmed_at or now) // 1000,
            settlement_time=now // 1000,
        )

    def _tell_settlement(self, order: Order, shipment: Shipment, **more: Any) -> None:
        fields = {"shipped_time": (shipment.shipped_at or 0) // 1000, **more}
        fields = spoil_settlement(fields, self._context.faults.take, _scopes(order))
        self.tell("trade_manage_order_settlement", order, fields)

    def act(self, wish: dict[str, Any]) -> dict[str, Any]:
        """The JSON of ``POST shipments/``: what a person does in WeChat. Raises ControlError."""
        act, state = wish.get("act"), self._context.state
        if act not in ACTS:
            raise ControlError(400, "invalid", "act 有误", {"act": list(ACTS)})
        order = state.by_transaction_id.get(str(wish.get("transaction_id"))) or state.orders.get(
            str(wish.get("out_trade_no"))
        )
        shipment = self._find(order) if order is not None else None
        if order is None or shipment is None:
            raise ControlError(404, "unknown_payment", "发货管理里没有这笔支付")
        if act == "confirm" and wish.get("openid") not in (None, order.openid):
            raise ControlError(409, "not_the_payer", "只有付款的人能确认收货")
        now, at = self._context.clock(), self.state_of(order, shipment)
        if act in ("complain", "withdraw"):
            self._complain(order, shipment, act == "complain")
        elif act == "confirm" and at == SHIPPED:
            self._confirm(shipment, BY_PAYER, now)
        elif act == "settle" and at in (CONFIRMED, TO_SETTLE):
            self._settle(order, shipment, now)
        else:
            raise ControlError(409, "wrong_state", "现在不能这样做")
        return self.view(order, shipment)

    def _complain(self, order: Order, shipment: Shipment, begins: bool) -> None:
        said = trade_complaint(order, shipment, begins, self._context.clock())
        if said is not None:
            self._context.state.keep(shipment)
            self.tell("complaint_callback", order, said)

    def view(self, order: Order, shipment: Shipment) -> dict[str, Any]:
        """As ``GET shipments/`` shows it: times in ms."""
        view = {**shipment.document(), "out_trade_no": order.out_trade_no, "openid": order.openid}
        return {**view, "order_state": self.state_of(order, shipment), "paid_at": order.paid_at}


def _scopes(order: Order) -> list[str]:
    return [order.out_trade_no, order.transaction_id, order.openid]


__all__ = ["VIRTUAL", "Shipping"]
