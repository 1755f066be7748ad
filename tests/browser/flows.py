"""What a person does on several screens, step by step, as tests and pictures need it again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.clients import PATIENT
from tests.browser.phone import Phone

if TYPE_CHECKING:
    from playwright.sync_api import Locator

PAY_BUTTON = "提交并付款"
NEXT = "下一步"
ACCEPT = "我已阅读并同意"
ACCEPT_AND_PAY = "同意并付款"
TICK = "我已阅读并同意《陪诊服务协议》"
CONSENT = "要不要记录陪诊经过"
PAID_NOTE = "打电话给您，确认碰面的时间和地点"
FORM = "pages/order/order?serviceId=4&hospitalId=1"
QUESTION = "有一笔订单还没付款"


def add_patient(phone: Phone, name: str = PATIENT["name"]) -> None:
    """Fill in the form for a patient and save it."""
    phone.until_path("pages/patient-edit/patient-edit")
    phone.write("姓名", name)
    phone.tap("父母")
    phone.write("证件号码", PATIENT["idcard"])
    phone.write("联系电话", PATIENT["phone"])
    phone.tap("我单独同意处理上面的敏感个人信息", exact=False)
    phone.tap("保存")


def to_step(phone: Phone, step: int) -> None:
    """Go to this step of the order form: 1 what, 2 who and when, 3 look over and pay."""
    phone.screen.locator(".steps").wait_for()
    while (now := current_step(phone)) != step:
        phone.tap(NEXT if now < step else "上一步")
        phone.page.wait_for_function("step => __mp.page.selectComponent('#part').data.step !== step", arg=now)


def current_step(phone: Phone) -> int:
    return int(phone.page.evaluate("__mp.page.selectComponent('#part').data.step"))


def choose_service(phone: Phone, price: str) -> None:
    """On the first step; such as ￥198/半天."""
    to_step(phone, 1)
    phone.tap(phone.screen.locator("#field-serviceId .field-value"))
    phone.tap(price)


def choose_hospital(phone: Phone, name: str) -> None:
    """On the first step."""
    to_step(phone, 1)
    phone.tap(phone.screen.locator("#field-hospitalId .field-value"))
    phone.tap(phone.page.get_by_role("radio", name=name, exact=True).last)


def open_patients(phone: Phone) -> None:
    """The list of patients on the second step."""
    to_step(phone, 2)
    phone.tap(phone.screen.locator("#field-friendid .field-value"))


def choose_day(phone: Phone, name: str, time: str = "还不确定") -> None:
    """今天, 明天 or 后天, and a time: on the second step. ``time``: empty for the one that is chosen already."""
    to_step(phone, 2)
    phone.tap(phone.screen.locator("#field-wantTime [role=radio]", has_text=name))
    if time:
        phone.tap(phone.screen.locator("#field-visitTime [role=radio]", has_text=time))


def accept_terms(phone: Phone) -> None:
    """Tick on the third step, let the time to read them go by, accept."""
    to_step(phone, 3)
    phone.take_clock()
    phone.tap(phone.screen.locator(".consent"))
    phone.see("请先阅读")
    phone.pass_time(5)
    phone.tap(ACCEPT)
    ticked(phone).wait_for()


def ticked(phone: Phone, on: bool = True) -> Locator:
    """The consent of the order form, when it is (not) given."""
    return phone.screen.locator(f".consent[aria-checked={'true' if on else 'false'}]")


def at_cashier(phone: Phone, outcome: str) -> None:
    """Touch one of the cashier's buttons: success, cancel, fail, success_without_notify. A first tap on paying asks
    about notices before: they are refused."""
    phone.page.locator(".mp-subscribe, .mp-cashier").first.wait_for()
    if phone.page.locator(".mp-subscribe").count():
        answer_messages(phone, allow=False)
    phone.tap_sheet(f".mp-cashier [data-outcome={outcome}]")


def answer_messages(phone: Phone, allow: bool = True) -> None:
    """The question, at the first tap on paying, whether notices may be sent."""
    phone.tap_sheet(f".mp-subscribe button.{'ok' if allow else 'cancel'}")


def close_thanks(phone: Phone) -> None:
    """The note after a payment, and the question about the record of the visit, which the first paid order asks."""
    phone.see("付款成功", PAID_NOTE)
    phone.tap("知道了")
    phone.not_see("付款成功")
    phone.page.wait_for_function("__mp.page.selectComponent('#part').data.consent !== null")
    if phone.shows(CONSENT):
        phone.until_still()
        phone.tap("同意记录", exact=True)
        phone.not_see(CONSENT)


def value(phone: Phone, label: str) -> str:
    """What stands in the field of this name."""
    return phone.field(label).input_value()


def chosen_day(phone: Phone) -> str:
    """On the second step."""
    return phone.screen.locator("#field-wantTime [role=radio][aria-checked=true]").inner_text()
