"""The pages of escorts' pay: owners set rules, issue and pay statements; accountants read; clerks see nothing of it."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import openpyxl
import pytest

from tests.admin.clients import Client, form_of
from tests.admin.scenario import HOSTILE, Scenario
from tests.escort_pay.paying import (
    NOVEMBER,
    add_row,
    adds_up,
    amounts,
    correct,
    finished,
    issue,
    rule,
    served,
    statement,
)

pytestmark = pytest.mark.promise(40)
PAGES = (
    "admin/pay/?month=2026-11",
    "admin/pay/rules/",
    "admin/pay/missing/",
    "admin/pay/escorts/1/?month=2026-11",
)
NOW = 1_795_000_000_000


async def a_month(scenario: Scenario, name: str = "王芳") -> tuple[int, int]:
    """An escort with a finished order in November; (escort, order)."""
    await rule(scenario.storage, 8_000)
    escort = await scenario.escort(name)
    return escort, await finished(scenario.storage, escort)


async def issued(scenario: Scenario, escort: int) -> int:
    return (await issue(scenario.storage, escort, at=NOW)).id


async def test_an_owner_enters_rules_and_orders_earn_by_them(owner: Client, scenario: Scenario) -> None:
    assert "还没有报酬规则" in await owner.page("admin/pay/rules/")
    fields = {"service_id": "0", "escort_id": "0", "valid_from": "2026-11-01"}
    answer = await owner.post("admin/pay/rules/", {**fields, "kind": "percent", "typed": "45.5%"})
    assert answer.code == 302
    page = await owner.page("admin/pay/rules/")
    assert "订单价格的 45.5%" in page
    escort = await scenario.escort(HOSTILE[:40])
    order = await finished(scenario.storage, escort)
    assert await amounts(scenario.storage, order) == [9_009]
    assert "<script>" not in await owner.page("admin/pay/?month=2026-11")
    assert await scenario.audited() == ["pay.rule"]


@pytest.mark.parametrize(
    ("kind", "typed", "day", "says"),
    [
        ("percent", "100.01", "2026-11-01", "0% 到 100%"),
        ("percent", "abc", "2026-11-01", "应为百分比"),
        ("percent", "45.555", "2026-11-01", "应为百分比"),
        ("percent", "-5", "2026-11-01", "应为百分比"),
        ("fixed", "", "2026-11-01", "应为金额"),
        ("fixed", "-1", "2026-11-01", "应为金额"),
        ("fixed", "20000", "2026-11-01", "10,000"),
        ("fixed", "80", "2026-02-30", "应为日期"),
        ("none", "", "2026-11-01", "取消例外"),
        ("gift", "80", "2026-11-01", "应为其中之一"),
    ],
)
async def test_a_rule_that_cannot_be_right_comes_back_with_what_was_typed(
    owner: Client, scenario: Scenario, kind: str, typed: str, day: str, says: str
) -> None:
    fields = {"service_id": "0", "escort_id": "0", "kind": kind, "typed": typed, "valid_from": day}
    answer = await owner.post("admin/pay/rules/", fields)
    assert (answer.code, says in answer.body.decode()) == (400, True)
    async with scenario.storage.reading() as reader:
        assert await reader.escort_pay.all_rules() == []


async def test_statements_of_the_ticked_escorts_are_issued_with_a_result_each(
    owner: Client, scenario: Scenario
) -> None:
    wang, _ = await a_month(scenario)
    li = await scenario.escort("李娜")
    await finished(scenario.storage, li)
    page = await owner.page("admin/pay/?month=2026-11")
    form = form_of(page, "pay/issue/")
    await finished(scenario.storage, li)  # after the page was opened
    ticked = {f"escort_{wang}": "y", f"escort_{li}": "y"}
    answer = await owner.post("admin/pay/issue/", {**form, **ticked})
    text = answer.body.decode()
    assert (answer.code, "2 位里，1 位的结算单出好了" in text, "有了变动" in text) == (200, True, True)
    async with scenario.storage.reading() as reader:
        made = await reader.pay_statements.of_month(NOVEMBER)
    assert [(each.escort_id, each.total_fen) for each in made] == [(wang, 8_000)]
    assert (await owner.post("admin/pay/issue/", {"month": NOVEMBER})).code == 400
    without_marks = {"month": NOVEMBER, f"escort_{li}": "y"}
    assert (await owner.post("admin/pay/issue/", without_marks)).code == 400
    assert await scenario.audited() == ["pay.issue"]
    await adds_up(scenario.storage)


async def test_an_owner_answers_pays_and_withdraws_what_the_page_has_shown(
    owner: Client, scenario: Scenario
) -> None:
    from orders.escort_pay import statements

    escort, _ = await a_month(scenario)
    number = await issued(scenario, escort)
    path = f"pay/statements/{number}/"
    older = form_of(await owner.page(f"admin/{path}"), f"{path}withdraw/")
    await scenario.storage.run(lambda tx: statements.question(tx, number, escort, HOSTILE[:100], NOW + 5))
    stale = await owner.post(f"admin/{path}withdraw/", older)
    assert (stale.code, "这张结算单变了" in stale.body.decode()) == (409, True)
    page = await owner.page(f"admin/{path}")
    assert "<script>alert" not in page
    assert f"{path}paid/" not in page, "a question is answered first"
    assert "有疑问，等您答复" in await owner.page("admin/pay/?month=2026-11")
    assert (await owner.submit(f"admin/{path}", f"{path}answer/", {"text": "下个月补"})).code == 302
    bad = await owner.submit(f"admin/{path}", f"{path}paid/", {"day": "2027-01-01", "reference": "7"})
    assert (bad.code, "不能晚于今天" in bad.body.decode()) == (400, True)
    good = {"day": "2026-11-18", "reference": "20261118001"}
    assert (await owner.submit(f"admin/{path}", f"{path}paid/", good)).code == 302
    now = await statement(scenario.storage, number)
    assert (now.state, now.paid_reference) == ("paid", "20261118001")
    assert await scenario.audited() == ["pay.answer", "pay.paid"]
    assert "20261118001" in await owner.page(f"admin/{path}print/")


async def test_of_two_owners_who_pay_at_once_one_does(owner: Client, scenario: Scenario) -> None:
    escort, _ = await a_month(scenario)
    number = await issued(scenario, escort)
    path = f"pay/statements/{number}/"
    form = form_of(await owner.page(f"admin/{path}"), f"{path}paid/")
    given = {**form, "day": "2026-11-18"}
    answers = await asyncio.gather(
        *(owner.post(f"admin/{path}paid/", {**given, "reference": f"R{turn}"}) for turn in range(4))
    )
    assert sorted(answer.code for answer in answers) == [302, 409, 409, 409]
    assert await scenario.audited() == ["pay.paid"]


async def test_the_page_of_an_order_shows_its_pay_to_owners_and_takes_corrections(
    owner: Client, clerk: Client, scenario: Scenario
) -> None:
    escort, order = await a_month(scenario)
    path = f"orders/{order}/"
    assert "陪诊员的报酬" in await owner.page(f"admin/{path}")
    assert "陪诊员的报酬" not in await clerk.page(f"admin/{path}")
    form = form_of(await owner.page(f"admin/{path}"), f"{path}pay/")
    typed = {"escort_id": str(escort), "direction": "less", "amount": "15.50", "reason": "迟到"}
    assert (await owner.post(f"admin/{path}pay/", {**form, **typed})).code == 302
    twice = await owner.post(f"admin/{path}pay/", {**form, **typed})
    assert (twice.code, "又记了一笔" in twice.body.decode()) == (409, True)
    refused = await owner.submit(f"admin/{path}", f"{path}pay/", {**typed, "amount": "20000"})
    assert refused.code == 400
    assert await amounts(scenario.storage, order) == [8_000, -1_550]
    refund = {
        "state": "requested",
        "out_refund_no": "R1",
        "kind": "money_back",
        "source": "user",
        "attempt_id": 1,
    }
    await add_row(scenario.storage, "refunds", order_id=order, **refund)
    assert "暂缓结算：订单有退款在处理" in await owner.page(f"admin/{path}")
    assert await scenario.audited() == ["pay.correct"]


async def test_a_finished_order_without_a_rule_is_listed_and_paid_later(
    owner: Client, scenario: Scenario
) -> None:
    escort = await scenario.escort()
    order = await finished(scenario.storage, escort)
    old = await finished(scenario.storage, escort, visit_date="2026-09-01")
    assert "就诊时还没有报酬规则" in await owner.page(f"admin/orders/{order}/")
    await rule(scenario.storage, 8_000, day="2026-11-01")
    assert "1 个完成的订单没有报酬规则" in await owner.page("admin/pay/?month=2026-11")
    page = await owner.page("admin/pay/missing/")
    assert f'name="order_{order}"' in page
    assert f"orders/{old}/" not in page
    assert "按规则补记" in await owner.page(f"admin/orders/{order}/")
    answer = await owner.post("admin/pay/missing/", {f"order_{order}": "y", f"order_{old}": "y"})
    text = answer.body.decode()
    assert ("已记 ￥80" in text, "没有办" in text) == (True, True)
    assert await amounts(scenario.storage, order) == [8_000]
    assert await amounts(scenario.storage, old) == []
    again = await owner.post(f"admin/orders/{order}/pay/earn/")
    assert again.code == 409
    assert "没有这样的订单" in await owner.page("admin/pay/missing/")


async def test_a_clerk_sees_nothing_and_an_accountant_reads_and_exports_but_decides_nothing(
    clerk: Client, accountant: Client, scenario: Scenario
) -> None:
    escort, _ = await a_month(scenario)
    number = await issued(scenario, escort)
    paths = [
        *PAGES,
        f"admin/pay/statements/{number}/",
        f"admin/pay/statements/{number}/print/",
        f"admin/pay/statements/{number}/file/",
        "admin/pay/file/?month=2026-11",
    ]
    for path in paths:
        assert (await clerk.get(path)).code == 403, path
        answer = await accountant.get(path)
        assert answer.code == 200, path
        if "file" not in path:
            main = answer.body.decode().partition('<main id="main"')[2]
            assert 'method="post"' not in main, path
            assert "admin/orders/" not in main, path
    assert "pay/" in await accountant.page("admin/money/")
    for act in ("withdraw", "paid", "answer"):
        assert (await accountant.post(f"admin/pay/statements/{number}/{act}/", {"text": "x"})).code == 403


def cells(body: bytes) -> list[tuple[Any, ...]]:
    sheet: Any = openpyxl.load_workbook(io.BytesIO(body)).active
    return list(sheet.iter_rows(values_only=True))


async def test_the_files_hold_every_line_and_the_sums_of_the_pages(owner: Client, scenario: Scenario) -> None:
    escort, order = await a_month(scenario)
    await correct(scenario.storage, escort, order, -1_550, "=1+1 迟到")
    number = await issued(scenario, escort)
    await finished(scenario.storage, await scenario.escort("李娜"))
    rows = cells((await owner.get(f"admin/pay/statements/{number}/file/")).body)
    assert [row[7] for row in rows[1:]] == [80, -15.5, 80, -15.5, 64.5]
    assert rows[2][8].startswith("'="), "no program runs what a person typed"
    month = cells((await owner.get("admin/pay/file/?month=2026-11")).body)
    by_name = {row[0]: row for row in month[1:]}
    assert (by_name["王芳"][7], by_name["王芳"][10]) == (64.5, 0)
    assert (by_name["李娜"][3], by_name["李娜"][10]) == ("还没有出结算单", 80)
    assert (by_name["合计"][7], by_name["合计"][10]) == (64.5, 80)
    assert await scenario.audited() == ["pay.export", "pay.export"]
    assert (await owner.get("admin/pay/file/?format=pdf")).code == 400


async def test_pages_of_what_is_not_there_say_so(owner: Client, scenario: Scenario) -> None:
    for path in ("admin/pay/statements/77/", "admin/pay/escorts/77/", "admin/pay/statements/77/file/"):
        assert (await owner.get(path)).code == 404, path
    for month in ("2026-13", "x", "", "9999-99"):
        assert (await owner.get(f"admin/pay/?month={month}")).code == 200
    order = await served(scenario.storage, await scenario.escort())
    assert "陪诊员的报酬" not in await owner.page(f"admin/orders/{order}/"), "it is not over"
