"""An unpaid order is never in the way: another patient's visit is booked beside it, and each patient has one."""

from __future__ import annotations

from tests.browser.clients import ApiUser
from tests.browser.flows import (
    PAY_BUTTON,
    accept_terms,
    add_patient,
    answer_messages,
    at_cashier,
    choose_day,
    open_patients,
    to_step,
)
from tests.browser.phone import Phone
from tests.browser.test_order_form import FORM, QUESTION


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
