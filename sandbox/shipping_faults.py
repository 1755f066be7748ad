"""What may go wrong with 发货信息管理."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from .fault_kind import Kind

SHIPPING_FAULTS: dict[str, Kind] = {
    "shipping_error": Kind(
        "发货：指定错误码（10060012 系统繁忙）",
        "shipping",
        {"endpoint": "upload_shipping", "errcode": 10060012},
    ),
    "shipping_unknown": Kind("发货：微信还不知道这笔支付 10060001", "shipping"),
    "shipping_frozen": Kind("发货：一直不确认、不结算", "shipping"),
    "settlement_reversed_method": Kind("发货：结算事件里确认方式写反", "shipping"),
    "settlement_empty_times": Kind("发货：结算事件里的时间是空的", "shipping"),
}
REVERSED = {1: 2, 2: 1}

Take = Callable[[str, Collection[str]], dict[str, Any] | None]


def spoil_settlement(fields: dict[str, Any], take: Take, scopes: Collection[str]) -> dict[str, Any]:
    """The fields of a settlement event, as the faults have them."""
    if "confirm_receive_method" in fields and take("settlement_reversed_method", scopes):
        method = fields["confirm_receive_method"]
        fields = {**fields, "confirm_receive_method": REVERSED.get(method, method)}
    if take("settlement_empty_times", scopes):
        fields = {name: "" if name.endswith("_time") else value for name, value in fields.items()}
    return fields
