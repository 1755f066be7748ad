"""What the screen shows and what is true by now: an order paid or gone meanwhile, a price that changed, two
windows of one person, leaving in the middle. Nobody is charged twice, and nobody is left without a word."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.clients import Administrator, ApiUser, wait_for
from tests.browser.flows import (
    FORM,
    NEXT,
    PAY_BUTTON,
    QUESTION,
    accept_terms,
    add_patient,
    answer_messages,
    at_cashier,
    choose_day,
    choose_hospital,
    choose_service,
    close_thanks,
    to_step,
)
from tests.browser.phone import Phone

NOT_TWICE = "这笔订单已经付过款了，这次没有重复扣款。"
NOT_CHANGED = "这笔订单现在不能修改，请看它的最新状态。"
GONE = "您已把这笔订单从列表移除"


def pay_elsewhere(person: ApiUser, order_id: int) -> None:
    """On another phone of the same person."""
    person.settle(person.post("user/pay1order/", id=order_id))
    person.until(order_id, "已付款")


def only_order(person: ApiUser) -> tuple[int, str]:
    [order] = person.orders()
    return order["id"], order["progress"]


def until_order(phone: Phone, order_id: int) -> None:
    phone.page.wait_for_function("id => __mp.stack.at(-1).query.id === id", arg=str(order_id))


def filled_in(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open(FORM).see(NEXT)
    choose_day(phone, "明天")
    accept_terms(phone)


def test_the_sheet_said_cancelled_although_the_money_went(phone: Phone, person: ApiUser) -> None:
    filled_in(phone, person)
    phone.tap(PAY_BUTTON)
    at_cashier(phone, "cancel")
    phone.see("您取消了付款。订单已保留，可以再次点击付款。")
    phone.tap("知道了")
    [order] = person.orders()
    pay_elsewhere(person, order["id"])
    phone.tap(PAY_BUTTON)
    phone.see(NOT_TWICE)
    phone.tap("知道了")
    until_order(phone, order["id"])
    phone.screen.locator(".bar-state", has_text="待安排").wait_for()
    assert only_order(person) == (order["id"], "已付款")


def test_money_that_arrived_unheard_of_is_found_by_the_change(phone: Phone, person: ApiUser) -> None:
    """The notification is lost; a change of the service closes the payment, and so finds out."""
    filled_in(phone, person)
    phone.tap(PAY_BUTTON)
    at_cashier(phone, "cancel")
    phone.tap("知道了")
    [order] = person.orders()
    person.settle(person.post("user/pay1order/", id=order["id"]), "success_without_notify")
    choose_service(phone, "￥388/天")
    to_step(phone, 3)
    phone.tap(PAY_BUTTON)
    phone.see(NOT_TWICE)
    assert only_order(person) == (order["id"], "已付款")


def test_an_order_that_was_paid_cannot_be_opened_for_changes(phone: Phone, person: ApiUser) -> None:
    placed = person.order()
    phone.open(f"pages/order/order?id={placed['id']}").see("修改订单")
    pay_elsewhere(person, placed["id"])
    phone.tap("修改订单")
    phone.see(NOT_CHANGED)
    phone.tap("知道了")
    phone.screen.locator(".bar-state", has_text="待安排").wait_for()
    assert phone.path == "pages/order/order"
    assert phone.text(PAY_BUTTON, exact=True).count() == 0


def test_an_order_that_is_gone_becomes_a_new_one_only_after_it_was_said(
    phone: Phone, person: ApiUser
) -> None:
    placed = person.order(more="请带轮椅")
    phone.open(f"pages/order/order?id={placed['id']}&edit=1").see("这笔订单已保存，等待付款")
    accept_terms(phone)
    person.post("user/delete1order/", id=placed["id"])
    phone.tap(PAY_BUTTON)
    answer_messages(phone)
    phone.see("之前的订单已过期或已取消，这次没有付款。填好的内容都在，再点一次付款就作为新订单提交。")
    assert person.orders() == []
    phone.tap("知道了")
    phone.not_see("这笔订单已保存")
    phone.tap(PAY_BUTTON)
    at_cashier(phone, "success")
    close_thanks(phone)
    [order] = person.orders()
    assert order["id"] != placed["id"]
    assert (order["progress"], order["more"]) == ("已付款", "请带轮椅")


def test_the_question_about_a_previous_order_ends_however_that_order_ended(
    phone: Phone, person: ApiUser
) -> None:
    placed = person.order(hospitalId=2)
    phone.open(FORM).see(QUESTION, "打电话给客服")
    person.post("user/delete1order/", id=placed["id"])
    phone.tap("删除这笔订单")
    phone.tap_sheet(".mp-modal .ok")
    phone.not_see(QUESTION)
    phone.see(NEXT)

    placed = person.order(hospitalId=2)
    phone.open(FORM).see(QUESTION)
    pay_elsewhere(person, placed["id"])
    phone.tap("删除这笔订单")
    phone.tap_sheet(".mp-modal .ok")
    phone.see("之前的订单已经付款，可以在“我的订单”里查看。")
    phone.tap("知道了")
    phone.not_see(QUESTION, "这笔订单已保存")
    assert only_order(person) == (placed["id"], "已付款")


def test_a_price_that_changed_is_shown_before_it_is_paid(
    phone: Phone, person: ApiUser, office: Administrator
) -> None:
    filled_in(phone, person)
    assert phone.screen.locator(".pay-sum").inner_text().replace("\n", "") == "￥198"
    office.price(4, 21_850)
    try:
        wait_for(lambda: "￥218.50" in str(person.get("catalog/")["services"]))
        phone.tap(PAY_BUTTON)
        answer_messages(phone)
        phone.see("价格有变化，请看清后再付款。现在是 ￥218.50。")
        assert person.orders() == []
        phone.tap("知道了")
        assert phone.screen.locator(".pay-sum").inner_text().replace("\n", "") == "￥218.50"
        phone.tap(PAY_BUTTON)
        phone.page.locator(".mp-amount", has_text="￥218.50").wait_for()
        at_cashier(phone, "cancel")
    finally:
        office.price(4, 19_800)
    assert [order["price"] for order in person.orders()] == ["￥218.50"]


def test_an_order_that_was_deleted_elsewhere_says_so_and_shows_the_way(phone: Phone, person: ApiUser) -> None:
    placed = person.order()
    phone.open(f"pages/order/order?id={placed['id']}").see("修改订单")
    person.post("user/delete1order/", id=placed["id"])
    phone.tap("付款")
    answer_messages(phone)
    phone.see(GONE, "打电话给客服")
    phone.tap("我的订单")
    phone.until_path("pages/orders/orders")


def test_after_a_refusal_and_after_pulling_the_order_is_as_it_is_now(
    phone: Phone, person: ApiUser, office: Administrator
) -> None:
    placed = person.order()
    phone.open(f"pages/order/order?id={placed['id']}").see("修改订单")
    pay_elsewhere(person, placed["id"])
    phone.tap("付款")
    answer_messages(phone)
    phone.see("订单已支付")
    phone.screen.locator(".bar-state", has_text="待安排").wait_for()
    office.finish(placed["id"])
    phone.page.evaluate("wx.startPullDownRefresh()")
    phone.see("服务已完成，祝您早日康复。")


def test_two_windows_of_one_person_pay_once(person: ApiUser, phones: Callable[..., Phone]) -> None:
    """Both have the cashier open on the same order; the second one's payment is refused by WeChat."""
    placed = person.order()
    both = [phones(person) for _ in range(2)]
    for phone in both:
        phone.open(f"pages/order/order?id={placed['id']}").tap("付款")
        answer_messages(phone)
        phone.page.locator(".mp-amount", has_text="￥198.00").wait_for()
    first, second = both
    at_cashier(first, "success")
    close_thanks(first)
    at_cashier(second, "success")
    second.see("无法支付")
    second.tap("知道了")
    second.screen.locator(".bar-state", has_text="待安排").wait_for()
    detail = person.detail(placed["id"])
    assert [row["title"] for row in detail["timeline"]] == ["已付款", "已下单"]
    assert detail["refunds"] == []


