"""Refunds that are decided, cases, reconciliation, sums, and the numbers of the overview."""

from __future__ import annotations

import asyncio
import json

import pytest

from clock import DAY, HOUR, MINUTE, shanghai_date
from handlers.admin.money.case_advice import CASES
from handlers.admin.overview.dashboard import last_days
from handlers.admin.overview.job_words import WORDS, health
from handlers.monitoring.job_health import LATE_AFTER
from payment.reconciliation.bill_comparison import KINDS
from storage import filters
from storage.models import Job, RefundState
from storage.writes import NewBill
from tests.admin.clients import PASSWORD, Client
from tests.admin.scenario import Scenario


async def asked_refund(scenario: Scenario, **content) -> tuple[int, int]:
    order_id = await scenario.order(**content)
    async with scenario.storage.reading() as reader:
        order = await reader.orders.get(order_id)
        assert order is not None
        user = await reader.users.get(order.user_id)
    assert user is not None
    quote = await scenario.services.payments.quote(order)
    return order_id, await scenario.services.payments.request_refund(
        order_id, user, "临时有事", quote.amount_fen
    )


async def test_a_request_is_approved_with_another_amount(owner: Client, scenario: Scenario):
    order, refund = await asked_refund(scenario)
    assert "去审核" in await owner.page("admin/refunds/")
    assert "用户看到的是 ￥588" in await owner.page(f"admin/refunds/{refund}/")
    answer = await owner.post(f"admin/refunds/{refund}/approve/", {"amount": "294", "note": "只退一半"})
    assert answer.code == 302
    async with scenario.storage.reading() as reader:
        found = await reader.refunds.get(refund)
    assert found is not None
    assert (found.state, found.amount_fen) == (RefundState.APPROVED, 29400)
    assert (await scenario.audited())[-1] == "refund.approve"
    assert (await owner.post(f"admin/refunds/{refund}/reject/", {"note": "晚了"})).code == 409
    assert (await owner.get(f"admin/orders/{order}/")).code == 200


async def test_a_request_is_rejected_with_a_reason(owner: Client, scenario: Scenario):
    order, refund = await asked_refund(scenario)
    assert (await owner.post(f"admin/refunds/{refund}/reject/", {"note": ""})).code == 400
    assert (await owner.post(f"admin/refunds/{refund}/reject/", {"note": "已经服务"})).code == 302
    async with scenario.storage.reading() as reader:
        found = await reader.orders.get(order)
    assert found is not None
    assert found.state == "paid"
    assert (await scenario.audited())[-1] == "refund.reject"


async def test_of_ten_simultaneous_approvals_one_wins(owner: Client, scenario: Scenario):
    _, refund = await asked_refund(scenario)
    path = f"admin/refunds/{refund}/approve/"
    answers = await asyncio.gather(*(owner.post(path, {"amount": "588"}) for _ in range(10)))
    assert sorted(answer.code for answer in answers) == [302] + [409] * 9
    assert (await scenario.audited()).count("refund.approve") == 1


async def test_a_refund_needs_the_password_again_after_ten_minutes(clerk: Client, scenario: Scenario):
    _, refund = await asked_refund(scenario)
    scenario.clock.at += 11 * MINUTE
    path = f"admin/refunds/{refund}/approve/"
    answer = await clerk.post(path, {"amount": "588"})
    assert answer.code == 403
    assert 'name="amount" value="588"' in answer.body.decode()
    assert (await clerk.post(path, {"amount": "588", "confirm_password": PASSWORD})).code == 302


async def test_a_case_is_closed_once_with_a_note(owner: Client, scenario: Scenario):
    async with scenario.storage.transaction() as tx:
        await tx.finance.open_case("refund_closed", "x" * 20, json.dumps({"amount_fen": 1}), scenario.clock())
        await tx.commit()
    assert "微信关闭了退款" in await owner.page("admin/cases/")
    assert "新单号" in await owner.page("admin/cases/1/")
    assert (await owner.post("admin/cases/1/close/", {"note": ""})).code == 400
    assert (await owner.post("admin/cases/1/close/", {"note": "已核对"})).code == 302
    assert (await owner.post("admin/cases/1/close/", {"note": "再来"})).code == 409
    assert "已核对" in await owner.page("admin/cases/?state=closed")
    assert (await scenario.audited()).count("case.close") == 1


def test_every_kind_of_case_has_words_and_advice():
    assert set(KINDS) <= set(CASES)


async def test_reconciliation_lists_days_and_refuses_the_future(owner: Client, scenario: Scenario):
    day = shanghai_date(scenario.clock() - DAY)
    async with scenario.storage.transaction() as tx:
        await tx.finance.save_bill(NewBill(day, "trade", "", "", "收款 12 笔", scenario.clock()))
        await tx.finance.open_case("bill_amount_differs", "n1", json.dumps({"day": day}), scenario.clock())
        await tx.commit()
    page = await owner.page("admin/reconcile/")
    assert "收款 12 笔" in page
    assert "收款金额不一致" in page
    for wrong in (shanghai_date(scenario.clock()), "x", ""):
        assert (await owner.post("admin/reconcile/", {"day": wrong})).code == 400


