"""Supplements of an order, as who pays, family and the escort see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.gate import Gate
from tests.browser.page_case import PageCase, see, tap
from tests.browser.scenario import LONG_WISH, Scenario

ORDER = "order/order?id={serving}"
JOB = "packages/escort/job/job?id={serving}"
_OPEN = {
    "id": 1,
    "kind": "outlay",
    "kindTitle": "代付",
    "amount": "￥1238.50",
    "reason": LONG_WISH,
    "state": "open",
    "stateTitle": "待支付",
    "time": "2026-11-29 10:00:00",
    "receipt": "supplements/1/receipt/",
    "dispute": "",
    "disputedTime": "",
    "note": "",
    "closedTime": "",
    "paidTime": "",
    "refunded": "",
    "refund": "",
    "actions": ["pay", "dispute"],
}
_DISPUTED = {
    **_OPEN,
    "id": 2,
    "state": "disputed",
    "stateTitle": "有疑问",
    "dispute": LONG_WISH,
    "actions": [],
}
_PAID = {
    **_OPEN,
    "id": 3,
    "kind": "overtime",
    "kindTitle": "加时",
    "state": "paid",
    "stateTitle": "已支付",
    "paidTime": "2026-11-29 11:00:00",
    "refunded": "￥20",
    "refund": "退款 ￥30：待审核",
    "actions": ["withdraw_refund"],
}
_WITHDRAWN = {
    **_OPEN,
    "id": 4,
    "kind": "other",
    "kindTitle": "其他",
    "receipt": "",
    "state": "withdrawn",
    "stateTitle": "已撤回",
    "note": "核对过，是我们弄错了",
    "actions": [],
}
EVERY = [_OPEN, _DISPUTED, _PAID, {**_PAID, "id": 5, "refund": "", "actions": ["refund"]}, _WITHDRAWN]
_NOTHING = ("amount", "reason", "receipt", "dispute", "note", "refunded", "refund")


def order_with(rows: list[dict[str, Any]], **changes: Any) -> Callable[[Gate, Scenario], None]:
    """The order that is served, with these supplements."""

    def behind(gate: Gate, scenario: Scenario) -> None:
        found = scenario.regular.get("user/getOrder/", id=scenario.orders["serving"])
        gate.answer({**found, "supplements": rows, "order": {**found["order"], **changes}})

    return behind


def job_with(rows: list[dict[str, Any]]) -> Callable[[Gate, Scenario], None]:
    def behind(gate: Gate, scenario: Scenario) -> None:
        found = scenario.regular.get("escort/job/", id=scenario.orders["serving"])
        gate.answer({**found, "supplements": [{**row, "actionId": "a" * 20} for row in rows]})

    return behind


def home_with_two(gate: Gate, scenario: Scenario) -> None:
    found = scenario.regular.get("user/getNextVisit/")
    row = {
        "id": 1,
        "orderId": 1,
        "kindTitle": "代付",
        "amount": "￥1238.50",
        "patient": "阿卜杜热合曼·吐尔孙",
    }
    gate.answer({**found, "supplements": [row, {**row, "id": 2}]})


SUPPLEMENT_PAGES = (
    PageCase(
        "order-supplements",
        "订单 · 补款",
        ORDER,
        "regular",
        (see("撤回退款申请"),),
        gate="user/getOrder/",
        behind=order_with(EVERY),
    ),
    PageCase(
        "order-supplement-family",
        "订单 · 家人看到的补款",
        ORDER,
        "regular",
        (see("由下单或付款的家人支付"),),
        gate="user/getOrder/",
        behind=order_with([{**_OPEN, **dict.fromkeys(_NOTHING, ""), "actions": []}], role="family"),
    ),
    PageCase(
        "order-dispute",
        "订单 · 对补款有疑问",
        ORDER,
        "regular",
        (tap("有疑问"), see("告诉客服"), tap("告诉客服"), see("请写一下哪里不对")),
        gate="user/getOrder/",
        behind=order_with([_OPEN]),
    ),
    PageCase(
        "order-supplement-refund",
        "订单 · 退补款",
        ORDER,
        "regular",
        (tap("申请退这笔补款"), see("只退这笔补款")),
        gate="user/getOrder/",
        behind=order_with([{**_PAID, "refund": "", "actions": ["refund"]}]),
    ),
    PageCase(
        "job-supplements",
        "陪诊任务 · 补款",
        JOB,
        "regular",
        (see("申请补款"),),
        gate="escort/job/",
        behind=job_with([{**_OPEN, "state": "proposed", "stateTitle": "等客服确认"}, _DISPUTED, _WITHDRAWN]),
    ),
    PageCase(
        "job-supplement",
        "陪诊任务 · 申请补款",
        JOB,
        "regular",
        (tap("申请补款"), tap("提交申请"), see("请选是什么")),
    ),
    PageCase(
        "home-supplement",
        "首页 · 有补款待支付",
        "home/home",
        "regular",
        (see("陪诊有一笔补款"),),
        gate="user/getNextVisit/",
        behind=home_with_two,
    ),
)
