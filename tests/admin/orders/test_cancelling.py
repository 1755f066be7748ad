"""The office and cancellations: requests seen everywhere, dialogs that name the money, one guard on every road."""

from __future__ import annotations

import re

import pytest

from clock import HOUR, MINUTE
from handlers.services import Services
from orders import serving
from orders.visit_time import visit_begin_ms
from storage.models import Cause, OrderState, RefundKind
from tests.admin.act_preparations import hidden
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import Scenario
from tests.payment.conftest import ADMIN, PRICE, Shop
from tests.payment.visit_money import is_free


async def assigned(scenario: Scenario, shop: Shop, order_id: int) -> int:
    """The order has an escort in the morning; the escort's id."""
    escort_id = await scenario.escort()
    await shop.storage.run(lambda tx: serving.assign(tx, order_id, escort_id, "am", Cause(ADMIN, shop.at)))
    return escort_id


async def before_visit(owner: Client, shop: Shop, order_id: int, before: int) -> None:
    """So long before the visit the administrator logs in again."""
    shop.at = visit_begin_ms((await shop.order(order_id)).visit_date) - before
    await owner.log_in()


def dialogs(page: str) -> list[str]:
    return re.findall(r'data-ask="([^"]*)"', page)


@pytest.mark.promise(33)
async def test_a_waiting_request_is_seen_everywhere_and_the_escort_stays_visible(
    owner: Client, shop: Shop, scenario: Scenario
) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    escort_id = await assigned(scenario, shop, order_id)
    day = (await shop.order(order_id)).visit_date
    pages = [
        "admin/orders/",
        f"admin/runners/calendar/?from={day}",
        f"admin/runners/{escort_id}/",
        f"admin/users/{user.id}/",
    ]
    for page in pages:
        assert "待审核" not in await owner.page(page), page
    refund_id = await shop.payments.request_refund(order_id, user, "孩子病了", PRICE)
    for page in pages:
        assert "申请取消，待审核" in await owner.page(page), page
    for page in (f"admin/orders/{order_id}/", f"admin/refunds/{refund_id}/"):
        text = await owner.page(page)
        assert f'runners/{escort_id}/">王芳</a>' in text, page
        assert "上午" in text, page
    await shop.payments.approve_refund(refund_id, ADMIN)
    calendar = await owner.page(pages[1])
    assert f"orders/{order_id}/" not in calendar
    assert "原来的陪诊员（已取消）" in await owner.page(f"admin/orders/{order_id}/")


