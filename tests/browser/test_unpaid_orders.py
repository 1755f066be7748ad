"""An unpaid order is never in the way: it is continued, deleted, or has another patient's beside it."""

from __future__ import annotations

from tests.browser.clients import ApiUser, day
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
    chosen_day,
    close_thanks,
    open_patients,
    to_step,
    value,
)
from tests.browser.phone import Phone


def unpaid(person: ApiUser) -> dict[str, str]:
    """Department of each unpaid order, by its patient."""
    rows = person.get("user/getOrders/")["data"]
    return {row["patient"]: row["department"] for row in rows if row["progress"] == "待付款"}


def choose_patient(phone: Phone, name: str) -> None:
    open_patients(phone)
    phone.tap(phone.page.locator(".option-row", has_text=name))


def test_a_visit_of_another_patient_is_booked_beside_an_unpaid_order(phone: Phone, person: ApiUser) -> None:
    person.add_patient(name="王桂花", relation="其他")
    placed = person.order(friendid=person.add_patient(), department="骨科")
    phone.open(FORM).see(QUESTION, "李建国")
    phone.tap("为另一位就诊人下单")
    phone.not_see(QUESTION)
    phone.see("选择就诊人")
    phone.tap(phone.page.locator(".option-row", has_text="王桂花"))
    to_step(phone, 1)
    phone.write("科室", "眼科")
    choose_day(phone, "后天")
    accept_terms(phone)
    phone.tap(PAY_BUTTON)
    at_cashier(phone, "cancel")
    phone.see("订单已保留")
    assert unpaid(person) == {"李建国": "骨科", "王桂花": "眼科"}
    assert placed["id"] in [row["id"] for row in person.orders()]


def test_a_user_with_one_patient_adds_another_and_loses_nothing(phone: Phone, person: ApiUser) -> None:
    person.order(friendid=person.add_patient(name="王桂花", relation="其他"))
    phone.open(FORM).see(QUESTION)
    phone.tap("为另一位就诊人下单")
    add_patient(phone)
    phone.until_path("pages/order/order")
    phone.see("李建国（父母）")
    phone.not_see(QUESTION)
    to_step(phone, 1)
    phone.see("西京医院")


def test_choosing_a_patient_with_an_unpaid_order_asks_and_ordering_changes_that_one(
    phone: Phone, person: ApiUser
) -> None:
    placed = person.order(friendid=person.add_patient(name="王桂花", relation="其他"), department="骨科")
    person.order(friendid=person.add_patient(), department="眼科", perPatient="y")
    phone.open(FORM).see(QUESTION, "李建国")
    phone.tap("关闭")
    choose_patient(phone, "王桂花")
    phone.see(QUESTION)
    phone.tap("关闭")
    phone.see("王桂花还有一笔没付款的订单", "会把它改成这次填写的内容")
    to_step(phone, 1)
    phone.write("科室", "康复科")
    choose_day(phone, "明天")
    accept_terms(phone)
    phone.tap(PAY_BUTTON)
    at_cashier(phone, "cancel")
    phone.see("订单已保留")
    phone.tap("知道了")
    phone.see("这笔订单已保存")
    assert unpaid(person) == {"王桂花": "康复科", "李建国": "眼科"}
    assert person.detail(placed["id"])["order"]["department"] == "康复科"


def test_an_order_that_would_be_its_patients_second_shows_the_first(phone: Phone, person: ApiUser) -> None:
    """The other one was placed on another phone, while this form lay open."""
    li, wang = person.add_patient(), person.add_patient(name="王桂花", relation="其他")
    placed = person.order(friendid=li, department="骨科")
    phone.open(f"pages/order/order?id={placed['id']}&edit=1").see("这笔订单已保存")
    person.order(friendid=wang, department="眼科", perPatient="y")
    choose_patient(phone, "王桂花")
    accept_terms(phone)
    phone.tap(PAY_BUTTON)
    answer_messages(phone)
    phone.see(QUESTION, "王桂花")
    assert unpaid(person) == {"李建国": "骨科", "王桂花": "眼科"}
    phone.tap("关闭")
    to_step(phone, 2)
    phone.see("请先付款或删除那一笔，或换一位就诊人。")


def test_an_unpaid_order_is_continued(phone: Phone, person: ApiUser) -> None:
    placed = person.order(hospitalId=2, department="骨科", more="请带轮椅", wantTime=day(1))
    phone.open(FORM).see(QUESTION, "李建国", "唐都医院")
    phone.tap("继续支付")
    phone.not_see(QUESTION)
    phone.see("唐都医院", "李建国（父母）", "这笔订单已保存，等待付款", "请带轮椅", "明天")
    to_step(phone, 2)
    assert value(phone, "特殊要求") == "请带轮椅"
    assert chosen_day(phone).startswith("明天")

    # Paying it changes that order instead of adding one.
    to_step(phone, 1)
    assert value(phone, "科室") == "骨科"
    phone.write("科室", "康复科")
    accept_terms(phone)
    phone.tap(PAY_BUTTON)
    answer_messages(phone)
    at_cashier(phone, "success")
    close_thanks(phone)
    assert [(one["id"], one["department"]) for one in person.orders()] == [(placed["id"], "康复科")]


def test_an_unpaid_order_is_deleted_and_the_new_one_goes_on(phone: Phone, person: ApiUser) -> None:
    person.order(hospitalId=2)
    phone.open(FORM).see(QUESTION)
    phone.tap("删除这笔订单")
    phone.see("删除后不能恢复")
    phone.tap_sheet(".mp-modal .cancel")
    phone.see(QUESTION)
    assert len(person.orders()) == 1
    phone.tap("删除这笔订单")
    phone.tap_sheet(".mp-modal .ok")
    phone.not_see(QUESTION)
    phone.see("西京医院", NEXT)
    assert not phone.shows("这笔订单已保存")
    assert person.orders() == []


def test_the_question_can_be_closed_and_a_deletion_that_failed_leaves_it(
    phone: Phone, person: ApiUser
) -> None:
    person.order(hospitalId=2)
    phone.open(FORM).see(QUESTION)
    with phone.gate("user/delete1order/") as gate:
        gate.fail(503, "unavailable", "服务器忙，请稍后再试")
        phone.tap("删除这笔订单")
        phone.tap_sheet(".mp-modal .ok")
        phone.see("服务器忙，请稍后再试")
    phone.see(QUESTION, "继续支付")
    phone.tap("关闭")
    phone.not_see(QUESTION)
    to_step(phone, 2)
    phone.see("李建国还有一笔没付款的订单", NEXT)
    phone.tap("查看")
    phone.see(QUESTION)
    phone.until_still()
    phone.page.touchscreen.tap(10, 100)
    phone.not_see(QUESTION)


def test_an_unpaid_order_is_edited_and_deleted_from_its_page(phone: Phone, person: ApiUser) -> None:
    placed = person.order()
    phone.open("pages/orders/orders").tap("全心全程陪诊服务", exact=False)
    phone.until_path("pages/order/order")
    phone.tap("修改订单")
    phone.see("这笔订单已保存，等待付款", PAY_BUTTON)
    phone.open(f"pages/order/order?id={placed['id']}").tap("删除订单")
    phone.see("删除后不能恢复")
    phone.tap(phone.page.locator(".mp-modal .cancel"))
    assert len(person.orders()) == 1
    phone.tap("删除订单")
    phone.tap(phone.page.locator(".mp-modal .ok"))
    phone.until_path("pages/orders/orders")
    phone.see("还没有订单")
    assert person.orders() == []
