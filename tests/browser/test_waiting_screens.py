"""Screens that lie open for a while: a form past midnight, a payment that is being confirmed, a text half written."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from tests.browser.clients import ApiUser, day
from tests.browser.flows import NEXT, PAID_NOTE, answer_messages, to_step
from tests.browser.phone import Phone

SHANGHAI = timezone(timedelta(hours=8))


def near_days(phone: Phone) -> list[str]:
    """The texts of 今天, 明天, 后天 on the second step."""
    days = phone.screen.locator("#field-wantTime [role=radio]").all_inner_texts()
    return [text.replace("\n", " ") for text in days[:3]]


def test_a_form_left_open_past_midnight_offers_the_right_day(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    today = datetime.fromisoformat(day(0)).replace(tzinfo=SHANGHAI)
    phone.page.clock.install(time=today + timedelta(hours=23, minutes=59, seconds=30))
    phone.spoiled = True
    phone.open("pages/order/order?serviceId=4&hospitalId=1").see(NEXT)
    phone.write("科室", "心内科")
    to_step(phone, 2)
    before = near_days(phone)
    phone.tap(phone.screen.locator("#field-wantTime [role=radio]", has_text="今天"))
    phone.pass_time(60)
    phone.see("已经过了，请重新选择")
    after = near_days(phone)
    tomorrow = today + timedelta(days=1)
    assert f"{tomorrow.month}月{tomorrow.day}日" in after[0]
    assert after[0].split()[-1] == before[1].split()[-1]
    assert phone.screen.locator("#field-wantTime [aria-checked=true]").count() == 0
    phone.tap(phone.screen.locator("#field-wantTime [role=radio]", has_text="今天"))
    assert phone.page.evaluate("__mp.page.selectComponent('#part').data.fields.wantTime") == day(1)
    phone.not_see("已经过了")
    to_step(phone, 1)
    assert phone.field("科室").input_value() == "心内科"


def test_the_confirmation_can_be_left_and_goes_on(phone: Phone, person: ApiUser) -> None:
    placed = person.order()
    phone.open(f"pages/order/order?id={placed['id']}", pay="success").see("修改订单")
    with phone.gate("user/getOrder/") as gate:
        gate.fail(503, "unavailable")
        phone.tap("付款")
        answer_messages(phone, allow=False)
        phone.see("正在确认付款", "不用守在这里")
        assert phone.text("付款", exact=True).count() == 0
        # Nothing holds the screen: the user looks at something else and comes back.
        phone.go("/pages/contact/contact")
        phone.until_path("pages/contact/contact")
        phone.back()
        phone.until_path("pages/order/order")
        phone.see("正在确认付款")
        gate.open()
        phone.see("付款成功", PAID_NOTE)
    phone.tap("知道了")
    phone.screen.locator(".bar-state", has_text="待安排").wait_for()


def test_the_order_page_goes_on_asking_after_it_has_told_that_it_takes_long(
    phone: Phone, person: ApiUser
) -> None:
    placed = person.order()
    phone.open(f"pages/order/order?id={placed['id']}", pay="success").see("修改订单")
    phone.take_clock()
    with phone.gate("user/getOrder/") as gate:
        gate.fail(503, "unavailable")
        phone.tap("付款")
        answer_messages(phone)
        phone.see("正在确认付款")
        for _ in range(9):
            with phone.page.expect_response("**/user/getOrder/*"):
                phone.pass_time(8)
        phone.see("付款结果还在确认")
        asked = gate.seen
        with phone.page.expect_response("**/user/getOrder/*"):
            phone.pass_time(16)
        assert gate.seen == asked + 1
        gate.open()
    with phone.page.expect_response("**/user/getOrder/*"):
        phone.pass_time(16)
    phone.see("付款成功")


def test_a_link_that_claims_a_payment_is_not_believed(phone: Phone, person: ApiUser) -> None:
    placed = person.order()
    phone.open(f"pages/order/order?id={placed['id']}&paid=1").see("正在确认付款")
    assert not phone.shows("付款成功")


def test_a_half_written_request_and_rating_survive_leaving_the_page(phone: Phone, person: ApiUser) -> None:
    order = person.paid_order()
    phone.open("pages/orders/orders").tap("李建国")
    phone.until_path("pages/order/order")
    phone.tap("仅退款")
    phone.write("希望退多少元", "50")
    phone.write("补充说明", "陪诊员迟到了半小时")
    phone.back()
    phone.until_path("pages/orders/orders")
    phone.tap("李建国")
    phone.until_path("pages/order/order")
    phone.tap("仅退款")
    assert phone.field("希望退多少元").input_value() == "50"
    assert phone.field("补充说明").input_value() == "陪诊员迟到了半小时"
    assert person.detail(order)["refunds"] == []
