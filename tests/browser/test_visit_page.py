"""The page of a paid order: the question about the record, another day, family who read it, what WeChat will tell."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.clients import ApiUser, day, wait_for
from tests.browser.flows import CONSENT, answer_messages
from tests.browser.phone import Phone


def order_page(order_id: int) -> str:
    return f"pages/order/order?id={order_id}"


def paid_without_answer(person: ApiUser) -> int:
    """A paid order whose user has not yet been asked about the record."""
    placed = person.order(wantTime=day(9), visitTime="09:30", meetingPoint="门诊楼一层大厅")
    person.settle(placed)
    person.until(placed["id"], "已付款")
    return int(placed["id"])


def test_the_first_paid_order_asks_whether_the_visit_may_be_recorded(phone: Phone, person: ApiUser) -> None:
    order = paid_without_answer(person)
    phone.open(order_page(order)).see(CONSENT)
    phone.until_still()
    phone.tap("同意记录")
    phone.not_see(CONSENT)
    phone.see("您已同意保存陪诊的文字、照片和报告")
    assert person.get("user/getVisit/", id=order)["consent"]["given"]
    phone.tap("更改")
    phone.until_still()
    phone.tap("不再记录，并删除已有的")
    phone.see("不能恢复")
    phone.tap("删除")
    phone.see("您没有同意保存陪诊的文字、照片和报告")
    assert not person.get("user/getVisit/", id=order)["consent"]["given"]
    # The next one does not ask again.
    other = paid_without_answer(person)
    phone.open(order_page(other)).see("您没有同意")
    assert not phone.shows(CONSENT)


def test_who_goes_when_and_where_leads_the_page(phone: Phone, person: ApiUser) -> None:
    order = paid_without_answer(person)
    person.answer_consent(order)
    phone.open(order_page(order)).see("请带上")
    card = phone.screen.locator(".meet").inner_text()
    assert (
        card.index("李建国") < card.index("上午 9:30") < card.index("门诊楼一层大厅") < card.index("西京医院")
    )
    phone.tap(phone.screen.get_by_label("导航去西京医院", exact=False))
    phone.page.wait_for_function("__mp.calls.some((call) => call.api === 'openLocation')")


def test_a_visit_is_moved_once_by_its_user_and_then_only_asked_for(phone: Phone, person: ApiUser) -> None:
    order = person.paid_order(wantTime=day(9), visitTime="09:30")
    phone.open(order_page(order)).tap("改期")
    phone.see("新的日期", "还可以自己改 1 次")
    phone.until_still()
    phone.tap("确定改期")
    phone.see("请选择新的日期或时间")
    days = phone.page.locator(".t-popup [role=radio]")
    days.nth(10).tap()
    phone.tap(phone.page.locator(".t-popup [role=radio]", has_text="下午 2:00"))
    phone.see("改为：")
    phone.tap("确定改期")
    wait_for(lambda: person.detail(order)["order"]["wantTime"] == day(10))
    phone.screen.locator(".meet-when", has_text="下午 2:00").wait_for()
    # The second time the office decides, until the request is taken back.
    phone.page.evaluate("wx.hideToast()")
    if phone.shows("知道了"):
        phone.tap("知道了")
    phone.tap("申请改期")
    phone.until_still()
    days.nth(11).tap()
    phone.tap("提交申请")
    phone.see("改期申请等待客服答复")
    if phone.shows("知道了"):
        phone.tap("知道了")
    assert person.detail(order)["order"]["wantTime"] == day(10)
    phone.tap("撤回申请")
    phone.tap_sheet(".mp-modal .ok")
    phone.not_see("改期申请等待客服答复")


def test_family_accepts_a_card_reads_the_order_and_loses_it_at_once(
    person: ApiUser, persons: Callable[..., ApiUser], phones: Callable[..., Phone]
) -> None:
    order = person.paid_order(wantTime=day(9), visitTime="09:30", more="老人需要轮椅")
    phone = phones(person)
    phone.open(order_page(order)).tap("邀请家人")
    phone.until_still()
    phone.tap("准备邀请")
    phone.tap("发给微信好友")
    card = phone.page.locator(".mp-modal").inner_text()
    path = next(line for line in card.split("\n") if "invitation?token=" in line).strip().lstrip("/")
    phone.tap("知道了")

    daughter = persons()
    other = phones(daughter)
    other.open(path).see("接受以后", "看不到证件号码和价格")
    other.tap("接受")
    other.until_path("pages/order/order")
    other.see("由家人分享给您", "上午 9:30")
    assert not other.shows("老人需要轮椅")
    assert not other.shows("￥198")
    other.open("pages/orders/orders?tab=家人的").see("家人分享", "李建国")
    other.open(path).see("您已接受，去看看")
    phones(persons()).open(path).see("这个邀请已经失效")

    other.open(order_page(order)).see("由家人分享给您")
    phone.open(order_page(order)).see("家人 · 这一单")
    phone.tap("停止")
    phone.tap_sheet(".mp-modal .ok")
    phone.see("请家人在微信里看进展和报告")
    other.page.evaluate("wx.startPullDownRefresh()")
    other.see("没有找到这笔订单")


def test_what_wechat_was_answered_is_counted(phone: Phone, person: ApiUser) -> None:
    order = person.paid_order(wantTime=day(9))
    phone.open(order_page(order)).see("有变动提醒我")
    phone.tap("开启")
    answer_messages(phone)
    phone.see("有变动会在微信里告诉您")
    wait_for(lambda: any(row["remaining"] for row in person.get("user/getMessages/", id=order)["data"]))