async def test_sums_follow_the_filter(owner: Client, scenario: Scenario):
    scenario.clock.at -= DAY
    await scenario.order(price_fen=10050)
    scenario.clock.at += DAY
    await scenario.order(price_fen=20000)
    today = shanghai_date(scenario.clock())
    page = await owner.page(f"admin/money/?from={today}&to={today}")
    assert "1 笔" in page
    assert "200.00" in page
    assert "100.50" not in page
    assert (await owner.get("admin/money/?from=x&state=y&q=%00&before=1")).code == 200


async def test_more_payments_of_all_time_than_are_summed_are_summed_by_days(
    owner: Client, scenario: Scenario, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(filters, "MAX_SUMMED_EVER", 1)
    await scenario.order(price_fen=29_800)
    assert "符合条件 1 笔" in await owner.page("admin/money/?state=paid")
    await scenario.order(price_fen=10_000)
    page = await owner.page("admin/money/?state=paid")
    assert "符合条件的超过 1 笔，不显示合计。请选择日期。" in page
    today = shanghai_date(scenario.clock())
    assert "符合条件 2 笔" in await owner.page(f"admin/money/?state=paid&from={today}&to={today}")


async def test_the_overview_counts_what_waits_and_what_came_in(owner: Client, scenario: Scenario):
    await scenario.order(visit_date=scenario.day(1))
    await asked_refund(scenario)
    await scenario.escort("新人", "pending")
    page = await owner.page("admin/")
    for words in ("退款申请待审核", "明天的订单还没有陪诊员", "陪诊员的申请或资料待审核", "1,176.00"):
        assert words in page
    async with scenario.storage.reading() as reader:
        waiting = await reader.desk.waiting()
    assert (waiting.refund_requests, waiting.escorts) == (1, 1)


async def test_an_overview_without_anything_says_so(owner: Client):
    page = await owner.page("admin/")
    assert 'id="nothing-waits"><p>没有等待处理的事情' in page
    assert "还没有收款" in page


def test_the_chart_has_thirty_days_whether_anything_happened_or_not():
    moved = {(0, "payment"): (2, 1000), (DAY, "refund"): (1, -500)}
    outside = {(0, "offline_payment"): (1, 300), (DAY, "offline_refund"): (1, -200)}
    days = last_days(0, moved | outside)
    assert len(days) == 30
    assert [(day.date, day.count, day.income_fen, day.refunds_fen) for day in days[:3]] == [
        ("1970-01-01", 3, 1300, 0),
        ("1970-01-02", 0, 0, 700),
        ("1970-01-03", 0, 0, 0),
    ]


UNKNOWN = "出了意外的问题，系统会自动重试；一直没有好转时请告诉技术人员"


def _job(
    name: str = "sweep", *, finished_at: int | None = 2 * HOUR, problem: str = "", result: str = ""
) -> Job:
    return Job(name, "x", 0, 0, finished_at, 1, int(bool(problem)), problem, result)


@pytest.mark.parametrize(
    ("jobs", "told"),
    [
        ([], ("amber", "后台任务还没有运行过")),
        ([_job(finished_at=None)], ("amber", "后台任务还没有运行过")),
        ([_job(finished_at=HOUR)], ("red", "后台任务已停 60 分钟，请检查服务器")),
        ([_job(result='{"backlog": 2}')], ("green", "后台任务正常，2 笔待查询")),
        ([_job(result='{"backlog": 1}')], ("green", "后台任务正常，1 笔待查询")),
        ([_job(result='{"backlog": 0}')], ("green", "后台任务正常")),
        ([_job(result="{}")], ("green", "后台任务正常")),
        ([_job(result="")], ("green", "后台任务正常")),
        ([_job(result="[1]")], ("green", "后台任务正常")),
        ([_job(result='{"backlog": "x"}')], ("green", "后台任务正常")),
        ([_job(result='{"backlog": null}')], ("green", "后台任务正常")),
        ([_job(problem="1 failed", result="not json")], ("amber", "后台任务最近一次有事没做完：" + UNKNOWN)),
        (
            [_job("outbox", finished_at=HOUR), _job(problem="x")],
            ("red", "消息发送已停 60 分钟，请检查服务器"),
        ),
        ([_job("outbox", problem="x"), _job()], ("amber", "消息发送最近一次有事没做完：" + UNKNOWN)),
        (
            [_job("unheard_of", problem="x"), _job()],
            ("amber", "后台任务 unheard_of 最近一次有事没做完：" + UNKNOWN),
        ),
        ([_job("outbox", result='{"backlog": 3}'), _job()], ("green", "后台任务正常")),
    ],
)
def test_the_health_of_the_jobs_is_told(jobs: list[Job], told: tuple[str, str]):
    assert health(jobs, 2 * HOUR) == told


def test_the_overview_has_a_name_for_every_job() -> None:
    assert set(WORDS) == set(LATE_AFTER)
