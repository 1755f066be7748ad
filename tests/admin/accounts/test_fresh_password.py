"""Dangerous acts ask for the password again when it was given more than ten minutes ago, and until then do nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from clock import MINUTE
from tests.admin.acts import ACTS, Act
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import Scenario
from tests.payment.conftest import Shop

pytestmark = pytest.mark.promise(20)
DANGEROUS = {
    "orders/{id}/reveal/": "查看订单 #1 就诊人的证件号码",
    "orders/{id}/refund/": "订单 #1：退款 588 元 给 李雷。提交后不能撤回",
    "orders/{id}/cancel/": "订单 #1：取消（商家取消），退款 588 元 给 李雷。提交后不能撤回",
    "refunds/{id}/approve/": "订单 #1：通过取消申请，订单结束，退款 588 元 给 李雷。提交后不能撤回",
    "supplements/{id}/refund/": "订单 #1的补款：退款 38.50 元 给 李雷。提交后不能撤回",
    "cases/{id}/release/": "放开订单：这笔不符的款项已在别处处理。不能撤回",
    "pay/statements/{id}/transfer/": "用微信付给 王芳 2026年11月的报酬 ￥80",
    "users/{id}/export/": "导出用户 #1 的全部个人资料",
    "users/{id}/delete/": "删除用户 #1 的个人资料",
    "accounts/": "新建员工账号 小陈",
    "accounts/{id}/disable/": "停用账号 clerk",
    "accounts/{id}/enable/": "启用账号 clerk",
    "accounts/{id}/owner/": "把账号 clerk 改为店主",
    "accounts/{id}/accountant/": "把账号 clerk 改为会计",
    "accounts/{id}/clerk/": "把账号 clerk 改为店员",
    "accounts/{id}/password/": "重设账号 clerk 的密码",
    "accounts/{id}/end-sessions/": "让账号 clerk 退出所有设备",
    "me/totp/enable/": "开启两步验证",
    "me/totp/disable/": "关闭两步验证",
    "catalog/prices/": "从 2026-11-21 起改 1 项服务的价格（428 元）",
    "pay/transfers/{id}/decide/paid/": "记录：￥80 的微信转账已经在 2026-11-18 付给本人。不能撤回",
    "pay/transfers/{id}/decide/unpaid/": "记录：￥80 的微信转账没有付成，结算单可以重新付款。不能撤回",
    "books/close/": "给2026年10月结账。结账不能撤销：以后为这个月补记的收支会算到当时的月份",
}
"""What the page that asks for the password says is about to be done, by the acts' paths."""
HARMLESS = {"patient.reveal.phone"}
"""Sent to the same address."""
FORMS_ALONE = ("catalog/prices/",)
"""What does not understand JSON."""
ABOUT = re.compile(r"请再次输入密码<small>(.*?)</small>")


def test_every_dangerous_act_is_tried_here() -> None:
    assert {act.path for act in ACTS} >= set(DANGEROUS)


async def contents(scenario: Scenario) -> dict[str, Any]:
    """What an act could change or write down."""
    tables = (
        "orders",
        "refunds",
        "finance_cases",
        "payment_attempts",
        "users",
        "administrators",
        "audit_log",
        "closed_months",
        "service_prices",
        "pay_transfers",
    )
    async with scenario.storage.reading() as reader:
        return {table: await reader.connection.fetch_all(f"SELECT * FROM {table}") for table in tables}


@pytest.mark.parametrize(
    "act",
    [act for act in ACTS if act.path in DANGEROUS and act.name not in HARMLESS],
    ids=lambda act: f"{act.path}:{act.name}",
)
async def test_a_dangerous_act_waits_for_the_password(
    act: Act, owner: Client, scenario: Scenario, shop: Shop
) -> None:
    ready = await act.ready(scenario, owner)
    path, fields = "admin/" + act.path.replace("{id}", str(ready.id)), {**ready.fields, **act.fields}
    scenario.clock.at += 11 * MINUTE
    before = await contents(scenario)
    for given in ({}, {"confirm_password": ""}, {"confirm_password": "not the password"}):
        answer = await owner.post(path, {**fields, **given})
        assert answer.code == 403, answer.body.decode()[-1000:]
        page = answer.body.decode()
        asked = ABOUT.search(page)
        assert asked, page[-1000:]
        assert asked[1] == DANGEROUS[act.path]
        assert page.count('name="_xsrf"') == 1
        assert await contents(scenario) == before, given
    answer = await owner.post_json(path, fields)
    assert answer.code == (400 if act.path in FORMS_ALONE else 403)
    assert await contents(scenario) == before
    confirmed = await owner.post(path, {**fields, "confirm_password": PASSWORD})
    assert "请再次输入密码" not in confirmed.body.decode()
    assert confirmed.code != 403
