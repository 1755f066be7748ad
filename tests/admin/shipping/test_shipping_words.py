"""Shipping in words, to the letter: of the account, and of a payment in each of its states."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from clock import DAY
from handlers.admin.shipping.words import about_account, shown
from storage.models import Attempt, Shipment, ShipmentState, TradeManagement, TradeState

AT = 1_795_000_000_000
"""2026-11-18 19:06:40 in Shanghai."""
LATER = AT + 3_661_000
"""20:07:41."""
NOTHING_SAID = TradeManagement(1, False, False, None, None, 0, None, "", None, None)
ANSWERED = {"answered_at": AT}
CONTROLLED = "微信在 2026-11-18 19:06 通知：这个小程序的交易受到限制。请到小程序后台看通知里的原因。"
REMINDED = "微信要求上报发货，货款才会结算。请打开设置 shipping.enabled。"
UNKNOWN = "还不知道账号是否受微信的交易管理（{}）。"
UNFINISHED = "交易管理还没有授权完，新的付款不能上报发货。请到小程序后台「功能 → 发货信息管理」确认商户号。"
REPORTED = "账号受微信的交易管理：服务完成后自动上报发货，付款人确认（或两天）以后结算。"


@pytest.mark.parametrize(
    ("enabled", "changes", "after", "told"),
    [
        (False, {}, 0, None),
        (True, {"controlled_at": AT}, 0, ("bad", CONTROLLED)),
        (False, {"controlled_at": AT, "access_reminded_at": AT}, 0, ("bad", CONTROLLED)),
        (False, {"controlled_at": AT}, 14 * DAY - 1, ("bad", CONTROLLED)),
        (False, {"controlled_at": AT}, 14 * DAY, None),
        (False, {"access_reminded_at": AT}, 14 * DAY - 1, ("warn", REMINDED)),
        (False, {"access_reminded_at": AT}, 14 * DAY, None),
        (True, {"access_reminded_at": AT}, 0, ("warn", UNKNOWN.format("正在询问"))),
        (True, {"last_error": "old"}, 0, ("warn", UNKNOWN.format("正在询问"))),
        (True, {"failed_at": AT, "last_error": "x"}, 0, ("warn", UNKNOWN.format("上一次没有问到：x"))),
        (True, ANSWERED, 0, ("", "账号不受微信的交易管理，不用上报发货。")),
        (True, {**ANSWERED, "completed": True}, 0, ("", "账号不受微信的交易管理，不用上报发货。")),
        (True, {**ANSWERED, "managed": True}, 0, ("warn", UNFINISHED)),
        (True, {**ANSWERED, "managed": True, "completed": True}, 0, ("", REPORTED)),
    ],
)
def test_the_account_in_words(
    enabled: bool, changes: dict[str, Any], after: int, told: tuple[str, str] | None
) -> None:
    assert about_account(dataclasses.replace(NOTHING_SAID, **changes), enabled, AT + after) == told


def row(kind: Any, **values: Any) -> Any:
    """One of these, of which only what is named says anything."""
    plain = {"int": 0, "str": "", "bool": False}
    empty = {each.name: plain.get(str(each.type)) for each in dataclasses.fields(kind)}
    return kind(**{**empty, **values})


@pytest.mark.parametrize(
    ("state", "columns", "words"),
    [
        ("waiting", {}, ("grey", "待发货", "服务完成后自动上报", "")),
        ("waiting", {"declaration_code": 0}, ("grey", "待发货", "服务完成后自动上报", "")),
        (
            "waiting",
            {"declared_date": "2026-12-30", "declaration_code": 0},
            ("grey", "待发货", "就诊较晚，已向微信报备到 12-30 周三 以后发货", ""),
        ),
        (
            "waiting",
            {"declared_date": "2026-12-30", "declaration_code": 1, "reminded_at": AT},
            ("grey", "待发货", "微信没有接受推迟发货的报备（1）；微信 11-18 19:06 催过发货", ""),
        ),
        (
            "waiting",
            {"reminded_at": LATER},
            ("grey", "待发货", "服务完成后自动上报；微信 11-18 20:07 催过发货", ""),
        ),
        ("pending", {"next_at": AT}, ("amber", "待上报", "马上上报", "")),
        ("pending", {"tries": 1}, ("amber", "待上报", "马上上报", "")),
        ("pending", {"tries": 1, "next_at": AT}, ("amber", "待上报", "微信还没有收下，11-18 19:06 再试", "")),
        (
            "pending",
            {"tries": 2, "next_at": AT, "last_code": 0},
            ("amber", "待上报", "微信还没有收下（0），11-18 19:06 再试", ""),
        ),
        ("shipped", {}, ("blue", "已发货", "等付款人确认，或到时间自动确认", "")),
        (
            "shipped",
            {"wechat_state": TradeState.SHIPPED, "estimated_settlement_at": AT},
            ("blue", "已发货", "等付款人确认，或到时间自动确认；预计 11-18 19:06 结算", ""),
        ),
        (
            "shipped",
            {"wechat_state": TradeState.CONFIRMED},
            ("blue", "已确认", "付款人已确认，等微信结算", ""),
        ),
        ("shipped", {"wechat_state": TradeState.TO_SETTLE}, ("blue", "待结算", "已自动确认，等微信结算", "")),
        (
            "shipped",
            {"wechat_state": TradeState.CONFIRMED, "in_complaint": True},
            ("red", "投诉中", "付款人在微信投诉，结束以前货款冻结", ""),
        ),
        ("settled", {"settled_at": AT}, ("green", "已结算", "2026-11-18 19:06", "")),
        ("refunded", {}, ("grey", "已退款", "不用发货", "")),
        (
            "withheld",
            {},
            (
                "amber",
                "没有上报",
                "没有服务，留下的款项还冻结在微信。确实该收的（例如客户没来），可以上报",
                "按已服务上报",
            ),
        ),
        ("unknown", {}, ("grey", "微信没有记录", "付款早于交易管理，货款不受它影响", "")),
        ("failed", {"last_error": "不一致"}, ("red", "上报失败", "不一致", "再上报一次")),
        (
            "failed",
            {"last_error": "不一致", "last_code": 0},
            ("red", "上报失败", "不一致（0）", "再上报一次"),
        ),
    ],
)
def test_a_payment_in_words(state: str, columns: dict[str, Any], words: tuple[str, ...]) -> None:
    shipment, attempt = row(Shipment, state=ShipmentState(state), **columns), row(Attempt)
    found = shown(shipment, attempt)
    assert (found.shipment, found.attempt) == (shipment, attempt)
    assert (found.tone, found.state, found.note, found.by_hand) == words
