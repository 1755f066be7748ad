"""An escort's phone before and after a visit: invitations, the report, leave, the introduction."""

from __future__ import annotations

from collections.abc import Callable

from clock import now_ms
from storage.models import EscortState
from tests.browser.clients import ApiUser, day, wait_for
from tests.browser.escort_work import JOB, Work


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
    phone.not_see("接单")


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