@pytest.mark.promise(33)
async def test_a_cancellation_at_half_is_approved_on_the_page(
    owner: Client, shop: Shop, scenario: Scenario
) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    escort_id = await assigned(scenario, shop, order_id)
    await before_visit(owner, shop, order_id, 5 * HOUR)
    refund_id = await shop.payments.request_refund(order_id, user, "孩子病了", PRICE // 2)
    path = f"admin/refunds/{refund_id}/"
    form = await hidden(owner, path)
    assert any(
        "测试" in ask and "{amount} 元" in ask and "不能撤回" in ask
        for ask in dialogs(await owner.page(path))
    )
    answer = await owner.post(f"{path}approve/", {**form, "amount": "294", "note": "早日康复"})
    assert (answer.code, "cancel-approved" in answer.headers["Location"]) == (302, True)
    assert await scenario.log() == [
        (
            "refund.approve",
            {"state": "requested", "amount_fen": 29_400},
            {"state": "approved", "amount_fen": 29_400, "note": "早日康复"},
        )
    ]
    assert await is_free(shop, escort_id, order_id)
    order = await shop.order(order_id)
    assert order.state == OrderState.CANCELLED
    page = await owner.page(f"admin/orders/{order_id}/")
    assert "用户取消" in page
    assert "用户的原因：孩子病了" in page
    assert "我们的说明：早日康复" in page


async def test_a_cancellation_at_nothing_is_approved_with_nought(
    owner: Client, shop: Shop, scenario: Scenario
) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    await before_visit(owner, shop, order_id, HOUR)
    refund_id = await shop.payments.request_refund(order_id, user, "", 0)
    form = await hidden(owner, f"admin/refunds/{refund_id}/")
    answer = await owner.post(f"admin/refunds/{refund_id}/approve/", {**form, "amount": "0"})
    assert answer.code == 302
    assert (await shop.order(order_id)).state == OrderState.CANCELLED
    assert "无需退款" in await owner.page("admin/refunds/?tab=done")
    assert await scenario.log() == [
        (
            "refund.approve",
            {"state": "requested", "amount_fen": 0},
            {"state": "nothing_due", "amount_fen": 0, "note": ""},
        )
    ]


async def test_money_back_is_never_approved_with_nought(
    owner: Client, shop: Shop, scenario: Scenario
) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    refund_id = await shop.payments.request_refund(order_id, user, "", 1_000, kind=RefundKind.MONEY_BACK)
    answer = await owner.post(f"admin/refunds/{refund_id}/approve/", {"amount": "0"})
    assert answer.code == 400
    assert (await shop.order(order_id)).state == OrderState.REFUNDING


async def roads(shop: Shop) -> list[tuple[str, dict[str, str]]]:
    """Every form from which the same 588 yuan can go back, with what else it sends."""
    user = await shop.user("oRequest")
    asked = await shop.paid(user)
    refund_id = await shop.payments.request_refund(asked, user, "", PRICE)
    refund = await shop.paid(await shop.user("oRefund"))
    ended = await shop.paid(await shop.user("oEnd"))
    return [
        (f"admin/refunds/{refund_id}/approve/", {}),
        (f"admin/orders/{refund}/refund/", {"reason": "退"}),
        (f"admin/orders/{ended}/cancel/", {"reason": "退", "ending": "cancelled_by_company"}),
    ]


async def test_an_amount_far_from_the_proposed_one_needs_a_yes_of_its_own_on_every_road(
    owner: Client, shop: Shop, scenario: Scenario
) -> None:
    """3.88 went out for 388."""
    for path, form in await roads(shop):
        for amount in ("5.88", "58.8", "100"):
            answer = await owner.post(path, {**form, "amount": amount})
            text = answer.body.decode()
            assert answer.code == 409, (path, amount)
            assert f"您填的是 {amount.replace('58.8', '58.80')} 元，按规则或申请应退 588 元" in text, path
            assert f"确实退 {amount.replace('58.8', '58.80')} 元" in text, path
        # the yes is for the amount that was warned of, not for another one
        assert (await owner.post(path, {**form, "amount": "5.80", "sure": "5.88"})).code == 409, path
        assert (await owner.post(path, {**form, "amount": "5.88", "sure": "5.88"})).code == 302, path


async def test_every_road_asks_for_the_password_with_amount_and_name_and_only_for_what_is_left(
    owner: Client, scenario: Scenario
) -> None:
    order, other = await scenario.order(), await scenario.order()
    scenario.clock.at += 11 * MINUTE
    for path, form in (
        (f"admin/orders/{order}/refund/", {"reason": "退"}),
        (f"admin/orders/{other}/cancel/", {"reason": "退", "ending": "escort_absent"}),
    ):
        answer = await owner.post(path, {**form, "amount": "588.01"})
        assert (answer.code, "confirm_password" in answer.body.decode()) == (409, False), path
        answer = await owner.post(path, {**form, "amount": "588"})
        text = answer.body.decode()
        assert answer.code == 403, path
        assert "退款 588 元 给" in text, path
        assert "提交后不能撤回" in text, path
    answer = await owner.post(path, {**form, "amount": "588", "confirm_password": PASSWORD})
    assert answer.code == 302


async def test_a_clerk_overrides_the_policy_up_to_the_limit(
    owner: Client, clerk: Client, services: Services, shop: Shop
) -> None:
    services.settings = services.settings.replace("orders", clerk_refund_yuan=100)
    user = await shop.user()
    order_id = await shop.paid(user)
    path, form = f"admin/orders/{order_id}/refund/", {"reason": "赔偿", "sure": "100.01"}
    answer = await clerk.post(path, {**form, "amount": "100.01"})
    assert (answer.code, "最多 100 元" in answer.body.decode()) == (409, True)
    assert (await owner.post(path, {**form, "amount": "100.01"})).code == 302
    asked = await shop.paid(await shop.user("oOther"))
    other = await shop.user("oOther")
    refund_id = await shop.payments.request_refund(asked, other, "", PRICE)
    # what the policy gives is no decision of the clerk's own
    assert (await clerk.post(f"admin/refunds/{refund_id}/approve/", {"amount": "588"})).code == 302
    wanted = await shop.paid(await shop.user("oThird"))
    third = await shop.user("oThird")
    refund_id = await shop.payments.request_refund(wanted, third, "", 20_000, kind=RefundKind.MONEY_BACK)
    path = f"admin/refunds/{refund_id}/approve/"
    assert (await clerk.post(path, {"amount": "200"})).code == 409
    assert (await clerk.post(path, {"amount": "100"})).code == 302


async def test_every_dialog_about_money_names_amount_patient_and_what_is_final(
    owner: Client, shop: Shop, scenario: Scenario
) -> None:
    for path, _ in await roads(shop):
        page = await owner.page(re.sub(r"(approve|refund|cancel)/$", "", path))
        money = [ask for ask in dialogs(page) if "退款" in ask and "拒绝" not in ask]
        assert money, path
        for ask in money:
            assert "{amount} 元" in ask or re.search(r"[0-9.]+ 元", ask), ask
            assert "测试" in ask, ask
            assert "不能撤回" in ask, ask


@pytest.mark.parametrize("act", ["approve", "reject"])
async def test_a_decision_on_an_old_page_is_refused_and_says_what_changed(
    owner: Client, shop: Shop, scenario: Scenario, act: str
) -> None:
    user = await shop.user()
    order_id = await shop.paid(user)
    first = await shop.payments.request_refund(order_id, user, "", PRICE)
    old = await hidden(owner, f"admin/refunds/{first}/")
    await shop.payments.withdraw_request(order_id, user)
    await assigned(scenario, shop, order_id)
    refund_id = await shop.payments.request_refund(order_id, user, "", PRICE)
    path = f"admin/refunds/{refund_id}/{act}/"
    form = {"amount": "588", "note": "好"}
    answer = await owner.post(path, {**form, "fingerprint": old["fingerprint"]})
    assert answer.code == 409
    assert "陪诊员、退款记录变了" in answer.body.decode()
    assert (await shop.refund(order_id)).state == "requested"
    fresh = await hidden(owner, f"admin/refunds/{refund_id}/")
    assert (await owner.post(path, {**form, "fingerprint": fresh["fingerprint"]})).code == 302


async def test_the_office_chooses_how_an_order_ends_and_each_way_proposes_an_amount(
    owner: Client, shop: Shop, scenario: Scenario
) -> None:
    order_id = await shop.paid()
    escort_id = await assigned(scenario, shop, order_id)
    await before_visit(owner, shop, order_id, 5 * HOUR)
    page = await owner.page(f"admin/orders/{order_id}/")
    proposed = dict(re.findall(r'name="ending" value="(\w+)" data-fill-amount="([0-9.]+)"', page))
    assert proposed == {
        "cancelled_by_user": "294",
        "cancelled_by_company": "588",
        "customer_absent": "294",
        "escort_absent": "588",
    }
    form = await hidden(owner, f"admin/orders/{order_id}/")
    path = f"admin/orders/{order_id}/cancel/"
    for bad in ({"ending": "served"}, {"ending": ""}, {"amount": "x"}, {"reason": ""}):
        values = {**form, "ending": "customer_absent", "amount": "294", "reason": "没有来", **bad}
        assert (await owner.post(path, values)).code == 400, bad
    values = {**form, "ending": "customer_absent", "amount": "294", "reason": "没有来"}
    assert (await owner.post(path, values)).code == 302
    order = await shop.order(order_id)
    assert (order.state, order.ending) == (OrderState.CANCELLED, "customer_absent")
    assert await is_free(shop, escort_id, order_id)
    assert "用户未到" in await owner.page("admin/orders/")
    assert "取消订单" in await owner.page("admin/audit/")
    assert (await owner.post(path, values)).code == 409


async def test_a_case_that_changed_is_not_closed_by_an_old_page(
    owner: Client, shop: Shop, scenario: Scenario
) -> None:
    order_id = await shop.placed()
    number = (await shop.attempt(order_id)).out_trade_no
    shop.wechat.pay(number)
    await shop.payments.notify({}, shop.wechat.paid_notice(number, trade_type="NATIVE"))
    async with shop.storage.reading() as reader:
        (case,) = await reader.finance.cases()
    path = f"admin/cases/{case.id}/"
    page = await owner.page(path)
    assert any("588 元" in ask and "测试" in ask and "不能撤回" in ask for ask in dialogs(page))
    old = await hidden(owner, path)
    await shop.payments.release_mismatch(number)
    answer = await owner.post(f"{path}close/", {**old, "note": "已退给付款人"})
    assert answer.code == 409
    assert "这笔款项的状态变了" in answer.body.decode()
    fresh = await hidden(owner, path)
    assert (await owner.post(f"{path}close/", {**fresh, "note": "已退给付款人"})).code == 302
