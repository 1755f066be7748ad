"""Each branch of the order form, exactly as it is promised."""

from __future__ import annotations

import re

from tests.browser.clients import PATIENT, ApiUser, day
from tests.browser.flows import (
    FORM,
    NEXT,
    PAY_BUTTON,
    accept_terms,
    add_patient,
    answer_messages,
    at_cashier,
    choose_day,
    choose_hospital,
    chosen_day,
    close_thanks,
    open_patients,
    to_step,
    value,
)
from tests.browser.phone import Phone


def test_a_patient_added_on_the_way_is_chosen(phone: Phone, person: ApiUser) -> None:
    person.add_patient(name="王桂花", relation="其他")
    phone.open(FORM)
    open_patients(phone)
    phone.see("王桂花（其他）")
    phone.tap("添加就诊人")
    add_patient(phone)
    phone.until_path("pages/order/order")
    phone.see("李建国（父母）")
    phone.tap(phone.screen.locator("#field-friendid .field-value"))
    assert phone.page.get_by_role("radio", name=re.compile("李建国|王桂花")).count() == 2


def test_without_a_patient_it_offers_to_add_one(phone: Phone) -> None:
    phone.open(FORM)
    to_step(phone, 2)
    phone.see("还没有就诊人")
    phone.tap(NEXT)
    phone.see("请选择就诊人")
    phone.tap("添加就诊人")
    phone.until_path("pages/patient-edit/patient-edit")


def test_nothing_that_was_typed_is_lost_on_the_way_to_a_new_patient(phone: Phone, person: ApiUser) -> None:
    person.add_patient(name="王桂花", relation="其他")
    phone.open("pages/order/order?serviceId=4")
    choose_hospital(phone, "其他医院")
    phone.write("医院名称", "延安大学附属医院")
    phone.write("科室", "心内科")
    choose_day(phone, "后天")
    phone.write("特殊要求", "老人需要轮椅")

    def still_there() -> None:
        phone.until_path("pages/order/order")
        assert phone.field("特殊要求").input_value() == "老人需要轮椅"
        assert phone.screen.locator("#field-wantTime [aria-checked=true]").count() == 1
        to_step(phone, 1)
        assert [phone.field(label).input_value() for label in ("医院名称", "科室")] == [
            "延安大学附属医院",
            "心内科",
        ]
        to_step(phone, 2)

    open_patients(phone)
    phone.tap("添加就诊人")
    phone.until_path("pages/patient-edit/patient-edit")
    phone.write("姓名", "李建")
    phone.back()
    still_there()
    phone.see("王桂花（其他）")
    open_patients(phone)
    phone.tap("添加就诊人")
    add_patient(phone)
    still_there()
    phone.see("李建国（父母）")


def test_the_same_id_number_offers_the_patient_who_is_there(phone: Phone, person: ApiUser) -> None:
    person.add_patient(name="李建国的旧名", idcard=PATIENT["idcard"])
    person.add_patient(name="王桂花")
    phone.open(FORM)
    open_patients(phone)
    phone.tap("添加就诊人")
    add_patient(phone)
    phone.see("这个证件号码已经添加过，就诊人是李建国的旧名，没有重复添加")
    phone.tap_sheet(".mp-modal .ok")
    phone.until_path("pages/order/order")
    phone.see("李建国的旧名（父母）")
    assert len(person.get("user/getFriends/")["data"]) == 2


