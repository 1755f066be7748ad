"""A visit's steps on the escort's phone: in their order, from a basement without a network, and what is refused."""

from __future__ import annotations

import re

from clock import now_ms
from orders import serving
from tests.browser.clients import ADMINISTRATOR, wait_for
from tests.browser.escort_work import JOB, Work
from tests.browser.phone import Phone


def network(phone: Phone, there: bool) -> None:
    phone.page.context.set_offline(not there)


def depart(phone: Phone) -> None:
    """The visit is tomorrow: a slip would tell the family the evening before that somebody is on the way."""
    phone.tap("我出发了")
    phone.see("还没到日子")
    phone.tap_sheet(".mp-modal button.ok")


def until_steps(work: Work, *wanted: str) -> None:
    wait_for(lambda: work.steps() == list(wanted))


def test_a_day_with_a_basement_reaches_the_family_in_its_order(work: Work) -> None:
    work.office.assign(work.order_id, work.escort_id)
    work.consent()
    work.open_job()
    phone = work.phone
    depart(phone)
    until_steps(work, "已出发")
    phone.tap("我到医院了")
    phone.tap("接到客户了")
    until_steps(work, "已出发", "已到达", "已接到")

    # The basement: pressed, kept, shown as waiting, also after the program was closed and opened again.
    network(phone, False)
    for node in ("取号", "候诊", "检查"):
        phone.tap(phone.screen.get_by_text(node, exact=True).first)
        phone.page.locator("textarea >> visible=true").last.fill(f"{node}的备注")
        phone.tap("记录")
        phone.not_see("最多 200 字")
    phone.see("3 条记录还没有发出", "待发送")
    kept = phone.page.evaluate("wx.getStorageSync('escortQueue').map((one) => one.actionId)")
    assert len(set(kept)) == 3
    assert work.steps() == ["已出发", "已到达", "已接到"]
    network(phone, True)
    until_steps(work, "已出发", "已到达", "已接到", "取号", "候诊", "检查")
    phone.not_see("还没有发出")
    notes = [step["note"] for step in work.owner.get("user/getVisit/", id=work.order_id)["steps"]]
    assert notes[3:] == ["取号的备注", "候诊的备注", "检查的备注"]
    assert phone.page.evaluate("wx.getStorageSync('escortQueue')") == ""

    # The end: nothing is finished by a slip, and the family's order says so.
    phone.tap("已送别客户")
    phone.tap("是的")
    phone.tap("写小结")
    phone.tap("记录")
    phone.see("写一两句今天的情况")
    phone.page.locator("textarea >> visible=true").last.fill("一切顺利")
    phone.tap("记录")
    phone.tap("完成陪诊")
    phone.see("还没到日子")
    phone.tap("完成")
    work.owner.until(work.order_id, "已完成")
    phone.see("陪诊已完成，去写报告")


def test_a_first_step_before_its_day_is_asked_about_and_no_later_one(work: Work) -> None:
    work.office.assign(work.order_id, work.escort_id)
    work.open_job()
    phone = work.phone
    phone.tap("我出发了")
    phone.see("还没到日子", "这一单是明天 8:30的。现在记“已出发”")
    phone.tap_sheet(".mp-modal button.cancel")
    phone.not_see("还没到日子")
    phone.see("还没有。出发时按下面的大按钮。")
    assert phone.requests("escort/step/") == []
    depart(phone)
    until_steps(work, "已出发")
    phone.tap("我到医院了")
    until_steps(work, "已出发", "已到达")


def test_the_large_button_never_goes_back_a_step_while_the_list_is_on_its_way(work: Work) -> None:
    work.office.assign(work.order_id, work.escort_id)
    work.open_job()
    phone = work.phone
    with phone.gate("escort/job/") as line:
        line.hold()
        depart(phone)
        until_steps(work, "已出发")
        phone.see("我到医院了")
        assert not phone.shows("我出发了")
        phone.tap("我到医院了")
        until_steps(work, "已出发", "已到达")
        phone.see("接到客户了")
        line.open()
    phone.until_loaded()
    phone.see("接到客户了")


def test_what_waits_survives_the_end_of_the_program(work: Work) -> None:
    work.office.assign(work.order_id, work.escort_id)
    work.open_job()
    phone = work.phone
    with phone.gate("escort/step/") as line:
        line.cut()
        depart(phone)
        phone.see("1 条记录还没有发出")
        work.open_job()
        phone.see("1 条记录还没有发出", "已出发", "待发送")
        assert work.steps() == []
        line.open()
        phone.page.reload()
        phone.page.wait_for_function("window.__mp?.ready")
    until_steps(work, "已出发")
    phone.not_see("还没有发出")


def test_a_photo_taken_without_a_network_arrives_with_its_step(work: Work) -> None:
    work.office.assign(work.order_id, work.escort_id)
    work.consent()
    work.open_job()
    phone = work.phone
    depart(phone)
    until_steps(work, "已出发")
    network(phone, False)
    phone.tap(phone.screen.get_by_text("取药", exact=True).first)
    phone.tap("拍照或选照片")
    phone.page.locator(".mp-samples button").first.tap()
    phone.see("去掉")
    phone.tap("记录")
    phone.see("1 张照片待发送", "2 条记录还没有发出")
    network(phone, True)
    phone.not_see("还没有发出")
    step = work.owner.get("user/getVisit/", id=work.order_id)["steps"][-1]
    assert (step["title"], len(step["photos"])) == ("取药", 1)
    picture = work.owner.send("GET", step["photos"][0])
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/jpeg")
    phone.tap("1 张照片")
    phone.page.get_by_label("查看图片，轻点关闭").wait_for()


def test_an_escort_who_was_taken_off_in_the_basement_reads_why_nothing_more_is_taken(
    work: Work,
) -> None:
    work.office.assign(work.order_id, work.escort_id)
    work.open_job()
    phone = work.phone
    with phone.gate("escort/step/") as line:
        line.cut()
        work.office._do(lambda tx: serving.unassign(tx, work.order_id, ADMINISTRATOR, now_ms(), "换人"))
        depart(phone)
        phone.see("还没有发出")
        line.open()
        phone.page.evaluate("window.dispatchEvent(new Event('online'))")
        phone.see("没有记下")
    # What tells of the patient is gone at once, and the refusal stays until it was read.
    phone.not_see("李建国")
    phone.see("这一单已经改派或取消", "没有记下")
    phone.tap("知道了")
    phone.not_see("没有记下")


def test_a_customer_who_does_not_come_needs_waiting_and_a_call_first(work: Work) -> None:
    work.office.assign(work.order_id, work.escort_id)
    work.open_job()
    phone = work.phone
    phone.tap("遇到问题")
    phone.tap("客户没来")
    phone.tap("告诉办公室")
    phone.see("没有记下")
    phone.text(re.compile("到达|打.*电话|等")).wait_for()
    assert not phone.shows("已经告诉办公室")
    # It will never be sent: the desk leads to the reason, until it was read.
    phone.open("packages/escort/workbench/workbench")
    phone.see("有记录没有记下")
    assert not phone.shows("还没有发出")
    phone.tap("有记录没有记下")
    phone.until_path(JOB)
    phone.tap("知道了")
    phone.back()
    phone.not_see("有记录没有记下")
