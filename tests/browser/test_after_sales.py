"""A complaint and an invoice on two screens: who ordered asks on the phone, the office answers at its desk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.after_sales.invoicing import COMPANY, PDF_FILE
from tests.browser.clients import Administrator, ApiUser, day
from tests.browser.flows import answer_messages
from tests.browser.old_eyes import complaints_at_worst
from tests.browser.phone import Phone
from tests.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

COMPLAINTS = "packages/after-sales/complaints/complaints"
INVOICES = "packages/after-sales/invoices/invoices"
TEXT = "陪诊员迟到了四十分钟，老人一个人在大厅等着"


def write_complaint(phone: Phone) -> None:
    phone.tap("写投诉或建议")
    phone.see("关于什么", "发生了什么")
    phone.tap("陪诊员")
    phone.page.locator("textarea >> visible=true").last.fill(TEXT)


def add_photo(phone: Phone) -> None:
    phone.tap("加照片")
    phone.page.locator(".mp-samples button").first.tap()
    phone.see("去掉")


def test_a_complaint_with_a_photo_is_answered_and_added_to(
    phone: Phone, person: ApiUser, desk: Page, product: Served
) -> None:
    order = person.paid_order(wantTime=day(20))
    phone.open(f"pages/order/order?id={order}").see("投诉与售后")
    phone.tap(phone.text("投诉与售后"))
    phone.until_path(COMPLAINTS)
    phone.see("这笔订单还没有投诉或建议")
    phone.tap("写投诉或建议")
    phone.tap("提交")
    phone.see("请选一类", "请至少写 5 个字")
    phone.tap("陪诊员")
    phone.page.locator("textarea >> visible=true").last.fill(TEXT)
    add_photo(phone)
    phone.back()
    phone.go(f"/{COMPLAINTS}?id={order}")
    phone.tap("写投诉或建议")
    phone.until_still()
    assert phone.page.locator("textarea >> visible=true").last.input_value() == TEXT, "leaving loses nothing"
    phone.see("去掉")
    phone.tap("提交")
    answer_messages(phone)
    phone.see("等待答复", TEXT, "1 张照片", "前答复您")
    assert complaints_at_worst(phone) == []

    desk.goto(f"{product.root}admin/")
    desk.get_by_role("link", name="投诉待答复").click()
    desk.locator(f"a[href$='orders/{order}/']").first.wait_for()
    desk.locator("tr[data-href] a").first.click()
    desk.get_by_role("button", name="打开内容和 1 张照片").wait_for()
    desk.wait_for_load_state()
    assert TEXT not in desk.locator("main").inner_text()
    desk.get_by_role("button", name="打开内容和 1 张照片").click()
    desk.get_by_text(TEXT).wait_for()
    desk.locator("img.visit-photo").wait_for()
    desk.locator("#answering textarea").fill("非常抱歉，会退一半费用")
    desk.get_by_role("button", name="答复", exact=True).click()
    desk.get_by_text("已答复，用户会收到消息").wait_for()

    phone.open(f"{COMPLAINTS}?id={order}").see("已答复", "我们的答复", "非常抱歉，会退一半费用")
    phone.tap("补充")
    phone.page.locator("textarea >> visible=true").last.fill("退款还没有收到")
    phone.tap("提交补充")
    answer_messages(phone)
    phone.see("等待答复", "您的补充", "退款还没有收到")
    assert [row["state"] for row in person.get("user/getComplaints/", id=order)["data"]] == ["open"]


def test_a_suggestion_is_made_without_an_order(phone: Phone, person: ApiUser) -> None:
    person.get("user/me/")
    phone.open("pages/me/me").see("投诉与建议", "我的发票")
    phone.tap(phone.text("投诉与建议"))
    phone.until_path(COMPLAINTS)
    phone.tap("写投诉或建议")
    phone.page.locator("textarea >> visible=true").last.fill("希望周日也有陪诊")
    phone.tap("提交")
    answer_messages(phone)
    phone.see("建议", "等待答复", "希望周日也有陪诊")


def test_an_invoice_is_asked_for_issued_and_opened(
    phone: Phone, person: ApiUser, office: Administrator, desk: Page, product: Served, tmp_path: Path
) -> None:
    order = person.paid_order(wantTime=day(0))
    phone.open(f"{INVOICES}?id={order}").see("陪诊完成后就可以申请发票")
    office.finish(order)
    phone.open(f"pages/order/order?id={order}").see("发票")
    phone.go(f"/{INVOICES}?id={order}")
    phone.see("可以开票的金额", "￥198")
    phone.tap("公司")
    phone.tap("申请开票")
    phone.see("请填公司全称", "请填税号")
    phone.write("公司全称", COMPANY["title"])
    phone.write("税号", COMPANY["taxNumber"][:-1] + "1")
    phone.tap("申请开票")
    answer_messages(phone)
    phone.see("税号最后一位对不上")
    phone.page.get_by_text("知道了").last.tap()
    phone.write("税号", COMPANY["taxNumber"])
    phone.tap("申请开票")
    phone.see("等待开票", COMPANY["title"], "撤回申请")
    assert complaints_at_worst(phone) == []

    desk.goto(f"{product.root}admin/")
    desk.get_by_role("link", name="发票待开").click()
    desk.locator("tr[data-href]", has_text=f"#{order}").get_by_role("link", name="去开票").click()
    file = tmp_path / "发票.pdf"
    file.write_bytes(b"no pdf at all")
    desk.once("dialog", lambda dialog: dialog.accept())
    desk.locator("#issuing input[name=number]").fill("24617000000012345678")
    desk.locator("#issuing input[type=file]").set_input_files(file)
    desk.get_by_role("button", name="保存，通知用户").click()
    desk.get_by_text("这不是 PDF 文件").wait_for()
    file.write_bytes(PDF_FILE)
    assert desk.locator("#issuing input[name=number]").input_value() == "24617000000012345678"
    desk.locator("#issuing input[type=file]").set_input_files(file)
    desk.once("dialog", lambda dialog: dialog.accept())
    desk.get_by_role("button", name="保存，通知用户").click()
    desk.get_by_text("已保存，用户会收到消息").wait_for()
    with desk.expect_download() as saved:
        desk.get_by_role("button", name="下载 PDF").click()
    assert Path(saved.value.path()).read_bytes() == PDF_FILE

    phone.open(f"{INVOICES}?id={order}").see("已开具", "发票号码 24617000000012345678")
    with phone.page.expect_download() as opened:
        phone.tap("打开发票 PDF")
    assert Path(opened.value.path()).read_bytes() == PDF_FILE
    assert complaints_at_worst(phone) == []
