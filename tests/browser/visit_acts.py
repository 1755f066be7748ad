"""Who takes part in a visit, and what each of them does on screen before it begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.browser.clients import Administrator, ApiUser
from tests.browser.flows import (
    ACCEPT_AND_PAY,
    add_patient,
    at_cashier,
    choose_day,
    choose_hospital,
    close_thanks,
    to_step,
)
from tests.browser.phone import Phone

if TYPE_CHECKING:
    from playwright.sync_api import Page


ORDER = "pages/order/order"
JOB = "packages/escort/job/job"


@dataclass
class Visit:
    """Who takes part, and their screens."""

    owner: ApiUser
    family: ApiUser
    escort: ApiUser
    escort_id: int
    escort_name: str
    owner_phone: Phone
    family_phone: Phone
    escort_phone: Phone
    desk: Page
    root: str
    office: Administrator
    order_id: int = 0

    def see_order(self, *, family: bool = False) -> Phone:
        """The order on the user's or the family's phone, as it is now."""
        phone = self.family_phone if family else self.owner_phone
        phone.open(f"{ORDER}?id={self.order_id}")
        phone.until_loaded()
        return phone

    def at_desk(self, path: str = "") -> Page:
        self.desk.goto(f"{self.root}admin/orders/{self.order_id}/{path}")
        return self.desk


def book(visit: Visit) -> None:
    """The user books for tomorrow, its hour open, and pays; the record of the visit is agreed to on the way."""
    phone = visit.owner_phone.open()
    phone.tap("预约陪诊")
    phone.until_path(ORDER)
    choose_hospital(phone, "西京医院")
    to_step(phone, 2)
    phone.tap("添加就诊人")
    add_patient(phone)
    phone.until_path(ORDER)
    choose_day(phone, "明天")
    to_step(phone, 3)
    phone.take_clock()
    phone.tap("提交并付款")
    phone.see("请先阅读")
    phone.pass_time(6)
    phone.tap(ACCEPT_AND_PAY, exact=False)
    at_cashier(phone, "success")
    close_thanks(phone)
    visit.order_id = int(phone.query["id"])


def settle_the_hour(visit: Visit) -> None:
    """At the desk, from the overview's queue."""
    page = visit.desk
    page.goto(f"{visit.root}admin/")
    page.get_by_role("link", name=re.compile("明天.*没有|就诊时间待确认")).first.click()
    page.locator(f"a[href$='orders/{visit.order_id}/']").first.click()
    page.get_by_text("改期、修改就诊信息").click()
    page.fill("[name=visit_time]", "08:30")
    page.fill("[name=meeting_point]", "门诊楼一层大厅")
    page.check("[name=wanted_by][value=company]")
    page.fill("#change [name=reason]", "和您约好的时间")
    page.get_by_role("button", name="保存修改").click()
    page.get_by_text("门诊楼一层大厅").first.wait_for()


def invite_escort(visit: Visit) -> None:
    page = visit.at_desk()
    page.get_by_text("派单：让陪诊员自己接").click()
    page.check(f"[name=escort_{visit.escort_id}]")
    page.fill("[name=pay]", "150")
    page.locator("form[action$='/invite/'] button").last.click()
    page.get_by_text("等待接单").first.wait_for()


def invite_family(visit: Visit) -> str:
    """The card that the user sends; its path."""
    phone = visit.see_order()
    phone.tap("邀请家人")
    phone.tap("准备邀请")
    phone.see("邀请已准备好")
    return str(phone.page.evaluate("__mp.page.onShareAppMessage({ from: 'button' }).path"))


def accept_job(visit: Visit) -> None:
    phone = visit.escort_phone.open("packages/escort/workbench/workbench")
    phone.see("新的邀请", "报酬 ￥150")
    phone.tap("接单")
    phone.page.locator(".mp-subscribe").or_(phone.page.get_by_text("陪诊任务")).first.wait_for()
    if phone.page.locator(".mp-subscribe").count():
        phone.tap_sheet(".mp-subscribe button.ok")
    phone.until_path(JOB)
    phone.until_loaded()
