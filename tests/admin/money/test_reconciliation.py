"""The page of the daily reconciliation: no day is green that is not known to be in order."""

from __future__ import annotations

import datetime
import json
import re

import pytest

from clock import DAY, HOUR, day_bounds, shanghai_date
from handlers.admin.money.books import DAYS
from payment.reconciliation.bill_days import count_missing
from payment.wechatpay import errors
from storage.writes import NewBill
from tests.admin.clients import Client
from tests.admin.scenario import MovingClock, Scenario
from tests.payment.conftest import Shop


async def keep(scenario: Scenario, *days: str) -> None:
    """Bills of these days, as a comparison leaves them."""
    async with scenario.storage.transaction() as tx:
        for day in days:
            summary = f"{day} 收款 12 笔"
            await tx.finance.save_bill(NewBill(day, "trade", "", "", summary, scenario.clock()))
        await tx.commit()


async def open_cases(
    scenario: Scenario, day: str, *references: str, kind: str = "bill_amount_differs"
) -> None:
    async with scenario.storage.transaction() as tx:
        for reference in references:
            await tx.finance.open_case(kind, reference, json.dumps({"day": day, "line": 2}), scenario.clock())
        await tx.commit()


def section(page: str, day: str) -> str:
    """What the page says of a day."""
    found = re.search(rf'<section class="card bill">\s*<h2>{day}.*?</section>', page, re.S)
    assert found, day
    return found[0]


async def test_a_day_with_open_cases_is_red_however_many_newer_ones_there_are(
    owner: Client, scenario: Scenario
):
    old, new = scenario.day(-20), scenario.day(-1)
    await keep(scenario, old, new)
    await open_cases(scenario, old, "the-old-one")
    await open_cases(scenario, new, *(f"n{number}" for number in range(520)))
    page = await owner.page("admin/reconcile/")
    assert "1 项待处理" in section(page, old)
    assert "520 项待处理" in section(page, new)
    assert "没有列出" in page, "more than a page lists"
    assert "没有差异" not in section(page, old)


async def test_days_without_a_bill_and_days_that_failed_are_listed_in_red(owner: Client, scenario: Scenario):
    begin, missing, failed = scenario.day(-4), scenario.day(-3), scenario.day(-2)
    await keep(scenario, begin, scenario.day(-1))
    await open_cases(scenario, failed, f"bill:{failed}", kind="bill_unusable")
    page = await owner.page("admin/reconcile/")
    assert "没有差异" in section(page, begin)
    for day in (missing, failed):
        assert 'badge red">没有核对' in section(page, day)
        assert f'name="day" value="{day}"' in section(page, day)
    assert "某天的微信账单无法核对" in section(page, failed)
    assert page.index(scenario.day(-1)) < page.index(failed) < page.index(missing) < page.index(begin)


async def test_money_without_any_bill_is_a_missing_day(owner: Client, scenario: Scenario):
    scenario.clock.at -= 2 * DAY
    await scenario.order()
    paid_on = shanghai_date(scenario.clock())
    scenario.clock.at += 2 * DAY
    assert "没有核对" in section(await owner.page("admin/reconcile/"), paid_on)


async def test_what_became_of_a_difference_is_told_on_its_day(owner: Client, scenario: Scenario):
    day = scenario.day(-1)
    await keep(scenario, day)
    await open_cases(scenario, day, "n1")
    await owner.post("admin/cases/1/close/", {"note": "微信迟到一天，已核实"})
    text = section(await owner.page("admin/reconcile/"), day)
    assert 'badge green">1 项差异，都已处理' in text
    assert "微信迟到一天，已核实" in text


async def test_older_days_are_reached_page_by_page(owner: Client, scenario: Scenario):
    days = [scenario.day(-back) for back in range(1, 2 * DAYS + 5)]
    await keep(scenario, *days)
    await open_cases(scenario, days[-1], "the-oldest")
    seen: list[str] = []
    path = "admin/reconcile/"
    for _ in range(4):
        page = await owner.page(path)
        seen += re.findall(r"<h2>(\d{4}-\d\d-\d\d)", page)
        following = re.search(r'href="(\?[^"]*)" rel="next"', page)
        if not following:
            break
        path = "admin/reconcile/" + following[1].replace("&amp;", "&")
    assert seen == days
    assert "1 项待处理" in section(page, days[-1])
    for strange in ("x", "0001-01-01", "9999-12-31", "2024-02-30", "1"):
        assert (await owner.get(f"admin/reconcile/?before={strange}")).code == 200


async def test_yesterday_before_ten_is_neither_red_nor_asked_for(
    owner: Client, scenario: Scenario, clock: MovingClock
):
    yesterday = shanghai_date(clock() - DAY)
    clock.at = day_bounds(yesterday)[1] + 8 * HOUR
    async with scenario.storage.transaction() as tx:  # the session began earlier today
        await tx.connection.execute("UPDATE admin_sessions SET last_seen_at = :at", {"at": clock.at})
        await tx.commit()
    await keep(scenario, shanghai_date(clock() - 2 * DAY))
    assert "10 点后才有" in section(await owner.page("admin/reconcile/"), yesterday)
    answer = await owner.post("admin/reconcile/", {"day": yesterday})
    assert answer.code == 400
    assert "10 点以后才有" in answer.body.decode()
    gone = await owner.post("admin/reconcile/", {"day": scenario.day(-120)})
    assert (gone.code, "三个月" in gone.body.decode()) == (400, True)
    assert await scenario.audited() == []


