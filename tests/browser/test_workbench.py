"""An escort's day on the phone: invitation, steps, a basement without a network, trouble, the report."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from clock import now_ms
from config.visit_settings import VisitSettings
from orders import serving
from orders.escorts import invitations
from storage.models import EscortState
from tests.browser.clients import ADMINISTRATOR, Administrator, ApiUser, day, wait_for
from tests.browser.phone import Phone

PLACE = {"campus": "东院区", "meetingPoint": "门诊楼一层大厅", "contactPhone": "13900001111"}
JOB = "packages/escort/job/job"


@dataclass
class Work:
    """An escort with a phone, and a paid order of another user."""

    phone: Phone
    escort: ApiUser
    escort_id: int
    owner: ApiUser
    order_id: int
    office: Administrator

    def invite(self, *more: int) -> None:
        office = invitations.Office(1, now_ms, VisitSettings())
        chosen = [self.escort_id, *more]
        self.office._do(
            lambda tx: invitations.offer(tx, self.order_id, chosen, invitations.Terms("am", 15_000), office)
        )

    def open_job(self) -> None:
        self.phone.open(f"{JOB}?id={self.order_id}")
        self.phone.until_loaded()

    def steps(self) -> list[str]:
        """What the server knows, oldest first."""
        return [step["title"] for step in self.owner.get("user/getVisit/", id=self.order_id)["steps"]]

    def consent(self) -> None:
        version = self.owner.get("user/getVisit/", id=self.order_id)["consent"]["version"]
        self.owner.post("user/giveVisitConsent/", version=version, agree="y")


@pytest.fixture
def work(phones: Callable[..., Phone], persons: Callable[..., ApiUser], office: Administrator) -> Work:
    owner, escort = persons(), persons()
    escort_id = office.approve_escort(escort, f"王{escort.name[-6:]}", "13911112222")
    order_id = owner.paid_order(wantTime=day(1), visitTime="08:30", mobility="wheelchair", **PLACE)
    return Work(phones(escort), escort, escort_id, owner, order_id, office)


def network(phone: Phone, there: bool) -> None:
    phone.page.context.set_offline(not there)


def depart(phone: Phone) -> None:
    """The visit is tomorrow: a slip would tell the family the evening before that somebody is on the way."""
    phone.tap("我出发了")
    phone.see("还没到日子")
    phone.tap_sheet(".mp-modal button.ok")


def until_steps(work: Work, *wanted: str) -> None:
    wait_for(lambda: work.steps() == list(wanted))


def test_an_invitation_is_accepted_and_the_job_told_only_then(work: Work) -> None:
    work.invite()
    phone = work.phone.open("packages/escort/workbench/workbench")
    phone.see("新的邀请", "西京医院", "报酬 ￥150", "还剩")
    assert not phone.shows("李建国")
    phone.tap("接单")
    phone.tap_sheet(".mp-subscribe button.ok")
    phone.until_path(JOB)
    phone.see("李建国", "见面地点：门诊楼一层大厅", "坐轮椅")
    phone.tap("我会准时到")
    phone.not_see("客户在等您的回音")
    phone.tap(phone.screen.get_by_label("打电话给客户"))
    call = "__mp.calls.findLast((call) => call.api === 'makePhoneCall')?.options.phoneNumber"
    assert phone.page.evaluate(call) == "13900001111"


def test_an_invitation_that_another_escort_took_says_so(work: Work, persons: Callable[..., ApiUser]) -> None:
    other = persons()
    other_id = work.office.approve_escort(other, f"张{other.name[-6:]}", "13911113333")
    work.invite(other_id)
    phone = work.phone.open("packages/escort/workbench/workbench")
    phone.see("新的邀请")
    other.post("escort/accept/", id=other.get("escort/workbench/")["invitations"][0]["id"])
    phone.tap("接单")
    phone.tap_sheet(".mp-subscribe button.cancel")
    phone.see("这个订单已被接走")
    phone.not_see("报酬")


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


def test_the_report_is_kept_as_a_draft_sent_once_and_answers_a_question(work: Work) -> None:
    work.office.assign(work.order_id, work.escort_id)
    work.consent()
    work.escort.post("escort/step/", id=work.order_id, actionId="d" * 20, kind="departed")
    phone = work.phone.open(f"packages/escort/report/report?id={work.order_id}")
    phone.see("不是医疗意见")
    phone.write("医生怎么说", "两周后复查")
    phone.see("草稿已保存")
    phone.open(f"packages/escort/report/report?id={work.order_id}")
    assert phone.field("医生怎么说").input_value() == "两周后复查"
    phone.tap("加一种药")
    phone.write("药名", "阿司匹林")
    phone.tap("加一笔")
    phone.write("用途", "挂号费")
    phone.write("金额，元", "二十")
    phone.tap("发给家属")
    phone.see("请写用途和金额")
    phone.write("金额，元", "23.5")
    phone.tap("发给家属")
    phone.see("发出后不能修改")
    phone.tap("发送")
    phone.see("挂号费 ￥23.50")
    report = work.owner.get("user/getVisit/", id=work.order_id)["report"]
    assert (report["doctor"], report["outlays"][0]["amountFen"]) == ("两周后复查", 2350)
    work.owner.post("user/askReport/", id=work.order_id, text="药饭前吃吗？", actionId="q" * 20)
    phone.open("packages/escort/workbench/workbench")
    phone.see("家属在等您回答")
    phone.tap("李建国的陪诊报告")
    phone.until_path("packages/escort/report/report")
    phone.tap("回答")
    phone.page.locator("textarea >> visible=true").last.fill("饭后吃")
    phone.tap(phone.page.locator(".sheet-foot >> text=回答"))
    phone.see("饭后吃")
    entries = work.owner.get("user/getVisit/", id=work.order_id)["entries"]
    assert [entry["text"] for entry in entries] == ["药饭前吃吗？", "饭后吃"]


def test_leave_is_taken_for_half_a_day_and_taken_back(work: Work) -> None:
    phone = work.phone.open("packages/escort/calendar/calendar")
    phone.until_loaded()
    last = phone.screen.locator(".cell.day:not(.past)").last
    last.tap()
    phone.see("这天没有安排给您的陪诊")
    phone.tap("上午休息")
    phone.see("已请假")
    last.get_by_text("上午休").wait_for()
    last.tap()
    phone.tap("上午休息中，取消")
    phone.not_see("上午休")


def test_leave_on_a_day_with_a_visit_is_seen_beside_it(work: Work) -> None:
    work.office.assign(work.order_id, work.escort_id)
    phone = work.phone.open("packages/escort/calendar/calendar")
    phone.until_loaded()
    if day(1)[:7] != day(0)[:7]:
        phone.tap("下个月")
    cell = phone.screen.locator(".cell.day", has_text="1 单")
    cell.tap()
    phone.tap("全天休息")
    phone.see("改派之前这一单仍是您的")
    phone.tap_sheet(".mp-modal button.ok")
    cell.get_by_text("休", exact=True).wait_for()


def test_an_introduction_and_a_portrait_wait_for_the_office(work: Work) -> None:
    phone = work.phone.open("packages/escort/introduction/introduction")
    phone.until_loaded()
    assert phone.screen.locator("[role=checkbox][aria-checked=false]").count() == 1, "nobody is shown unasked"
    phone.tap("上传照片")
    phone.page.locator(".mp-samples button").first.tap()
    phone.see("照片已提交，办公室看过后显示", "新的介绍在等办公室查看", "换一张")
    phone.write("从业年数", "6")
    phone.write("自我介绍", "原是护士")
    phone.tap("我同意在", exact=False)
    phone.tap("提交")
    wait_for(lambda: work.escort.get("escort/profile/")["profile"]["shown"] == "y")
    profile = work.escort.get("escort/profile/")
    assert (profile["profile"]["shown"], profile["profile"]["years"], profile["waiting"]["years"]) == (
        "y",
        0,
        6,
    )
    phone.tap("去掉")
    phone.tap_sheet(".mp-modal button.ok")
    phone.see("上传照片")


def test_a_suspended_escort_is_told_so_in_place_of_the_workbench(work: Work) -> None:
    work.office._do(
        lambda tx: tx.escorts.move(work.escort_id, EscortState.APPROVED, EscortState.SUSPENDED, now_ms())
    )
    work.phone.open("packages/escort/workbench/workbench").see("您的陪诊员资格已停用，请联系客服")
