"""Whatever is done in whatever order: entries, statements and sums agree; and the self-check finds what does not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from orders.escort_pay import statements
from orders.escort_pay.earnings import live_earning
from orders.escort_pay.months import month_of
from orders.transitions import TransitionRefused
from payment.books.ledger import ledger_report, self_check
from refusals import Refused
from storage import Storage
from storage.models import StatementState
from tests.escort_pay.paying import (
    AT,
    IN_DECEMBER,
    NOVEMBER,
    add_escort,
    adds_up,
    correct,
    entries,
    finish,
    finished,
    issue,
    mark_of,
    pay,
    preview,
    reopen,
    rule,
    served,
    withdraw,
)

pytestmark = pytest.mark.promise(40)
ACTS = ("finish", "reopen", "correct", "issue", "withdraw", "confirm", "pay", "rule")
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 2), st.integers(-9_999, 9_999)), min_size=4, max_size=18
)
_DAY = 86_400_000


class Books:
    """Three orders of one escort, and what is done to them, a day after another."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.at = AT
        self.orders: list[int] = []
        self.escort = 0

    async def open(self, user_id: int) -> None:
        self.escort = await add_escort(self.storage, "王芳", user_id)
        await rule(self.storage, 3_333, "percent")
        self.orders = [
            await served(self.storage, self.escort, price_fen=price) for price in (19_801, 15, 588_888)
        ]

    async def do(self, act: str, which: int, value: int) -> None:
        """Refusals are part of it: what is refused has changed nothing."""
        self.at += 5 * _DAY
        try:
            await getattr(self, f"_{act}")(self.orders[which], value)
        except (Refused, TransitionRefused):
            pass

    async def _finish(self, order: int, _: int) -> None:
        await finish(self.storage, order, self.at)

    async def _reopen(self, order: int, _: int) -> None:
        await reopen(self.storage, order, self.at)

    async def _correct(self, order: int, value: int) -> None:
        about = order if value % 2 else None
        await correct(self.storage, self.escort, about, value, at=self.at)

    async def _rule(self, _: int, value: int) -> None:
        await rule(self.storage, abs(value), "percent" if value % 2 else "fixed")

    async def _issue(self, _: int, __: int) -> None:
        await issue(self.storage, self.escort, month_of(self.at), self.at)

    async def _newest(self) -> int:
        async with self.storage.reading() as reader:
            found = await reader.pay_statements.of_escort(self.escort, None, 1)
        if not found:
            raise Refused
        return found[0].id

    async def _withdraw(self, _: int, __: int) -> None:
        await withdraw(self.storage, await self._newest(), self.at)

    async def _confirm(self, _: int, __: int) -> None:
        number = await self._newest()
        await self.storage.run(lambda tx: statements.confirm(tx, number, self.escort, self.at))

    async def _pay(self, _: int, __: int) -> None:
        number = await self._newest()
        seen = await mark_of(self.storage, number)
        payment = statements.BankPayment("2026-12-03", "7", 1)
        await self.storage.run(lambda tx: statements.mark_paid(tx, number, payment, seen, self.at))

    async def check(self) -> None:
        """Summed here in another way than the product does."""
        await adds_up(self.storage)
        async with self.storage.reading() as reader:
            earned = await reader.escort_pay.of_escort(self.escort, 1_000)
            made = await reader.pay_statements.of_escort(self.escort, None, 1_000)
            live = [each for each in made if each.state != StatementState.WITHDRAWN]
            lines = {each.id: await reader.escort_pay.lines_of(each.id, 0, 1_000) for each in made}
            totals = await reader.pay_statements.totals()
            still_open = await reader.escort_pay.open_lines(self.escort, "9999-12-31")
        on_one = [line.earning.id for each in live for line in lines[each.id]]
        assert len(on_one) == len(set(on_one)), "an earning is on one statement"
        assert sum(each.total_fen for each in live) + sum(
            line.earning.amount_fen for line in still_open
        ) == sum(each.amount_fen for each in earned)
        assert {line.earning.id for line in still_open} | set(on_one) == {each.id for each in earned}
        for each in made:
            assert each.total_fen == sum(line.earning.amount_fen for line in lines[each.id])
        assert totals.earned_fen == sum(each.amount_fen for each in earned)
        assert totals.paid_fen == sum(each.total_fen for each in live if each.state == "paid")
        for order in self.orders:
            found = await entries(self.storage, order)
            by_rule = sum(each.amount_fen for each in found if each.kind != "correction")
            now = live_earning(found)
            assert by_rule == (now.amount_fen if now else 0)


