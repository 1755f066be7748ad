"""A supplement on three screens: the escort asks for it, the office looks at it, who ordered pays or disputes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.clients import ApiUser, wait_for
from tests.browser.escort_work import Work
from tests.browser.flows import answer_messages, at_cashier
from tests.browser.phone import Phone
from tests.browser.visit_acts import ORDER
from tests.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page


def propose(work: Work, amount: str = "38.50", kind: str = "代付") -> Phone:
    """On the escort's phone, with a photo of the receipt, up to the sending."""
    work.office.assign(work.order_id, work.escort_id)
    work.open_job()
    phone = work.phone
    phone.tap("申请补款")
    phone.tap(kind)
    phone.page.locator("[aria-label='多少钱，元'] >> visible=true").last.fill(amount)
    phone.page.locator("textarea >> visible=true").last.fill("代付挂号费，小票在照片里")
    phone.tap("拍小票（代付要有）")
    phone.page.locator(".mp-samples button").first.tap()
    phone.see("换一张照片")
    return phone


def submit(phone: Phone) -> None:
    """The first time WeChat asks whether it may be told how it ends."""
    phone.tap("提交申请")
    answer_messages(phone)


def proposed(work: Work) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = work.escort.get("escort/job/", id=work.order_id)["supplements"]
    return rows


def at_desk(work: Work, desk: Page, product: Served) -> Page:
    """The card of the order, from the overview's queue."""
    desk.goto(f"{product.root}admin/")
    desk.get_by_role("link", name="补款待处理").click()
    desk.locator(f"a[href$='orders/{work.order_id}/']").first.click()
    desk.locator("#supplements").get_by_text("￥38.50").first.wait_for()
    return desk


def see_order(phone: Phone, order_id: int) -> Phone:
    phone.open(f"{ORDER}?id={order_id}")
    phone.until_loaded()
    return phone


@pytest.mark.promise(38)
def test_what_the_escort_asks_for_is_looked_at_paid_and_told(
    work: Work, desk: Page, phones: Callable[..., Phone], product: Served
) -> None:
    phone = propose(work)
    submit(phone)
    phone.see("等客服确认", "￥38.50")
    (row,) = proposed(work)
    assert row["receipt"], "the photo went with it"
    owner = see_order(phones(work.owner), work.order_id)
    assert not owner.shows("补款"), "the office looks at it first"

    page = at_desk(work, desk, product)
    page.wait_for_function("document.querySelector('#supplements img.receipt')?.naturalWidth > 0")
    page.get_by_role("button", name="请用户支付").first.click()
    page.get_by_text("补款已发出").wait_for()

    owner.open()
    owner.see("陪诊有一笔补款")
    owner.tap("看明细和支付 ￥38.50")
    owner.until_path(ORDER)
    owner.see("代付挂号费，小票在照片里", "看小票照片")
    owner.tap("支付 ￥38.50")
    at_cashier(owner, "cancel")
    owner.see("您取消了付款，可以再次点击支付。")
    owner.tap("支付 ￥38.50")
    owner.tap_sheet(".mp-cashier [data-outcome=success]")
    owner.see("已支付")
    owner.not_see("支付 ￥38.50")
    wait_for(lambda: proposed(work)[0]["state"] == "paid")

    work.open_job()
    work.phone.see("已支付")


@pytest.mark.promise(38)
def test_what_is_disputed_is_taken_back_by_the_office(
    work: Work, desk: Page, phones: Callable[..., Phone], persons: Callable[..., ApiUser], product: Served
) -> None:
    submit(propose(work))
    work.phone.see("等客服确认")
    at_desk(work, desk, product).get_by_role("button", name="请用户支付").first.click()
    desk.get_by_text("补款已发出").wait_for()

    daughter = persons()
    card = work.owner.post("user/inviteMember/", id=work.order_id, role="family")
    daughter.post("user/acceptInvitation/", token=card["token"])
    family = see_order(phones(daughter), work.order_id)
    family.see("补款", "由下单或付款的家人支付")
    assert not family.shows("38.50")
    assert not family.shows("挂号费")

    owner = see_order(phones(work.owner), work.order_id)
    owner.tap("有疑问")
    owner.tap("告诉客服")
    owner.see("请写一下哪里不对")
    owner.page.locator("textarea >> visible=true").last.fill("挂号费是我们自己付的")
    owner.tap("告诉客服")
    owner.see("有疑问", "您的疑问：挂号费是我们自己付的")
    owner.not_see("支付 ￥38.50")

    page = at_desk(work, desk, product)
    page.get_by_text("挂号费是我们自己付的").wait_for()
    page.get_by_text("撤回这笔补款").click()
    page.fill("#supplements [name=note]", "核对过，是我们弄错了")
    page.get_by_role("button", name="撤回", exact=True).click()
    page.get_by_text("补款已撤回，不用支付").wait_for()
    see_order(owner, work.order_id).see("已撤回", "客服说明：核对过，是我们弄错了")
    work.open_job()
    work.phone.see("已撤回", "办公室说明：核对过，是我们弄错了")


@pytest.mark.promise(9, 38)
def test_after_a_lost_answer_the_same_tap_is_one_supplement(work: Work) -> None:
    phone = propose(work, "12", "加时")
    with phone.gate("escort/supplement/") as gate:
        gate.lose()
        submit(phone)
        phone.see("网络连接不上")
    wait_for(lambda: len(proposed(work)) == 1)
    phone.tap("提交申请")
    phone.see("等客服确认", "￥12")
    rows = proposed(work)
    assert len(rows) == 1
    assert rows[0]["receipt"]


def test_what_is_missing_is_said_and_without_a_network_nothing_is_lost(work: Work) -> None:
    work.office.assign(work.order_id, work.escort_id)
    work.open_job()
    phone = work.phone
    phone.tap("申请补款")
    phone.tap("提交申请")
    phone.see("请选是什么")
    phone.tap("加时")
    phone.tap("提交申请")
    phone.see("请填写多少钱")
    amount = phone.page.locator("[aria-label='多少钱，元'] >> visible=true").last
    amount.fill("2000.01")
    phone.tap("提交申请")
    phone.see("一笔补款最多 ￥2000")
    amount.fill("60")
    phone.tap("提交申请")
    phone.see("请写一下为什么")
    phone.page.locator("textarea >> visible=true").last.fill("多陪了一小时")
    phone.page.context.set_offline(True)
    submit(phone)
    phone.see("网络连接不上")
    phone.page.context.set_offline(False)
    assert proposed(work) == []
    phone.tap("提交申请")
    phone.see("等客服确认", "￥60")
