"""A month of escorts' pay: what each has earned, what is held, and their statements; issuing several in one act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from frozen_dataclasses import frozen
from handlers.admin.orders.inviting import ticked
from handlers.admin.pay.base import READERS, PayPage
from handlers.errors import ApiError
from orders.escort_pay import months, rules, statements
from refusals import Refused
from schemas.admin_pay import OneMonth
from storage import Reader, Transaction
from storage.models import PayStatement, StatementState
from storage.pay_views import OpenSum

MAX_AT_ONCE = 200


@frozen()
class Row:
    """An escort of a month. ``statement``: the one that is not withdrawn."""

    escort_id: int
    name: str
    ready: OpenSum | None = None
    held: OpenSum | None = None
    statement: PayStatement | None = None

    @property
    def mark(self) -> str:
        """What the form carries of what would be on the statement, as ``Preview.mark`` says it."""
        if self.ready is None:
            return months.basis(0, 0, 0)
        return months.basis(self.ready.count, self.ready.total_fen, self.ready.id_sum)

    @property
    def issuable(self) -> bool:
        return self.statement is None and self.ready is not None and self.ready.total_fen >= 0


def _by_escort(sums: Sequence[OpenSum], made: Sequence[PayStatement], names: dict[int, str]) -> list[Row]:
    rows = {escort_id: Row(escort_id, name) for escort_id, name in names.items()}
    for each in sums:
        row = rows[each.escort_id]
        rows[each.escort_id] = replace(row, held=each) if each.held else replace(row, ready=each)
    for statement in made:
        if statement.state != StatementState.WITHDRAWN:
            rows[statement.escort_id] = replace(rows[statement.escort_id], statement=statement)
    return sorted(rows.values(), key=lambda row: (row.name, row.escort_id))


async def rows_of(reader: Reader, month: str) -> list[Row]:
    """Every escort who has something to be paid, held, or on a statement of the month."""
    sums = await reader.escort_pay.open_sums(months.last_day(month))
    made = await reader.pay_statements.of_month(month)
    concerned = {each.escort_id for each in sums} | {each.escort_id for each in made}
    return _by_escort(sums, made, await PayPage.escort_names(reader, concerned))


class MonthHandler(PayPage):
    """The escorts of a month, and what waits: questions, and finished orders without pay."""

    open_to_accountants = READERS

    async def get(self) -> None:
        month, at = self.asked_month(), self.now()
        async with self.services.storage.reading() as reader:
            rows = await rows_of(reader, month)
            questioned = await reader.pay_statements.questioned()
            names = await self.escort_names(reader, {each.escort_id for each in questioned})
            first_day = rules.first_day(await reader.escort_pay.all_rules())
            without = await reader.escort_pay.count_without_pay(first_day) if first_day else 0
        self.render(
            "admin/pay/month.html",
            month=month,
            rows=rows,
            over=months.is_over(month, at),
            begun=month <= months.month_of(at),
            before=months.month_before(month),
            after=months.month_after(month) if month < months.month_of(at) else "",
            questioned=[(each, names[each.escort_id]) for each in questioned],
            has_rules=bool(first_day),
            without=without,
        )


@frozen()
class Result:
    """What became of one escort's statement."""

    escort_id: int
    name: str
    done: bool
    words: str
    statement_id: int = 0


class IssueHandler(PayPage):
    """Issue the statements of the ticked escorts: one transaction and one result each."""

    many_fields = True

    async def post(self) -> None:
        month = self.load(OneMonth())["month"]
        chosen = ticked(self.body_fields, "escort_")
        if not chosen:
            raise ApiError(400, "nothing_ticked", "还没有勾选陪诊员：请先在列表里勾选")
        if len(chosen) > MAX_AT_ONCE:
            raise ApiError(400, "too_many_ticked", f"一次最多出 {MAX_AT_ONCE} 张结算单")
        marks = {escort_id: self.shown_fingerprint(f"seen_{escort_id}") for escort_id in chosen}
        async with self.services.storage.reading() as reader:
            names = await self.escort_names(reader, set(chosen))
        results = [
            await self._one(escort_id, names[escort_id], month, marks[escort_id]) for escort_id in chosen
        ]
        if len(results) == 1 and results[0].done:
            self.redirect_done(f"pay/statements/{results[0].statement_id}/", "statement-issued")
            return
        self.render("admin/pay/issued.html", month=month, results=results)

    async def _one(self, escort_id: int, name: str, month: str, seen: str) -> Result:
        async def run(tx: Transaction) -> PayStatement:
            issued = await statements.issue(tx, escort_id, month, seen, self.caller.id, self.now())
            after = {"month": month, "amount_fen": issued.total_fen, "rows": issued.line_count}
            await self.audit(tx, "pay.issue", ("statement", issued.id), after={"escort": escort_id, **after})
            return issued

        try:
            issued = await self.services.storage.run(run)
        except Refused as error:
            return Result(escort_id, name, False, error.message)
        return Result(escort_id, name, True, f"{issued.line_count} 笔", issued.id)


routes = [
    (r"/admin/pay/", MonthHandler),
    (r"/admin/pay/issue/", IssueHandler),
]
