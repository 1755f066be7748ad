"""An accountant reads the money, and can neither decide anything nor see orders, phones or reasons."""

from __future__ import annotations

import re

import pytest

from storage.models import RefundKind, RefundState
from tests.admin.clients import Client, error_of
from tests.admin.scenario import Scenario
from tests.payment.conftest import ADMIN, PRICE, Shop

MONEY_PAGES = ("admin/money/", "admin/refunds/", "admin/cases/", "admin/reconcile/")


async def test_an_accountant_is_led_to_the_money(accountant: Client):
    answer = await accountant.get("admin/")
    assert answer.code == 302
    assert answer.headers["Location"].endswith("admin/money/")
    page = await accountant.page("admin/money/")
    menu = re.search(r'<nav aria-label="主菜单">(.*?)</nav>', page, re.DOTALL)
    assert menu
    assert re.findall(r">([^<]+)</a>", menu[1]) == ["收支", "发票", "我的账号"]


async def test_the_money_pages_offer_an_accountant_no_decision(accountant: Client, clerk: Client, shop: Shop):
    user = await shop.user()
    order_id = await shop.paid(user)
    await shop.payments.start_refund(order_id, ADMIN, PRICE // 2)
    refund = await shop.refund(order_id)
    for path in (*MONEY_PAGES, f"admin/refunds/{refund.id}/"):
        page = await accountant.page(path)
        main = page.partition('<main id="main"')[2]
        assert 'method="post"' not in main, path
        assert f"orders/{order_id}/" not in main, path
    assert f"orders/{order_id}/" in await clerk.page("admin/money/")
    assert f"#{order_id}" in await accountant.page("admin/money/")


async def test_why_a_user_wants_money_back_is_not_the_accountants_business(
    accountant: Client, clerk: Client, shop: Shop
):
    user = await shop.user()
    order_id = await shop.paid(user)
    reason = "刚做完手术不便走动"
    await shop.payments.request_refund(order_id, user, reason, PRICE, kind=RefundKind.MONEY_BACK)
    refund = await shop.refund(order_id)
    assert refund.state == RefundState.REQUESTED
    assert "刚做完手术" in await clerk.page(f"admin/refunds/{refund.id}/")
    assert "刚做完手术" not in await accountant.page(f"admin/refunds/{refund.id}/")
    before = await shop.refund(order_id)
    for act in ("approve", "reject", "withdraw", "retry"):
        answer = await accountant.post(f"admin/refunds/{refund.id}/{act}/", {"amount": "1", "note": "x"})
        assert (answer.code, "会计账号只能查看" in answer.body.decode()) == (403, True), act
    assert await shop.refund(order_id) == before


@pytest.mark.promise(18)
@pytest.mark.parametrize(
    "path", ["admin/orders/", "admin/orders/1/", "admin/users/", "admin/runners/", "admin/orders/export/"]
)
async def test_orders_users_and_escorts_are_closed_to_an_accountant(
    accountant: Client, scenario: Scenario, path: str
):
    await scenario.order()
    answer = await accountant.get(path)
    assert (answer.code, "李雷" in answer.body.decode()) == (403, False)


async def test_an_owner_makes_an_accountant_and_a_clerk_of_them_again(owner: Client, scenario: Scenario):
    page = await owner.page("admin/accounts/")
    names = dict(re.findall(r'<tr id="account-(\d+)">\s*<td[^>]*>(\w+)', page))
    clerk_id = next(number for number, name in names.items() if name == "clerk")
    form = re.search(
        rf'accounts/{clerk_id}/accountant/">.*?name="fingerprint" value="([^"]+)"', page, re.DOTALL
    )
    assert form
    answer = await owner.post(f"admin/accounts/{clerk_id}/accountant/", {"fingerprint": form[1]})
    assert answer.code == 302
    async with scenario.storage.reading() as reader:
        changed = await reader.administrators.get(int(clerk_id))
    assert changed is not None
    assert changed.role == "accountant"
    answer = await owner.post_json(f"admin/accounts/{clerk_id}/clerk/", {"fingerprint": form[1]})
    assert (answer.code, error_of(answer)) == (409, "account_changed")
