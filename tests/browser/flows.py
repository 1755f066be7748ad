"""What a person does on several screens, step by step, as tests and pictures need it again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.clients import PATIENT
from tests.browser.phone import Phone

if TYPE_CHECKING:
    from playwright.sync_api import Locator

PAY_BUTTON = "提交并付款"
ACCEPT = "我已阅读并同意"
TICK = "我已阅读并同意《陪诊服务协议》"
PAID_NOTE = "请等待客服联系或主动联系客服。"


def add_patient(phone: Phone, name: str = PATIENT["name"]) -> None:
    """Fill in the form for a patient and save it."""
    phone.until_path("pages/patient-edit/patient-edit")
    phone.write("姓名", name)
    phone.tap("父母")
    phone.write("证件号码", PATIENT["idcard"])
    phone.write("联系电话", PATIENT["phone"])
    phone.tap("我单独同意处理上面的敏感个人信息", exact=False)
    phone.tap("保存")


def choose_hospital(phone: Phone, name: str) -> None:
    phone.tap(phone.screen.locator("#field-hospitalId .field-value"))
    phone.tap(phone.page.get_by_role("radio", name=name, exact=True))


def choose_day(phone: Phone, name: str) -> None:
    """今天, 明天 or 后天."""
    phone.tap(phone.screen.locator("#field-wantTime [role=radio]", has_text=name))


def accept_terms(phone: Phone) -> None:
    """Tick, let the time to read them go by, accept."""
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
    phone.see("付款成功", PAID_NOTE)
    phone.tap("知道了")
    phone.not_see(PAID_NOTE)
