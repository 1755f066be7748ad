"""A statement that was issued: questions and answers, who may decide, the payment, and pages that are older."""

from __future__ import annotations

from typing import Any

import pytest

from orders.escort_pay import statements
from orders.escort_pay.rules import PayInput
from orders.escort_pay.statements import (
    BankPayment,
    StatementChanged,
    StatementNotFound,
    TooManyQuestions,
)
from storage import Storage
from storage.models import StatementState
from tests.core.escorts import messages
from tests.escort_pay.paying import (
    ADMIN_ID,
    IN_DECEMBER,
    NOVEMBER,
    add_escort,
    an_escort,
    answer,
    ask,
    confirm,
    finished,
    issue,
    mark_of,
    pay,
    statement,
    withdraw,
)

pytestmark = pytest.mark.promise(40)
IN_JANUARY = IN_DECEMBER + 31 * 86_400_000


async def test_a_question_is_answered_and_both_stay_readable(storage: Storage) -> None:
    escort = await an_escort(storage)
    await finished(storage, escort)
    number = (await issue(storage, escort)).id
    await ask(storage, number, escort, "少了 11 月 3 日\n那一单")
    await ask(storage, number, escort, "少了 11 月 3 日 那一单")
    assert (await statement(storage, number)).question == "2026-12-03 00:00 少了 11 月 3 日 那一单"
    with pytest.raises(StatementChanged):
        await confirm(storage, number, escort)
    with pytest.raises(StatementChanged):
        await pay(storage, number)
    await answer(storage, number, "那一单在退款处理中，下个月一起结")
    with pytest.raises(StatementChanged):
        await answer(storage, number, "又答一次")
    await ask(storage, number, escort, "好的，金额呢", IN_DECEMBER + 60_000)
    await answer(storage, number, "80 元")
    now = await statement(storage, number)
    assert [words for _, words in statements.said(now.question)] == ["少了 11 月 3 日 那一单", "好的，金额呢"]
    assert [words for _, words in statements.said(now.answer)] == [
        "那一单在退款处理中，下个月一起结",
        "80 元",
    ]
    await confirm(storage, number, escort)
    await confirm(storage, number, escort)
    assert (await statement(storage, number)).state == "confirmed"
    assert len([1 for _, kind, outcome in await messages(storage) if outcome == "answered"]) == 1, (
        "same ms: one"
    )


async def test_after_three_questions_one_calls_the_office(storage: Storage) -> None:
    escort = await an_escort(storage)
    await finished(storage, escort)
    number = (await issue(storage, escort)).id
    for turn in range(3):
        await ask(storage, number, escort, f"第{turn}次" + "字" * 136)
        await answer(storage, number, "字" * 140)
    with pytest.raises(TooManyQuestions):
        await ask(storage, number, escort, "再问")
    for text in ("", "  \n ", "字" * 141):
        with pytest.raises(PayInput):
            await ask(storage, number, escort, text)


async def test_a_statement_of_another_escort_is_not_there(storage: Storage) -> None:
    escort = await an_escort(storage)
    other = await add_escort(storage, "李娜", 901)
    await finished(storage, escort)
    number = (await issue(storage, escort)).id
    for act in (
        confirm(storage, number, other),
        ask(storage, number, other, "我的？"),
        confirm(storage, 99, escort),
    ):
        with pytest.raises(StatementNotFound):
            await act
    assert (await statement(storage, number)).state == "issued"


async def test_a_paid_statement_is_final(storage: Storage) -> None:
    escort = await an_escort(storage)
    await finished(storage, escort)
    number = (await issue(storage, escort)).id
    await pay(storage, number)
    now = await statement(storage, number)
    assert (now.state, now.paid_reference, now.paid_by) == (StatementState.PAID, "2026120300001", ADMIN_ID)
    with pytest.raises(StatementChanged):
        await withdraw(storage, number)
    with pytest.raises(StatementChanged):
        await confirm(storage, number, escort)
    with pytest.raises(StatementChanged):
        await ask(storage, number, escort, "少了")
    with pytest.raises(StatementChanged):
        await pay(storage, number)
    assert await statement(storage, number) == now


@pytest.mark.parametrize(("day", "reference"), [("2026-12-03", ""), ("2026-12-04", "7"), ("2026-12-02", "7")])
async def test_a_payment_that_cannot_be_right_is_refused(storage: Storage, day: str, reference: str) -> None:
    escort = await an_escort(storage)
    await finished(storage, escort)
    number = (await issue(storage, escort)).id
    seen = await mark_of(storage, number)
    payment = BankPayment(day, reference, ADMIN_ID)
    with pytest.raises(PayInput):
        await storage.run(lambda tx: statements.mark_paid(tx, number, payment, seen, IN_DECEMBER + 9))


async def test_an_older_page_decides_nothing(storage: Storage) -> None:
    escort = await an_escort(storage)
    await finished(storage, escort)
    number = (await issue(storage, escort)).id
    seen = await mark_of(storage, number)
    await ask(storage, number, escort, "少了一单")
    payment = BankPayment("2026-12-03", "7", ADMIN_ID)

    def acts(tx: Any) -> list[Any]:
        return [
            statements.mark_paid(tx, number, payment, seen, IN_DECEMBER + 9),
            statements.withdraw(tx, number, seen, IN_DECEMBER + 9),
            statements.answer(tx, number, "好", seen, IN_DECEMBER + 9),
        ]

    for position in range(3):

        async def run(tx: Any, position: int = position) -> None:
            wanted = acts(tx)
            for other in range(3):
                if other != position:
                    wanted[other].close()
            await wanted[position]

        with pytest.raises(StatementChanged):
            await storage.run(run)
    assert (await statement(storage, number)).month == NOVEMBER
