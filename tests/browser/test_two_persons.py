"""Two persons at once, each with a phone: nobody ever sees anything of the other's."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.clients import ApiUser
from tests.browser.phone import Phone


def test_a_strangers_orders_and_patients_stay_theirs(
    persons: Callable[..., ApiUser], phones: Callable[..., Phone]
) -> None:
    li, wang = persons(), persons()
    order = li.paid_order(department="肿瘤科", friendid=li.add_patient(name="李建国"))
    wang_order = wang.paid_order(department="骨科", friendid=wang.add_patient(name="王桂花"))
    li_phone, wang_phone = phones(li), phones(wang)

    li_phone.open("pages/orders/orders").see("肿瘤科")
    wang_phone.open("pages/orders/orders").see("骨科")
    assert not li_phone.shows("骨科")
    assert not wang_phone.shows("肿瘤科")
    wang_phone.open("pages/patients/patients").see("王桂花")
    assert not wang_phone.shows("李建国")

    # A number that another person's screen showed opens nothing, and says no more than a number that does not exist.
    li_phone.open(f"pages/order/order?id={order}").see("肿瘤科")
    wang_phone.open(f"pages/order/order?id={order}").see("没有找到这笔订单")
    refusal = wang_phone.screen.inner_text()
    assert "肿瘤科" not in refusal
    assert "已" not in refusal  # whose it is, is not told
    wang_phone.open("pages/order/order?id=999999999").see("没有找到这笔订单")
    assert wang_phone.screen.inner_text() == refusal
    li_phone.open(f"pages/order/order?id={wang_order}").see("没有找到这笔订单")


def test_two_who_pay_at_the_same_time_each_pay_their_own(
    persons: Callable[..., ApiUser], phones: Callable[..., Phone]
) -> None:
    both = [persons(), persons()]
    placed = [one.order(serviceId=service) for one, service in zip(both, (1, 9), strict=True)]
    screens = [phones(one) for one in both]
    for phone, order in zip(screens, placed, strict=True):
        phone.open(f"pages/order/order?id={order['id']}").tap("付款")
    amounts = []
    for phone in screens:
        phone.tap_sheet(".mp-subscribe button.ok")
        phone.page.locator(".mp-amount", has_text=".00").wait_for()
        amounts.append(phone.page.locator(".mp-amount").inner_text())
    assert amounts == ["￥588.00", "￥50.00"]
    for phone in screens:
        phone.tap_sheet(".mp-cashier [data-outcome=success]")
    for phone in screens:
        phone.see("付款成功")
    for one, order in zip(both, placed, strict=True):
        assert [(row["id"], row["progress"]) for row in one.orders()] == [(order["id"], "已付款")]


def test_two_on_one_phone_after_another(
    phones: Callable[..., Phone], persons: Callable[..., ApiUser]
) -> None:
    """The next user of the same phone sees their own data."""
    li, wang = persons(), persons()
    li.add_patient(name="李建国")
    wang.add_patient(name="王桂花")
    phone = phones(li)
    phone.open("pages/patients/patients").see("李建国")
    phone.person = wang.name
    phone.open("pages/patients/patients").see("王桂花")
    assert not phone.shows("李建国")