def test_another_hospital_needs_its_name_and_two_taps_make_one_order(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open("pages/order/order?serviceId=4")
    phone.tap(NEXT)
    phone.see("请选择医院")
    choose_hospital(phone, "其他医院")
    phone.tap(NEXT)
    assert phone.screen.locator("#field-hospitalCustom .field-error").inner_text() == "请填写医院名称"
    phone.write("医院名称", "延安大学附属医院")
    choose_day(phone, "今天")
    accept_terms(phone)

    with phone.gate("user/create1order/") as gate:
        gate.hold()
        phone.tap_hastily(PAY_BUTTON)
        if phone.page.locator(".mp-subscribe").count():  # the later taps may have met its button
            answer_messages(phone, allow=False)
        phone.see("请稍候")
        gate.open()
        at_cashier(phone, "cancel")
        assert gate.seen == 1
    [order] = person.orders()
    assert (order["hospital"], order["hospitalid"], order["wantTime"]) == ("延安大学附属医院", 0, day(0))


def test_the_day_is_today_or_later(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open(FORM)
    to_step(phone, 2)
    days = phone.screen.locator("#field-wantTime [role=radio]")
    assert [text.split()[0] for text in days.all_inner_texts()[:3]] == ["今天", "明天", "后天"]
    assert days.count() == 14
    phone.tap("更晚的日期")
    phone.see("选择日期")
    month, date = (int(part) for part in day(60).split("-")[1:])
    while not phone.shows(f"{day(60)[:4]} 年 {month} 月"):
        phone.tap("下个月")
    phone.tap(phone.page.get_by_role("radio", name=re.compile(f"{month}月{date}日$")))
    phone.see(f"{month}月{date}日")
    assert days.and_(phone.screen.locator("[aria-checked=true]")).count() == 0
    # A draft that was kept overnight holds a day that has passed.
    phone.page.evaluate(
        "day => { const drafts = wx.getStorageSync('orderDrafts'); drafts[0].fields.wantTime = day;"
        " wx.setStorageSync('orderDrafts', drafts) }",
        day(-1),
    )
    phone.open("pages/order/order").see(NEXT, "已经过了，请重新选择")
    phone.tap(NEXT)
    assert "已经过了" in phone.screen.locator("#field-wantTime .field-error").inner_text()


def test_what_was_typed_survives_leaving(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open("pages/service/service?id=4").tap("半天 ￥198")
    phone.until_path("pages/order/order")
    choose_hospital(phone, "西京医院")
    phone.write("科室", "心内科")
    choose_day(phone, "明天")
    phone.write("特殊要求", "老人听力不好，\n请大声一点")
    phone.back()
    phone.until_path("pages/service/service")
    phone.tap("天 ￥388")
    phone.until_path("pages/order/order")
    phone.see("全心全程陪诊服务 · 天")
    assert value(phone, "科室") == "心内科"
    to_step(phone, 2)
    assert value(phone, "特殊要求") == "老人听力不好，\n请大声一点"
    # WeChat itself may end in between.
    phone.open(FORM).see("西京医院")
    assert value(phone, "科室") == "心内科"
    to_step(phone, 2)
    assert chosen_day(phone).startswith("明天")


def test_what_the_server_refuses_stands_beside_its_field(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open(FORM)
    choose_day(phone, "今天")
    accept_terms(phone)
    with phone.gate("user/create1order/") as gate:
        gate.answer(
            {"code": 400, "error": "invalid", "msg": "有内容不对", "fields": {"department": ["科室太长"]}},
            400,
        )
        phone.tap(PAY_BUTTON)
        answer_messages(phone)
        phone.screen.locator("#field-department .field-error", has_text="科室太长").wait_for()
    assert value(phone, "科室") == ""


def test_a_lost_notification_heals_while_the_person_waits(phone: Phone, person: ApiUser) -> None:
    placed = person.order()
    phone.open(f"pages/order/order?id={placed['id']}", pay="success_without_notify").see(
        "修改订单", "删除订单"
    )
    phone.tap("付款")
    answer_messages(phone, allow=False)
    close_thanks(phone)
    # The state stands where the button was.
    assert phone.screen.locator(".bar-state").inner_text() == "待安排"
    assert phone.text("付款", exact=True).count() == 0
    assert person.detail(placed["id"])["order"]["progress"] == "已付款"


def test_the_server_decides_what_was_paid(phone: Phone, person: ApiUser) -> None:
    """WeChat says yes to the phone, but the server does not confirm: nobody is told that it is paid."""
    placed = person.order()
    phone.open(f"pages/order/order?id={placed['id']}", pay="success").see("修改订单")
    phone.take_clock()
    with phone.gate("user/getOrder/") as gate:
        gate.fail(503, "unavailable")
        phone.tap("付款")
        answer_messages(phone)
        phone.see("正在确认付款")
        for _ in range(9):
            with phone.page.expect_response(re.compile("user/getOrder/")):
                phone.pass_time(8)
        phone.see("付款结果还在确认", "请不要重复付款")
        assert not phone.shows("付款成功")
        gate.open()
        phone.tap("知道了")
    # The order itself has come through meanwhile, and the page must not go on offering to pay it.
    phone.not_see("付款结果还在确认")
    phone.screen.locator(".bar-state", has_text="待安排").wait_for()
    assert phone.text("付款", exact=True).count() == 0