def test_random_sequences_add_up(storage: Storage, io_loop: IOLoop) -> None:
    user = iter(range(900, 9_000))

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
        database=None,
    )
    @given(STEPS)
    def run(steps: list[tuple[str, int, int]]) -> None:
        async def one() -> None:
            books = Books(storage)
            await books.open(next(user))
            for step in steps:
                await books.do(*step)
            await adds_up(storage)

        io_loop.run_sync(one, timeout=60)

    run()


async def test_a_long_life_adds_up_at_every_step(storage: Storage) -> None:
    books = Books(storage)
    await books.open(900)
    life = [
        ("finish", 0, 0), ("finish", 1, 0), ("issue", 0, 0), ("correct", 0, -501), ("withdraw", 0, 0),
        ("issue", 0, 0), ("confirm", 0, 0), ("pay", 0, 0), ("reopen", 0, 0), ("rule", 0, 4_999),
        ("finish", 2, 0), ("issue", 0, 0), ("finish", 0, 0), ("correct", 0, 700), ("issue", 0, 0),
        ("pay", 0, 0), ("reopen", 2, 0), ("issue", 0, 0),
    ]  # fmt: skip
    for step in life:
        await books.do(*step)
        await books.check()


SPOILT = {
    "UPDATE pay_statements SET total_fen = total_fen + 1, orders_fen = orders_fen + 1": "is not the sum of its lines",
    "UPDATE pay_statements SET corrections_fen = corrections_fen + 1, orders_fen = orders_fen - 1": "is not the sum",
    "UPDATE pay_statements SET line_count = 9": "is not the sum of its lines",
    "UPDATE pay_statements SET escort_id = 99": "is wrong",
    "UPDATE pay_statement_lines SET live_earning_id = NULL": "is wrong",
    "UPDATE pay_statements SET state = 'withdrawn'": "is wrong",
    "DELETE FROM pay_statements": "is wrong",
    "DELETE FROM pay_statement_lines": "is not the sum of its lines",
    "UPDATE pay_rules SET value = value + 1": "is not what its rule gives",
    "UPDATE orders SET price_fen = price_fen + 100": "is not what its rule gives",
    "DELETE FROM pay_rules": "is not what its rule gives",
    "UPDATE orders SET state = 'serving'": "has not earned its escort what it should",
    "INSERT INTO earnings (escort_id, order_id, kind, reference, amount_fen, base_fen, rule_id, reason, "
    "earned_date, created_at) SELECT escort_id, order_id, kind, 'order:1:7', amount_fen, base_fen, rule_id, reason, "
    "earned_date, created_at FROM earnings": "has not earned its escort what it should",
    "INSERT INTO earnings (escort_id, order_id, kind, reference, amount_fen, base_fen, rule_id, reason, "
    "earned_date, created_at) SELECT escort_id, order_id, 'reversal', 'reversal:1:1', 1 - amount_fen, base_fen, "
    "rule_id, reason, earned_date, created_at FROM earnings": "takes away another amount",
}


@pytest.mark.parametrize("act", SPOILT)
async def test_the_ledgers_self_check_finds_what_does_not_add_up(storage: Storage, act: str) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 3_333, "percent")
    await finished(storage, escort)
    await issue(storage, escort)
    await adds_up(storage)
    async with storage.transaction() as tx:
        await tx.connection.execute(act)
        await tx.commit()
    assert any(SPOILT[act] in problem for problem in await self_check(storage)), await self_check(storage)
    text, code = await ledger_report(storage)
    assert code == 1
    assert SPOILT[act] in text


async def test_the_ledgers_report_tells_what_escorts_earned(storage: Storage) -> None:
    escort = await add_escort(storage, "王芳", 900)
    await rule(storage, 8_000)
    await finished(storage, escort)
    number = (await issue(storage, escort)).id
    await finished(storage, escort, IN_DECEMBER)
    await pay(storage, number)
    text, _ = await ledger_report(storage)
    assert "陪诊员报酬 escorts' pay: 160.00" in text
    assert "在结算单上 on statements: 80.00  其中已付 paid: 80.00  还没有结算 open: 80.00" in text
    assert (await preview(storage, escort, NOVEMBER)).total_fen == 0
