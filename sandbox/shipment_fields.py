"""The fields of 发货信息管理, checked as WeChat checks them."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from .errors import MiniProgramError
from .state import Order, State

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)")
MAX_DESCRIPTION = 120
EXPRESS, VIRTUAL = 1, 3
WHOLE, SPLIT = 1, 2


@dataclass(frozen=True)
class Upload:
    """What ``upload_shipping_info`` says, once its fields are right."""

    order: Order | None
    """None: WeChat Pay knows no such payment."""
    openid: str
    logistics_type: int
    item_desc: str
    upload_time: int


def read_upload(body: dict[str, Any], state: State, mchid: str) -> Upload:
    """The request, checked. Raises MiniProgramError."""
    order = _order_by_key(body.get("order_key"), state, mchid)
    logistics_type, mode = body.get("logistics_type"), body.get("delivery_mode")
    if logistics_type not in (1, 2, 3, 4) or isinstance(logistics_type, bool):
        raise MiniProgramError(10060005, "logistics_type invalid")
    if mode not in (WHOLE, SPLIT) or isinstance(mode, bool):
        raise MiniProgramError(268485224, "delivery_mode invalid")
    if mode == SPLIT and logistics_type != EXPRESS:
        raise MiniProgramError(10060006, "only express may be split")
    if mode == SPLIT and not isinstance(body.get("is_all_delivered"), bool):
        raise MiniProgramError(10060007, "is_all_delivered required")
    return Upload(
        order=order,
        openid=_payer(body.get("payer")),
        logistics_type=logistics_type,
        item_desc=_items(body.get("shipping_list"), mode, logistics_type),
        upload_time=_upload_time(body.get("upload_time")),
    )


def _order_by_key(key: object, state: State, mchid: str) -> Order | None:
    if not isinstance(key, dict) or key.get("order_number_type") not in (1, 2):
        raise MiniProgramError(268485194, "order_number_type invalid")
    if key["order_number_type"] == 2:
        if not isinstance(key.get("transaction_id"), str) or not key["transaction_id"]:
            raise MiniProgramError(268485197, "transaction_id required")
        return state.by_transaction_id.get(key["transaction_id"])
    if key.get("mchid") != mchid:
        raise MiniProgramError(268485195, "mchid invalid")
    if not isinstance(key.get("out_trade_no"), str) or not key["out_trade_no"]:
        raise MiniProgramError(268485196, "out_trade_no required")
    return state.orders.get(key["out_trade_no"])


def _payer(payer: object) -> str:
    openid = payer.get("openid") if isinstance(payer, dict) else None
    if not isinstance(openid, str) or not openid:
        raise MiniProgramError(10060014, "payer.openid required")
    return openid


def _items(items: object, mode: int, logistics_type: int) -> str:
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise MiniProgramError(10060014, "shipping_list required")
    if len(items) > (15 if mode == SPLIT else 1):
        raise MiniProgramError(10060024, "shipping_list too long")
    for item in items:
        express = item.keys() & {"tracking_no", "express_company"}
        if logistics_type == EXPRESS and len(express) < 2:
            raise MiniProgramError(268485226, "tracking_no and express_company required")
        if len(str(item.get("express_company", ""))) > 128:
            raise MiniProgramError(10060025, "express_company too long")
        if len(str(item.get("tracking_no", ""))) > 128:
            raise MiniProgramError(10060026, "tracking_no too long")
    text = items[0].get("item_desc")
    if not isinstance(text, str) or not text:
        raise MiniProgramError(10060008, "item_desc required")
    if len(text) > MAX_DESCRIPTION:
        raise MiniProgramError(10060009, "item_desc too long")
    return text


def _upload_time(text: object) -> int:
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        raise MiniProgramError(268485216, "upload_time invalid")
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise MiniProgramError(268485216, "upload_time invalid") from None
    return int(moment.timestamp() * 1000)


def order_of_query(body: dict[str, Any], state: State, mchid: str) -> Order | None:
    """The payment that ``get_order`` asks for. Raises MiniProgramError."""
    transaction_id, number = body.get("transaction_id"), body.get("merchant_trade_no")
    if isinstance(transaction_id, str) and transaction_id:
        return state.by_transaction_id.get(transaction_id)
    if not isinstance(number, str) or not number or body.get("merchant_id") != mchid:
        raise MiniProgramError(10060014, "transaction_id, or merchant_id and merchant_trade_no required")
    return state.orders.get(number)


def check_appid(body: dict[str, Any], appid: str) -> None:
    """Raises MiniProgramError unless the question is about this account."""
    if not body.get("appid"):
        raise MiniProgramError(40097, "appid empty")
    if body["appid"] != appid:
        raise MiniProgramError(40013, "invalid appid")