@pytest.mark.promise(25)
async def test_a_comparison_by_hand_is_in_the_log_with_what_it_found(
    owner: Client, shop: Shop, scenario: Scenario
):
    await shop.paid()
    day = shanghai_date(shop.at)
    shop.pass_time(DAY + 12 * HOUR)
    async with scenario.storage.transaction() as tx:  # nobody was idle for a day
        at = shop.at
        await tx.connection.execute(
            "UPDATE admin_sessions SET last_seen_at = :at, created_at = :at, expires_at = :end",
            {"at": at, "end": at + DAY},
        )
        await tx.commit()

    async def creating(day: datetime.date) -> bytes:
        raise errors.BillNotReady(code="STATEMENT_CREATING", status=400, verified=True)

    ready, shop.wechat.trade_bill = shop.wechat.trade_bill, creating  # type: ignore[method-assign]
    answer = await owner.post("admin/reconcile/", {"day": day})
    assert answer.code == 503
    assert "还没有生成" in answer.body.decode()
    assert "客服" not in answer.body.decode()
    shop.wechat.trade_bill = ready  # type: ignore[method-assign]
    assert (await owner.post("admin/reconcile/", {"day": day})).code == 302
    async with shop.storage.reading() as reader:
        entries = await reader.audit.page(act="reconcile.run")
    assert [json.loads(entry.after_json or "null") for entry in reversed(entries)] == [
        None,
        None,
        {"differences": 1, "new_cases": 1},
    ]


async def test_missed_days_in_a_row_are_one_card_that_says_who_compares_them(
    owner: Client, scenario: Scenario
):
    await keep(scenario, scenario.day(-100), scenario.day(-20), scenario.day(-1))
    page = await owner.page("admin/reconcile/")
    recent, older = (
        re.search(rf"<h2>{scenario.day(-first)} 至 {scenario.day(-last)}.*?</section>", page, re.S)
        for first, last in ((7, 2), (19, 8))
    )
    assert recent
    assert older
    assert 'badge red">6 天没有核对' in recent[0]
    assert 'badge red">12 天没有核对' in older[0]
    assert "系统会自动再试" in recent[0]
    assert "系统不会再自动核对" in older[0]
    for back in range(8, 20):
        assert f'name="day" value="{scenario.day(-back)}"' in older[0]
    early = await owner.page(f"admin/reconcile/?before={scenario.day(-85)}")
    assert f"<h2>{scenario.day(-99)} 至 {scenario.day(-91)}" in early
    assert "这些天已经不能下载" in early


async def test_the_overview_counts_the_days_that_can_still_be_compared(owner: Client, scenario: Scenario):
    tile = re.compile(r'reconcile/\?missing=1"><span class="value">(\d+)</span>天没有对账')
    assert not tile.search(await owner.page("admin/")), "no books yet"
    await keep(scenario, scenario.day(-5), scenario.day(-1))
    found = tile.search(await owner.page("admin/"))
    assert found
    assert found[1] == "3"
    await keep(scenario, scenario.day(-200))
    found = tile.search(await owner.page("admin/"))
    assert found
    page = "".join(
        [await owner.page(f"admin/reconcile/?before={scenario.day(-back)}") for back in (0, 31, 62, 93)]
    )
    asked = set(re.findall(r'name="day" value="(\d{4}-\d\d-\d\d)"', page))
    assert len(asked) == int(found[1]), "as many as the page has buttons"
    await keep(scenario, *(scenario.day(-back) for back in range(1, 95)))
    assert not tile.search(await owner.page("admin/"))


async def test_yesterday_is_not_missing_before_its_bill_is_there(
    owner: Client, scenario: Scenario, clock: MovingClock
):
    clock.at = day_bounds(shanghai_date(clock()))[0] + 8 * HOUR
    await keep(scenario, shanghai_date(clock() - 2 * DAY))
    async with scenario.storage.reading() as reader:
        assert await count_missing(reader, clock(), "") == 0
        assert await count_missing(reader, clock() + 3 * HOUR, "") == 1


@pytest.mark.parametrize("back", [1, 3, DAYS + 4, 120])
async def test_the_overview_counts_the_days_that_were_missed_and_opens_exactly_these(
    owner: Client, scenario: Scenario, back: int
):
    """A business that began so many days ago, and of which every third day was compared."""
    days = [scenario.day(-each) for each in range(1, back + 1)]
    await keep(scenario, *days[2::3], days[-1])
    page = await owner.page("admin/")
    found = re.search(r'href="[^"]*(reconcile/[^"]*)"><span class="value">([0-9]+)</span>天没有对账', page)
    missed = await owner.page("admin/reconcile/?missing=1")
    listed = set(re.findall(r'name="day" value="([0-9-]+)"', missed))
    expected = {day for day in days[:90] if day not in days[2::3] and day != days[-1]}
    assert listed == expected
    if expected:
        assert found
        assert (found[1], int(found[2])) == ("reconcile/?missing=1", len(expected))
    else:
        assert not found
        assert "都核对过了" in missed
