"""What the monthly statements of escorts change."""

from __future__ import annotations

from typing import Any

from clock import DAY as ONE_DAY
from orders.escort_pay import months, rules, statements, wechat_payment
from orders.escort_pay.statements import BankPayment, mark_of
from storage.models import PayStatement
from tests.orders.acts import Act
from tests.orders.pay import LATER, MONTH, correct, earned_of_each
from tests.orders.scene import NOON, Scene


async def _issue(scene: Scene, place: int = 0, at: int = LATER) -> PayStatement:
    escort = scene.escorts[place]
    async with scene.storage.reading() as reader:
        seen = (await months.preview(reader, escort, MONTH)).mark
    return await scene.run(lambda tx: statements.issue(tx, escort, MONTH, seen, 1, at))


async def _issued(scene: Scene) -> PayStatement:
    """A statement of each escort; the own one."""
    await earned_of_each(scene)
    await correct(scene, None, -500)
    await _issue(scene, 1)
    return await _issue(scene)


async def _get(scene: Scene, statement_id: int = 2) -> PayStatement:
    async with scene.storage.reading() as reader:
        found = await reader.pay_statements.get(statement_id)
    assert found is not None
    return found


async def a_statement_issued(scene: Scene):
    await earned_of_each(scene)
    await correct(scene, None, -500)
    yield
    yield await _issue(scene)


async def a_statement_issued_after_one_was_withdrawn(scene: Scene):
    seen = mark_of(await _issued(scene))
    await scene.run(lambda tx: statements.withdraw(tx, 2, seen, LATER + 1))
    yield
    yield await _issue(scene, at=LATER + 2)


async def a_second_statement_of_a_month(scene: Scene):
    await _issued(scene)
    yield
    yield await _issue(scene)


async def a_statement_of_nothing(scene: Scene):
    yield
    yield await _issue(scene)


async def a_statement_of_less_than_nothing(scene: Scene):
    await correct(scene, None, -1)
    yield
    yield await _issue(scene)


async def a_statement_of_a_month_to_come(scene: Scene):
    await earned_of_each(scene)
    yield
    yield await scene.run(lambda tx: statements.issue(tx, scene.escorts[0], "2026-12", "", 1, NOON))


async def confirmed(scene: Scene):
    await _issued(scene)
    yield
    for at in (LATER + 1, LATER + 2):
        yield await scene.run(lambda tx, at=at: statements.confirm(tx, 2, scene.escorts[0], at))


async def confirmed_by_another(scene: Scene):
    await _issued(scene)
    yield
    yield await scene.run(lambda tx: statements.confirm(tx, 2, scene.escorts[1], LATER + 1))


async def _question(scene: Scene, text: str = "少了 一单", at: int = LATER + 1) -> Any:
    return await scene.run(lambda tx: statements.question(tx, 2, scene.escorts[0], text, at))


async def _answer(scene: Scene, text: str = "已经\n核对", at: int = LATER + 2) -> Any:
    seen = mark_of(await _get(scene))
    return await scene.run(lambda tx: statements.answer(tx, 2, text, seen, at))


async def questioned(scene: Scene):
    await _issued(scene)
    yield
    yield await _question(scene)
    yield await _question(scene, "少了  一单", LATER + 2)
    yield await _question(scene, "另一个问题", LATER + 3)


async def questioned_in_as_many_words_as_fit(scene: Scene):
    await _issued(scene)
    yield
    try:
        await _question(scene, "问" * (statements.MAX_QUESTION_LENGTH + 1))
    except rules.PayInput as refusal:
        yield refusal.message
    yield await _question(scene, "问" * statements.MAX_QUESTION_LENGTH)


async def answered(scene: Scene):
    await _issued(scene)
    await _question(scene)
    yield
    yield await _answer(scene)
    yield await _answer(scene)


async def questioned_a_third_time_and_a_fourth(scene: Scene):
    await _issued(scene)
    for number in range(statements.MAX_QUESTIONS - 1):
        await _question(scene, f"问题 {number}")
        await _answer(scene)
    yield
    yield await _question(scene, "第三个", LATER + 5)
    yield await _answer(scene, at=LATER + 6)
    yield await _question(scene, "第四个", LATER + 7)


async def withdrawn(scene: Scene):
    seen = mark_of(await _issued(scene))
    yield
    yield await scene.run(lambda tx: statements.withdraw(tx, 2, seen, LATER + 1))


async def withdrawn_as_it_was_not_shown(scene: Scene):
    await _issued(scene)
    yield
    yield await scene.run(lambda tx: statements.withdraw(tx, 2, "another", LATER + 1))


async def _pay(scene: Scene, day: str, reference: str = "20261209001") -> Any:
    seen = mark_of(await _get(scene))
    payment = BankPayment(day, reference, 2)
    return await scene.run(lambda tx: statements.mark_paid(tx, 2, payment, seen, LATER + ONE_DAY))


async def paid_today(scene: Scene):
    await _issued(scene)
    yield
    yield await _pay(scene, "2026-12-10")


async def paid_on_the_day_when_it_was_issued(scene: Scene):
    await _issued(scene)
    yield
    yield await _pay(scene, "2026-12-09")


async def payments_that_cannot_be(scene: Scene):
    await _issued(scene)
    yield
    for day, reference in (("2026-12-11", "1"), ("2026-12-08", "1"), ("2026-12-10", "")):
        try:
            await _pay(scene, day, reference)
        except rules.PayInput as refusal:
            yield refusal.message


async def paid_while_a_question_is_open(scene: Scene):
    await _issued(scene)
    await _question(scene)
    yield
    yield await _pay(scene, "2026-12-10")


async def _confirmed(scene: Scene) -> str:
    await _issued(scene)
    await scene.run(lambda tx: statements.confirm(tx, 2, scene.escorts[0], LATER + 1))
    return mark_of(await _get(scene))


async def paid_through_wechat(scene: Scene):
    seen = await _confirmed(scene)
    yield
    yield await scene.run(lambda tx: wechat_payment.begin(tx, 2, seen, LATER + 2))
    yield await scene.run(lambda tx: wechat_payment.ask_to_receive(tx, 2, LATER + 3))
    for number in ("B-1", "B-2"):
        yield await scene.run(
            lambda tx, number=number: wechat_payment.paid(tx, 2, number, 2, LATER - 1, LATER + 4)
        )


async def not_paid_through_wechat(scene: Scene):
    seen = await _confirmed(scene)
    yield
    yield await scene.run(lambda tx: wechat_payment.begin(tx, 2, seen, LATER + 2))
    for at in (LATER + 3, LATER + 4):
        yield await scene.run(lambda tx, at=at: wechat_payment.give_back(tx, 2, at))


async def paid_through_wechat_before_it_was_confirmed(scene: Scene):
    seen = mark_of(await _issued(scene))
    yield
    yield await scene.run(lambda tx: wechat_payment.begin(tx, 2, seen, LATER + 2))


async def pay_as_it_is_read(scene: Scene):
    await earned_of_each(scene)
    await correct(scene, None, -500)
    yield
    async with scene.storage.reading() as reader:
        found = await months.preview(reader, scene.escorts[0], MONTH)
        yield (found.orders_fen, found.corrections_fen, found.total_fen, found.held_fen, found.mark)
        yield await statements.count_to_check(reader, scene.escorts[0])
    await _issue(scene)
    async with scene.storage.reading() as reader:
        yield await statements.count_to_check(reader, scene.escorts[0])


async def test_an_act_changes_just_these_rows(scene: Scene, act: Act, check_act) -> None:
    await check_act(scene, act)
