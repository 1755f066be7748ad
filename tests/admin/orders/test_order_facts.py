"""What the page of an order offers and doubts: refunds, endings, amounts, reloading itself, complaints behind it."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from clock import day_bounds
from handlers.admin.orders import page
from handlers.admin.orders.page import MAX_RENEWALS, OrderPage
from storage.models import PAYMENT_MISMATCH, AttemptState
from tests.admin.act_preparations import refund
from tests.admin.clients import Client
from tests.admin.scenario import Scenario


async def offered(owner: Client, order_id: int) -> tuple[bool, bool]:
    """Can its money be given back, and can it be ended?"""
    shown = await owner.page(f"admin/orders/{order_id}/")
    return f"orders/{order_id}/refund/#refunding" in shown, f"orders/{order_id}/cancel/#ending" in shown


@pytest.mark.parametrize(
    ("state", "there"), [("unpaid", (False, False)), ("paid", (True, True)), ("finished", (True, False))]
)
async def test_money_goes_back_once_it_was_paid_and_an_order_is_ended_before_it_was_served(
    owner: Client, scenario: Scenario, state: str, there: tuple[bool, bool]
) -> None:
    assert await offered(owner, await scenario.order(state)) == there


@pytest.mark.parametrize(
    ("state", "there"),
    [
        ("requested", (False, False)),
        ("rejected", (True, True)),
        ("withdrawn", (True, True)),
        ("nothing_due", (True, True)),
    ],
)
async def test_a_request_is_decided_before_the_office_gives_money_back_or_ends_the_order(
    owner: Client, scenario: Scenario, state: str, there: tuple[bool, bool]
) -> None:
    await refund(state)(scenario, owner)
    assert await offered(owner, 1) == there


async def test_a_request_about_other_money_keeps_nothing_from_being_given_back(
    owner: Client, scenario: Scenario
) -> None:
    await refund()(scenario, owner)
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE refunds SET attempt_id = attempt_id + 1")
        await tx.commit()
    assert await offered(owner, 1) == (True, True)


@pytest.mark.parametrize(
    ("amount", "paid", "remaining", "choices"),
    [
        (30_000, 58_800, 58_800, [("按规则", 30_000), ("一半", 29_400), ("全部", 58_800)]),
        (58_800, 58_800, 58_800, [("按规则", 58_800), ("一半", 29_400)]),
        (29_400, 58_801, 58_801, [("按规则", 29_400), ("全部", 58_801)]),
        (0, 58_800, 100, [("全部", 100)]),
        (101, 200, 100, [("一半", 100)]),
        (0, 1, 1, [("全部", 1)]),
        (0, 100, 0, []),
    ],
)
def test_the_amounts_that_are_often_given_back_each_once(
    amount: int, paid: int, remaining: int, choices: list[tuple[str, int]]
) -> None:
    order, quote = SimpleNamespace(paid_fen=paid), SimpleNamespace(amount_fen=amount, remaining_fen=remaining)
    assert page._refund_choices(cast(Any, order), cast(Any, quote)) == choices


def test_a_visit_is_doubted_until_its_own_day_has_begun() -> None:
    begin = day_bounds("2026-11-18")[0]
    alone, early = "还没有安排陪诊员", "就诊日期 11-18 周三 还没有到"

    def doubts(escort: int | None, at: int) -> list[str]:
        order = SimpleNamespace(escort_id=escort, visit_date="2026-11-18")
        return page._finish_doubts(cast(Any, order), at)

    assert [doubts(3, begin), doubts(3, begin - 1)] == [[], [early]]
    assert [doubts(None, begin), doubts(None, begin - 1)] == [[alone], [alone, early]]


@pytest.mark.parametrize(
    ("kind", "reference", "state", "holds"),
    [
        (PAYMENT_MISMATCH, "n1", AttemptState.MISMATCH, True),
        (PAYMENT_MISMATCH, "n2", AttemptState.MISMATCH, False),
        (PAYMENT_MISMATCH, "n1", AttemptState.CLOSED, False),
        ("bill_amount_differs", "n1", AttemptState.MISMATCH, False),
    ],
)
def test_a_case_that_keeps_an_order_from_being_paid(
    kind: str, reference: str, state: AttemptState, holds: bool
) -> None:
    case = SimpleNamespace(kind=kind, reference=reference)
    attempts = [
        SimpleNamespace(out_trade_no=number, state=state, open_order_id=7, open_supplement_id=None)
        for number in ("n0", "n1")
    ]
    assert page._holds(cast(Any, case), cast(Any, attempts)) is holds


@pytest.mark.parametrize(
    ("waits", "before", "times"),
    [
        (True, None, 1),
        (True, 1, 2),
        (True, MAX_RENEWALS - 1, MAX_RENEWALS),
        (True, MAX_RENEWALS, 0),
        (False, None, 0),
        (False, 1, 0),
    ],
)
def test_a_page_renews_itself_so_often_and_only_while_wechat_is_to_answer(
    waits: bool, before: int | None, times: int
) -> None:
    shown = SimpleNamespace(page_number={"renewal": before}.get)
    assert OrderPage._renewal(cast(Any, shown), waits) == times


@pytest.mark.parametrize(
    ("body", "query", "found"),
    [
        ({}, {}, None),
        ({}, {"complaint": "7"}, 7),
        ({"complaint_id": "8"}, {"complaint": "7"}, 8),
        ({"complaint_id": ""}, {"complaint": "7"}, 7),
        ({"complaint_id": 9}, {}, 9),
        ({}, {"complaint": "9" * 18}, int("9" * 18)),
        ({}, {"complaint": "9" * 19}, None),
        ({}, {"complaint": "-7"}, None),
        ({}, {"complaint": "x"}, None),
        ({}, {"complaint": "٧"}, None),
    ],
)
def test_the_complaint_for_which_money_goes_back(
    body: dict[str, Any], query: dict[str, str], found: int | None
) -> None:
    shown = cast(Any, SimpleNamespace(body_fields=body, query_fields=query))
    prop: Any = OrderPage.for_complaint
    assert prop.fget(shown) == found


async def test_the_page_reloads_itself_while_money_is_on_its_way(owner: Client, scenario: Scenario) -> None:
    await refund("processing")(scenario, owner)

    async def renewals(query: str) -> list[str]:
        return re.findall(r"renewal=([0-9]+)", await owner.page(f"admin/orders/1/{query}"))

    assert set(await renewals("")) == {"1"}
    assert set(await renewals("?renewal=4")) == {"5"}
    assert await renewals(f"?renewal={MAX_RENEWALS}") == []
    async with scenario.storage.transaction() as tx:
        await tx.connection.execute("UPDATE refunds SET state = 'succeeded'")
        await tx.commit()
    assert await renewals("") == []
