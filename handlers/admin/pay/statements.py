"""A monthly statement: its lines, its questions and answers, the payment; to be printed, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from clock import shanghai_date
from handlers.admin.money.failure_messages import failure_message
from handlers.admin.pay.base import ERASED, READERS, PayPage
from handlers.admin.pay.transfer_words import TRANSFER_STATE, TRANSFER_TONE, fail_text
from handlers.errors import ApiError
from orders.escort_pay import statements
from orders.escort_pay.statements import BankPayment, StatementNotFound, mark_of, said
from payment.transfers.deciding import MAX_NOTE_LENGTH, may_be_decided
from payment.transfers.deciding import mark_of as transfer_mark
from refusals import Refused
from schemas.admin_pay import BankTransfer, StatementAnswer
from storage import Transaction
from storage.models import PayStatement

PAGE = 200
MAX_CASES = 20
Moved = tuple[PayStatement, PayStatement]


class StatementPage(PayPage):
    template = "admin/pay/statement.html"
    page_size = PAGE

    async def show(self, statement_id: int, error: str = "", typed: dict[str, Any] | None = None) -> None:
        after = self.page_number("after") or 0
        async with self.services.storage.reading() as reader:
            statement = await reader.pay_statements.get(statement_id)
            if statement is None:
                raise StatementNotFound
            escort = await reader.escorts.get(statement.escort_id)
            found = await reader.escort_pay.lines_of(statement.id, after, self.page_size + 1)
            staff = {admin.id: admin.name for admin in await reader.administrators.all()}
            transfers = await reader.transfers.of_statement(statement.id)
            why_not = await self.services.transfers.why_not(reader, statement)
            live = next((each for each in transfers if each.live_statement_id), None)
            undecided = live is not None and await may_be_decided(reader, live, self.now())
            cases = await reader.finance.cases_about({live.out_bill_no} if live else set(), MAX_CASES)
        lines = found[: self.page_size]
        self.render(
            self.template,
            statement=statement,
            escort_name=(escort.name if escort else "") or ERASED,
            lines=lines,
            next_after=lines[-1].earning.id if len(found) > self.page_size else 0,
            first_page=not after,
            staff=staff,
            mark=mark_of(statement),
            questions=said(statement.question),
            answers=said(statement.answer),
            payable=statement.state in statements.PAYABLE,
            transfers=transfers,
            live_transfer=live,
            transfer_mark=transfer_mark(live) if live else "",
            may_be_decided=undecided,
            transfer_cases=[case for case in cases if case.state == "open"],
            max_note=MAX_NOTE_LENGTH,
            transfers_on=self.services.transfers.is_on,
            why_no_transfer=why_not,
            transfer_state=TRANSFER_STATE,
            transfer_tone=TRANSFER_TONE,
            fail_text=fail_text,
            failure_message=failure_message,
            withdrawable=statement.state in statements.WITHDRAWABLE,
            today=shanghai_date(self.now()),
            issued_day=shanghai_date(statement.issued_at),
            now=self.now(),
            error=error,
            typed=typed or {},
        )


class StatementHandler(StatementPage):
    open_to_accountants = READERS

    async def get(self, statement_id: str) -> None:
        await self.show(int(statement_id))


class PrintHandler(StatementPage):
    """The same as a plain page, with all lines."""

    open_to_accountants = READERS
    template = "admin/pay/print.html"
    page_size = 5_000

    async def get(self, statement_id: str) -> None:
        await self.show(int(statement_id))


class StatementAct(StatementPage):
    """What an owner decides about a statement that the page has shown."""

    async def act(
        self, statement_id: str, name: str, work: Callable[[Transaction, str], Awaitable[Moved]], **more: Any
    ) -> bool:
        """Do it and write it down; False when it was refused, and the page is shown with the reason."""
        self.back = f"pay/statements/{int(statement_id)}/"
        seen = self.shown_fingerprint()

        async def run(tx: Transaction) -> None:
            before, after = await work(tx, seen)
            about = {"month": after.month, "escort": after.escort_id, "amount_fen": after.total_fen}
            facts = {"state": after.state, **about, **more}
            await self.audit(tx, f"pay.{name}", ("statement", after.id), {"state": before.state}, facts)

        try:
            await self.services.storage.run(run)
        except Refused as error:
            await self.again(statement_id, error)
            return False
        return True

    async def again(self, statement_id: str, error: Exception) -> None:
        await self.show(int(statement_id), self.form_error(error).for_staff, self.body_fields)


class AnswerHandler(StatementAct):
    async def post(self, statement_id: str) -> None:
        number = int(statement_id)
        try:
            text = self.load(StatementAnswer())["text"]
        except ApiError as error:
            await self.again(statement_id, error)
            return
        if await self.act(
            statement_id, "answer", lambda tx, seen: statements.answer(tx, number, text, seen, self.now())
        ):
            self.redirect_done(self.back, "statement-answered")


class WithdrawHandler(StatementAct):
    async def post(self, statement_id: str) -> None:
        number = int(statement_id)
        if await self.act(
            statement_id, "withdraw", lambda tx, seen: statements.withdraw(tx, number, seen, self.now())
        ):
            self.redirect_done(self.back, "statement-withdrawn")


class PaidHandler(StatementAct):
    async def post(self, statement_id: str) -> None:
        number = int(statement_id)
        try:
            given = self.load(BankTransfer())
        except ApiError as error:
            await self.again(statement_id, error)
            return
        payment = BankPayment(given["day"], given["reference"], self.caller.id)
        if await self.act(
            statement_id,
            "paid",
            lambda tx, seen: statements.mark_paid(tx, number, payment, seen, self.now()),
            reference=payment.reference,
        ):
            self.redirect_done(self.back, "statement-paid")


STATEMENT = r"/admin/pay/statements/([0-9]{1,18})"
routes = [
    (rf"{STATEMENT}/", StatementHandler),
    (rf"{STATEMENT}/print/", PrintHandler),
    (rf"{STATEMENT}/answer/", AnswerHandler),
    (rf"{STATEMENT}/withdraw/", WithdrawHandler),
    (rf"{STATEMENT}/paid/", PaidHandler),
]
