"""Shipping in words: the account's, for the overview; a payment's, for the page of its order."""

from __future__ import annotations

from clock import DAY, shanghai_time
from frozen_dataclasses import frozen
from handlers.admin.formats import day_text
from storage.models import Attempt, Shipment, ShipmentState, TradeManagement, TradeState

NEWS_FOR = 14 * DAY
CONSOLE = "小程序后台「功能 → 发货信息管理」"


def about_account(management: TradeManagement, enabled: bool, at: int) -> tuple[str, str] | None:
    """A tone (``bad``, ``warn`` or nothing) and a sentence; None when there is nothing to say."""
    controlled, reminded = (
        moment is not None and at - moment < NEWS_FOR
        for moment in (management.controlled_at, management.access_reminded_at)
    )
    if controlled:
        told = shanghai_time(management.controlled_at)[:16]
        return "bad", f"微信在 {told} 通知：这个小程序的交易受到限制。请到小程序后台看通知里的原因。"
    if not enabled:
        if reminded:
            return "warn", "微信要求上报发货，货款才会结算。请打开设置 shipping.enabled。"
        return None
    if management.answered_at is None:
        failed = f"上一次没有问到：{management.last_error}" if management.failed_at else "正在询问"
        return "warn", f"还不知道账号是否受微信的交易管理（{failed}）。"
    if not management.managed:
        return "", "账号不受微信的交易管理，不用上报发货。"
    if not management.completed:
        return "warn", f"交易管理还没有授权完，新的付款不能上报发货。请到{CONSOLE}确认商户号。"
    return "", "账号受微信的交易管理：服务完成后自动上报发货，付款人确认（或两天）以后结算。"


@frozen()
class ShownShipment:
    """A payment as the order's page shows it. ``by_hand``: the label of the button that reports it, if any."""

    shipment: Shipment
    attempt: Attempt
    tone: str
    state: str
    note: str
    by_hand: str


def _waiting(shipment: Shipment) -> str:
    note = "服务完成后自动上报"
    if shipment.declared_date and shipment.declaration_code == 0:
        note = f"就诊较晚，已向微信报备到 {day_text(shipment.declared_date)} 以后发货"
    elif shipment.declared_date:
        note = f"微信没有接受推迟发货的报备（{shipment.declaration_code}）"
    if shipment.reminded_at is not None:
        note += f"；微信 {shanghai_time(shipment.reminded_at)[5:16]} 催过发货"
    return note


def _pending(shipment: Shipment) -> str:
    if not shipment.tries or shipment.next_at is None:
        return "马上上报"
    code = f"（{shipment.last_code}）" if shipment.last_code is not None else ""
    return f"微信还没有收下{code}，{shanghai_time(shipment.next_at)[5:16]} 再试"


def _shipped(shipment: Shipment) -> tuple[str, str, str]:
    if shipment.in_complaint:
        return "red", "投诉中", "付款人在微信投诉，结束以前货款冻结"
    if shipment.wechat_state == TradeState.CONFIRMED:
        return "blue", "已确认", "付款人已确认，等微信结算"
    if shipment.wechat_state == TradeState.TO_SETTLE:
        return "blue", "待结算", "已自动确认，等微信结算"
    note = "等付款人确认，或到时间自动确认"
    if shipment.estimated_settlement_at is not None:
        note += f"；预计 {shanghai_time(shipment.estimated_settlement_at)[5:16]} 结算"
    return "blue", "已发货", note


def shown(shipment: Shipment, attempt: Attempt) -> ShownShipment:
    match shipment.state:
        case ShipmentState.WAITING:
            words = ("grey", "待发货", _waiting(shipment), "")
        case ShipmentState.PENDING:
            words = ("amber", "待上报", _pending(shipment), "")
        case ShipmentState.SHIPPED:
            words = (*_shipped(shipment), "")
        case ShipmentState.SETTLED:
            words = ("green", "已结算", shanghai_time(shipment.settled_at)[:16], "")
        case ShipmentState.REFUNDED:
            words = ("grey", "已退款", "不用发货", "")
        case ShipmentState.WITHHELD:
            note = "没有服务，留下的款项还冻结在微信。确实该收的（例如客户没来），可以上报"
            words = ("amber", "没有上报", note, "按已服务上报")
        case ShipmentState.UNKNOWN:
            words = ("grey", "微信没有记录", "付款早于交易管理，货款不受它影响", "")
        case _:
            code = f"（{shipment.last_code}）" if shipment.last_code is not None else ""
            words = ("red", "上报失败", f"{shipment.last_error}{code}", "再上报一次")
    return ShownShipment(shipment, attempt, *words)
