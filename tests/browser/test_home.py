"""The home page: what is next, the way to book, and what a search finds."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.clients import ApiUser, day
from tests.browser.phone import Phone

SEARCH = "搜医院、科室、服务"


def test_the_next_visit_comes_first_and_opens_its_order(phone: Phone, person: ApiUser) -> None:
    later = person.paid_order(wantTime=day(20))
    sooner = person.paid_order(wantTime=day(3), friendid=person.add_patient(name="王桂花"))
    phone.open().see("下一次陪诊", "王桂花")
    assert not phone.shows("李建国")
    screen = phone.screen.inner_text()
    assert screen.index("下一次陪诊") < screen.index("预约陪诊") < screen.index("可陪诊的医院")
    phone.tap("王桂花")
    phone.until_path("pages/order/order")
    assert phone.query["id"] == str(sooner) != str(later)


def test_an_order_that_waits_for_payment_is_one_tap_away(phone: Phone, person: ApiUser) -> None:
    placed = person.order()
    phone.open().see("还没付款的订单", "李建国", "前付款")
    phone.tap("继续支付", exact=False)
    phone.until_path("pages/order/order")
    phone.see("修改订单")
    assert phone.query["id"] == str(placed["id"])
    # Coming back, the page says what is true by then.
    person.post("user/delete1order/", id=placed["id"])
    phone.back()
    phone.not_see("还没付款的订单")


def test_a_new_user_finds_one_main_action(phone: Phone) -> None:
    phone.open().see("预约陪诊")
    assert not phone.shows("下一次陪诊")
    phone.tap("预约陪诊")
    phone.until_path("pages/order/order")


def test_a_search_finds_departments_and_what_services_are_for(phone: Phone, person: ApiUser) -> None:
    person.add_patient()
    phone.open().write(SEARCH, "化验单")
    phone.see("全心服务代取结果")
    phone.write(SEARCH, "心内科")
    phone.see("西京医院")
    phone.tap(phone.screen.locator(".department").first)
    phone.until_path("pages/order/order")
    phone.see("下一步")
    assert phone.field("科室").input_value() == "心内科"


def test_family_sees_the_visit_that_is_shared_with_them(
    phone: Phone, person: ApiUser, persons: Callable[..., ApiUser]
) -> None:
    owner = persons()
    order = owner.paid_order(wantTime=day(3), visitTime="08:30")
    token = owner.post("user/inviteMember/", id=order, role="family")["token"]
    person.post("user/acceptInvitation/", token=token)
    phone.open().see("下一次陪诊", "家人分享", "上午 8:30")
    phone.tap("看碰面信息和进展")
    phone.until_path("pages/order/order")
    phone.see("由家人分享给您")
