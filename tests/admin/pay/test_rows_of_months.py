"""The escorts of a month in the list of pay: whose statement can be issued, with which mark, what became of each."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.admin.pay import month
from handlers.admin.pay.month import Row, rows_of
from orders.escort_pay import months
from storage.models import PayStatement
from storage.pay_views import OpenSum
from tests.admin.clients import Client, form_of
from tests.admin.scenario import Scenario
from tests.escort_pay.paying import (
    NOVEMBER,
    add_row,
    ask,
    correct,
    finished,
    issue,
    mark_of,
    rule,
    withdraw,
)


def made(**changes: Any) -> PayStatement:
    """A statement of which only what is changed is told."""
    nothing = dict.fromkeys(("answered_at", "confirmed_at", "paid_at", "paid_by", "withdrawn_at"))
    numbers = dict.fromkeys(("orders_fen", "corrections_fen", "total_fen", "line_count", "issued_at"), 0)
    texts = {"month": NOVEMBER, "state": "issued", "question": "", "answer": "", "paid_reference": ""}
    values: dict[str, Any] = {**nothing, **numbers, **texts, "id": 1, "escort_id": 3, "number": 1}
    return PayStatement(**{**values, "issued_by": 1, "updated_at": 0, **changes})


@pytest.mark.parametrize(
    ("ready", "statement", "issuable"),
    [
        (None, None, False),
        (OpenSum(3, False, 0, -1, 1, 9), None, False),
        (OpenSum(3, False, 5, -5, 2, 9), None, True),
        (OpenSum(3, False, 1, 0, 1, 9), None, True),
        (OpenSum(3, False, 1, 0, 1, 9), made(), False),
    ],
)
def test_a_statement_is_issued_of_what_is_not_negative_once(
    ready: OpenSum | None, statement: PayStatement | None, issuable: bool
) -> None:
    assert Row(3, "王芳", ready, None, statement).issuable is issuable


def test_the_mark_of_a_row_is_that_of_the_preview() -> None:
    assert Row(3, "王芳", OpenSum(3, False, 8_000, -500, 2, 11)).mark == months.basis(2, 7_500, 11)
    assert Row(3, "王芳", None, OpenSum(3, True, 8_000, 0, 1, 7)).mark == months.basis(0, 0, 0)


def test_sums_and_statements_are_put_beside_their_escorts_by_name() -> None:
    ready, held = OpenSum(5, False, 8_000, 0, 1, 1), OpenSum(5, True, 9_000, 0, 1, 2)
    kept, taken_back = made(id=7, escort_id=4), made(id=8, escort_id=5, state="withdrawn")
    names = {5: "乙", 4: "甲", 9: "甲", 3: "乙"}
    assert month._by_escort([held, ready], [kept, taken_back], names) == [
        Row(3, "乙"),
        Row(5, "乙", ready, held),
        Row(4, "甲", None, None, kept),
        Row(9, "甲"),
    ]


async def test_a_month_has_who_earned_until_its_end_or_has_a_statement_of_it(scenario: Scenario) -> None:
    await rule(scenario.storage, 8_000)
    early, late, paid = [await scenario.escort(name) for name in ("早一", "晚二", "付三")]
    await finished(scenario.storage, early)
    await finished(scenario.storage, late, at=scenario.clock() + 40 * 86_400_000)
    await finished(scenario.storage, paid)
    number = (await issue(scenario.storage, paid, at=scenario.clock())).id
    async with scenario.storage.reading() as reader:
        november, december = await rows_of(reader, NOVEMBER), await rows_of(reader, "2026-12")
        october = await rows_of(reader, "2026-10")
    assert [(row.name, row.statement.id if row.statement else 0) for row in november] == [
        ("付三", number),
        ("早一", 0),
    ]
    assert [(row.name, row.statement) for row in december] == [("早一", None), ("晚二", None)]
    assert october == []


async def test_one_statement_opens_at_once_and_is_written_down(owner: Client, scenario: Scenario) -> None:
    await rule(scenario.storage, 8_000)
    escort = await scenario.escort()
    orders = [await finished(scenario.storage, escort) for _ in range(2)]
    await correct(scenario.storage, escort, orders[0], -1_550)
    form = form_of(await owner.page(f"admin/pay/?month={NOVEMBER}"), "pay/issue/")
    answer = await owner.post("admin/pay/issue/", {**form, f"escort_{escort}": "y"})
    assert answer.code == 302
    assert answer.headers["Location"].endswith("/admin/pay/statements/1/?done=statement-issued")
    facts = {"escort": escort, "month": NOVEMBER, "amount_fen": 14_450, "rows": 3}
    assert await scenario.log() == [("pay.issue", None, facts)]
    again = await owner.post("admin/pay/issue/", {**form, f"escort_{escort}": "y"})
    assert (again.code, "1 位里，0 位的结算单出好了，1 位没有" in again.body.decode()) == (200, True)
    assert await scenario.audited() == ["pay.issue"]


async def test_of_several_each_has_its_lines_and_its_link(owner: Client, scenario: Scenario) -> None:
    await rule(scenario.storage, 8_000)
    escorts = [await scenario.escort(name) for name in ("王芳", "李娜")]
    for escort in (*escorts, escorts[1]):
        await finished(scenario.storage, escort)
    form = form_of(await owner.page(f"admin/pay/?month={NOVEMBER}"), "pay/issue/")
    answer = await owner.post("admin/pay/issue/", {**form, **{f"escort_{escort}": "y" for escort in escorts}})
    page = answer.body.decode()
    assert "2 位里，2 位的结算单出好了。" in page
    assert 'pay/statements/1/">1 笔</a>' in page
    assert 'pay/statements/2/">2 笔</a>' in page


async def test_no_more_statements_are_issued_at_once_than_a_page_can_tell_of(
    owner: Client, scenario: Scenario
) -> None:
    def given(count: int) -> dict[str, str]:
        numbers = range(100, 100 + count)
        return {
            "month": NOVEMBER,
            **{f"{name}_{each}": "y" for each in numbers for name in ("escort", "seen")},
        }

    refused = await owner.post("admin/pay/issue/", given(201))
    assert (refused.code, "一次最多出 200 张结算单" in refused.body.decode()) == (400, True)
    most = await owner.post("admin/pay/issue/", given(200))
    assert (most.code, "200 位里，0 位的结算单出好了" in most.body.decode()) == (200, True)
    none = await owner.post("admin/pay/issue/", {"month": NOVEMBER})
    assert (none.code, "还没有勾选陪诊员" in none.body.decode()) == (400, True)
    unread = await owner.post("admin/pay/issue/", {"month": "2026-13", "escort_1": "y", "seen_1": "x"})
    assert (unread.code, "月份" in unread.body.decode()) == (400, True)


async def test_the_months_around_it_are_linked_up_to_this_one(owner: Client, scenario: Scenario) -> None:
    async def steps(asked: str) -> tuple[bool, bool, bool]:
        page = await owner.page(f"admin/pay/?month={asked}")
        before, after = months.month_before(asked), months.month_after(asked)
        return f"pay/?month={before}" in page, f"pay/?month={after}" in page, "还没有结束" in page

    assert await steps("2026-10") == (True, True, False)
    assert await steps("2026-11") == (True, False, True)
    assert await steps("2026-12") == (True, False, True)
    assert "<strong>2026年10月</strong>" in await owner.page("admin/pay/?month=x"), "the last that is over"


async def test_questions_stand_above_every_month_with_who_asked(owner: Client, scenario: Scenario) -> None:
    await rule(scenario.storage, 8_000)
    first, second = await scenario.escort("王芳"), await scenario.escort("李娜")
    for escort in (first, second):
        await finished(scenario.storage, escort)
    number = (await issue(scenario.storage, first, at=scenario.clock())).id
    await issue(scenario.storage, second, at=scenario.clock())
    await ask(scenario.storage, number, first, "少了一单", scenario.clock() + 1)
    page = await owner.page("admin/pay/?month=2026-08")
    assert page.count("有疑问，等您答复") == 1
    assert "王芳 对" in page
    assert f'pay/statements/{number}/">去看</a>' in page


async def test_what_was_taken_back_can_be_issued_again(owner: Client, scenario: Scenario) -> None:
    await rule(scenario.storage, 8_000)
    escort = await scenario.escort()
    await finished(scenario.storage, escort)
    number = (await issue(scenario.storage, escort, at=scenario.clock())).id
    assert f'name="escort_{escort}"' not in await owner.page(f"admin/pay/?month={NOVEMBER}")
    await withdraw(scenario.storage, number, scenario.clock() + 1, await mark_of(scenario.storage, number))
    assert f'name="escort_{escort}"' in await owner.page(f"admin/pay/?month={NOVEMBER}")


async def test_a_held_earning_is_listed_beside_what_is_ready(scenario: Scenario) -> None:
    await rule(scenario.storage, 8_000)
    escort = await scenario.escort()
    orders = [await finished(scenario.storage, escort) for _ in range(2)]
    waiting = {"state": "requested", "out_refund_no": "R1", "kind": "money_back", "source": "user"}
    await add_row(scenario.storage, "refunds", order_id=orders[0], attempt_id=1, **waiting)
    async with scenario.storage.reading() as reader:
        [row] = await rows_of(reader, NOVEMBER)
    assert row.ready is not None
    assert row.held is not None
    assert (row.ready.count, row.ready.held, row.held.count, row.held.held) == (1, False, 1, True)