def test_leaving_while_the_order_is_sent_opens_no_cashier_elsewhere(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open("pages/service/service?id=4").tap("半天 ￥198")
    phone.until_path("pages/order/order")
    choose_hospital(phone, "西京医院")
    choose_day(phone, "明天")
    accept_terms(phone)
    with phone.gate("user/create1order/") as gate:
        gate.hold()
        with phone.page.expect_request(lambda request: "create1order" in request.url):
            phone.tap(PAY_BUTTON)
            answer_messages(phone)
        phone.see("请稍候")
        phone.back()
        phone.until_path("pages/service/service")
        with phone.page.expect_response(lambda response: "create1order" in response.url):
            gate.open()
    phone.page.wait_for_function("__mp.pending === 0")
    wait_for(lambda: only_order(person)[1] == "待付款")
    assert not phone.page.evaluate("__mp.calls.some((call) => call.api === 'requestPayment')")
    # It waits, and the form asks about it.
    phone.tap("半天 ￥198")
    phone.see(QUESTION)


def test_the_way_back_after_paying_leads_past_the_form(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open("pages/hospital/hospital?id=1").tap("预约这家医院的陪诊")
    phone.until_path("pages/order/order")
    choose_service(phone, "￥198/半天")
    choose_day(phone, "明天")
    accept_terms(phone)
    phone.tap(PAY_BUTTON)
    answer_messages(phone)
    at_cashier(phone, "success")
    close_thanks(phone)
    phone.back()
    phone.until_path("pages/hospital/hospital")
    assert only_order(person)[1] == "已付款"
    phone.tap("预约这家医院的陪诊")
    phone.see(NEXT)
    assert not phone.shows("这笔订单已保存")


def test_a_patient_just_added_is_waited_for_when_the_line_is_cut(phone: Phone, person: ApiUser) -> None:
    phone.open(FORM)
    to_step(phone, 2)
    phone.tap("添加就诊人")
    with phone.gate("user/getFriends/") as gate:
        gate.cut()
        add_patient(phone)
        phone.until_path("pages/order/order")
        phone.see("刚添加的就诊人已保存，还没有显示出来")
        assert not phone.shows("还没有就诊人")
    phone.tap("重试")
    phone.see("李建国（父母）")
    phone.not_see("刚添加的就诊人")


def test_hospital_and_expert_lead_to_each_other_for_ever(phone: Phone) -> None:
    """WeChat keeps ten pages; every further one takes the place of the last."""
    phone.open("pages/hospital/hospital?id=1")
    for _ in range(6):
        phone.tap(phone.screen.locator("expert-card, wx-expert-card, .expert").first)
        phone.until_path("pages/expert/expert")
        phone.tap("西京医院")
        phone.until_path("pages/hospital/hospital")
        phone.see("预约这家医院的陪诊")
    assert phone.page.evaluate("__mp.stack.length") == 10


def test_a_call_is_one_tap_away_while_a_page_loads(phone: Phone) -> None:
    with phone.gate("catalog/services/4/") as gate:
        gate.hold()
        phone.open("pages/service/service?id=4").until_state("loading")
        phone.tap("打电话给客服")
        phone.page.wait_for_function("__mp.calls.some((call) => call.api === 'makePhoneCall')")
