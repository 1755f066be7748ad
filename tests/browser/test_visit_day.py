"""One visit in four browsers at once: user, family and escort on their phones, the office at a desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from clock import MINUTE, now_ms, shanghai_date, shanghai_time
from orders import serving
from storage import Transaction
from storage.models import Cause
from tests.browser.clients import ADMINISTRATOR, Administrator, ApiUser, day, wait_for
from tests.browser.phone import Phone
from tests.browser.visit_acts import (
    JOB,
    ORDER,
    Visit,
    accept_job,
    book,
    invite_escort,
    invite_family,
    settle_the_hour,
)
from tests.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

REPORT = "packages/escort/report/report"


@pytest.fixture
def visit(
    phones: Callable[..., Phone],
    persons: Callable[..., ApiUser],
    office: Administrator,
    desk: Page,
    product: Served,
) -> Visit:
    owner, family, escort = persons(), persons(), persons()
    name = f"王{escort.name[-5:]}"
    return Visit(
        owner,
        family,
        escort,
        office.approve_escort(escort, name, "13911112222"),
        name,
        phones(owner),
        phones(family),
        phones(escort),
        desk,
        product.root,
        office,
    )


def test_from_booking_to_rating_in_four_browsers(visit: Visit) -> None:
    book(visit)
    settle_the_hour(visit)
    card = invite_family(visit)
    visit.family_phone.open(card.lstrip("/")).see("一起看", "接受以后，您")
    visit.family_phone.tap("接受")
    visit.family_phone.until_path(ORDER)
    invite_escort(visit)
    accept_job(visit)

    # Family and user read who comes; the family in another city sees no price and no number.
    owner = visit.see_order()
    owner.see(visit.escort_name, "8:30", "门诊楼一层大厅", "已安排")
    family = visit.see_order(family=True)
    family.see(visit.escort_name, "8:30")
    assert not family.shows("￥198")
    assert not family.shows("138")

    # The steps appear on the family's page while it stays open.
    escort = visit.escort_phone
    escort.tap("我出发了")
    escort.tap_sheet(".mp-modal button.ok")
    family.see("已出发")
    escort.tap("我到医院了")
    escort.tap("接到客户了")
    escort.tap(escort.screen.get_by_text("取号", exact=True).first)
    escort.page.locator("textarea >> visible=true").last.fill("三号楼排队，前面还有 12 位")
    escort.tap("记录")
    family.see("已接到", "三号楼排队，前面还有 12 位", "服务中")
    escort.tap("已送别客户")
    escort.tap("是的")
    escort.tap("写小结")
    escort.page.locator("textarea >> visible=true").last.fill("一切顺利")
    escort.tap("记录")
    escort.tap("完成陪诊")
    escort.tap("完成")
    visit.owner.until(visit.order_id, "已完成")

    # The report, a question from afar, the answer, and the rating.
    escort.tap("陪诊已完成，去写报告")
    escort.until_path(REPORT)
    escort.until_loaded()
    escort.write("医生怎么说", "两周后复查")
    escort.tap("发给家属")
    escort.tap("发送")
    escort.see("已于")
    family = visit.see_order(family=True)
    family.see("陪诊员转述，不是医疗意见", "两周后复查")
    family.tap("问问陪诊员")
    family.page.locator("textarea >> visible=true").last.fill("要空腹吗？")
    family.tap("发送")
    wait_for(lambda: visit.owner.get("user/getVisit/", id=visit.order_id)["entries"])
    escort.open(f"{REPORT}?id={visit.order_id}").tap("回答")
    escort.page.locator("textarea >> visible=true").last.fill("不用空腹")
    escort.tap(escort.page.locator(".sheet-foot >> text=回答"))
    family.see("不用空腹")
    owner = visit.see_order()
    owner.tap("评价服务")
    owner.tap(owner.page.locator(".t-rate__wrapper .t-icon, .t-rate__icon").nth(4))
    owner.tap("耐心")
    owner.tap("提交评价")
    owner.see("我的评价")
    escort.open("packages/escort/ratings/ratings").see("耐心")
    page = visit.at_desk()
    page.get_by_text("耐心").first.wait_for()
    assert page.locator("#state").inner_text().count("已完成")


def test_a_reassignment_in_the_morning_puts_another_escort_on_every_screen(
    visit: Visit, persons: Callable[..., ApiUser], phones: Callable[..., Phone]
) -> None:
    visit.order_id = visit.owner.paid_order(wantTime=day(1), visitTime="08:30")
    other = persons()
    other_name = f"张{other.name[-5:]}"
    other_id = visit.office.approve_escort(other, other_name, "13911113333")
    visit.office.assign(visit.order_id, visit.escort_id)
    escort = visit.escort_phone.open(f"{JOB}?id={visit.order_id}")
    escort.see("李建国")
    owner = visit.see_order()
    owner.see(visit.escort_name)
    visit.office._do(
        lambda tx: serving.reassign(
            tx,
            visit.order_id,
            serving.NewEscort(other_id),
            Cause(ADMINISTRATOR, now_ms(), "临时有事"),
        )
    )
    owner = visit.see_order()
    owner.see(other_name)
    assert visit.owner.detail(visit.order_id)["order"]["escort"]["name"] == other_name
    escort.open(f"{JOB}?id={visit.order_id}").see("这一单已经改派或取消")
    assert not escort.shows("李建国")
    assert escort.page.get_by_text("我出发了").count() == 0
    phones(other).open(f"{JOB}?id={visit.order_id}").see("李建国")


def waited_half_an_hour(visit: Visit) -> None:
    """The visit was to begin, and the escort arrived, half an hour ago."""

    async def work(tx: Transaction) -> None:
        ago = now_ms() - 30 * MINUTE
        began = {"day": shanghai_date(ago), "time": shanghai_time(ago)[11:16], "id": visit.order_id}
        await tx.connection.execute(
            "UPDATE orders SET visit_date = :day, visit_time = :time WHERE id = :id", began
        )
        await tx.connection.execute(
            "UPDATE visit_steps SET at = :ago, phone_at = :ago WHERE order_id = :id AND kind = 'arrived'",
            {"ago": ago, "id": visit.order_id},
        )

    visit.office._do(work)


def test_a_customer_who_is_absent_is_the_offices_decision(visit: Visit) -> None:
    visit.order_id = visit.owner.paid_order(wantTime=day(1), visitTime="08:30")
    visit.office.assign(visit.order_id, visit.escort_id)
    escort = visit.escort_phone.open(f"{JOB}?id={visit.order_id}")
    escort.until_loaded()

    # Not before there was a wait at the place, and a call.
    escort.tap("遇到问题")
    escort.tap("客户没来")
    escort.tap("告诉办公室")
    escort.see("没有记下")
    escort.tap("知道了")
    escort.tap("我出发了")
    escort.tap_sheet(".mp-modal button.ok")  # on the day before
    escort.tap("我到医院了")
    escort.see("接到客户了")
    wait_for(lambda: len(visit.owner.get("user/getVisit/", id=visit.order_id)["steps"]) == 2)
    waited_half_an_hour(visit)
    escort.tap(escort.screen.get_by_label("打电话给客户"))
    escort.tap("挂断")
    escort.tap("遇到问题")
    escort.tap("客户没来")
    escort.tap("告诉办公室")
    escort.see("已告诉办公室：客户没来")

    # The office decides what it means for the money.
    page = visit.at_desk()
    page.get_by_text("客户没来").first.wait_for()
    page.locator("summary", has_text="取消订单").click()
    page.check("[name=ending][value=customer_absent]")
    page.fill("#ending [name=amount]", "0")
    page.fill("#ending [name=reason]", "约好的时间没有来")
    page.locator("#ending button.danger").click()
    visit.owner.until(visit.order_id, "已取消")
    visit.see_order().see("约好的时间没有来")
    escort.open("packages/escort/workbench/workbench").see("现在没有安排给您的陪诊")


def test_a_cancellation_on_the_way_reaches_the_escort(visit: Visit) -> None:
    visit.order_id = visit.owner.paid_order(wantTime=day(1), visitTime="08:30")
    visit.office.assign(visit.order_id, visit.escort_id)
    escort = visit.escort_phone.open(f"{JOB}?id={visit.order_id}")
    escort.until_loaded()
    escort.tap("我出发了")
    escort.tap_sheet(".mp-modal button.ok")
    escort.see("已出发")
    wait_for(lambda: visit.owner.get("user/getVisit/", id=visit.order_id)["steps"])
    escort.until_loaded()
    amount = visit.owner.detail(visit.order_id)["refund"]["amount"]
    visit.owner.post("user/refund1order/", id=visit.order_id, reason="不去了", amount=amount, kind="cancel")
    visit.office.approve_refund(visit.order_id, 0)
    visit.owner.until(visit.order_id, "已取消")
    escort.tap("我到医院了")
    escort.see("没有记下")
    escort.open("packages/escort/workbench/workbench").see("现在没有安排给您的陪诊")
