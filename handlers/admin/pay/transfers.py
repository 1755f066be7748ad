"""A statement is paid through WeChat: started with the password, asked about, cancelled, given up, and decided about
where WeChat does not tell what became of it. Owners alone."""

from __future__ import annotations

from typing import Any

from handlers.admin.pay.statements import StatementPage
from handlers.errors import ApiError
from money import amount_text
from orders.escort_pay.rules import PayInput
from orders.escort_pay.statements import StatementNotFound
from payment.transfers.deciding import Decision
from payment.transfers.problems import TransferNotFound
from payment.transfers.starting import Start
from refusals import Refused
from schemas.admin_pay import TransferNotPaid, TransferPaid
from storage import Transaction
from storage.models import PayTransfer, TransferState
from wechat.message_facts import month_text


class StartHandler(StatementPage):
    async def post(self, statement_id: str) -> None:
        number, seen = int(statement_id), self.shown_fingerprint()
        self.back = f"pay/statements/{number}/"
        async with self.services.storage.reading() as reader:
            statement = await reader.pay_statements.get(number)
            escort = await reader.escorts.get(statement.escort_id) if statement else None
        if statement is None:
            raise StatementNotFound
        name = escort.name if escort else ""
        act = f"用微信付给 {name} {month_text(statement.month)}的报酬 {amount_text(statement.total_fen)}"
        if not await self.confirmed(act):
            return

        async def note(tx: Transaction, transfer: PayTransfer) -> None:
            about = {"escort": transfer.escort_id, "amount_fen": transfer.amount_fen}
            after = {**about, "out_bill_no": transfer.out_bill_no}
            await self.audit(tx, "pay.transfer", ("statement", number), after=after)

        try:
            state = await self.services.transfers.start(Start(number, seen, self.caller.id), note)
        except (ApiError, Refused) as error:
            await self.show(number, self.form_error(error).for_staff)
            return
        self.redirect_done(
            self.back, "transfer-doubtful" if state == TransferState.CREATED else "transfer-started"
        )


class TransferAct(StatementPage):
    """What an owner does about a transfer that is under way."""

    act = ""

    async def find(self, transfer_id: str) -> PayTransfer:
        async with self.services.storage.reading() as reader:
            transfer = await reader.transfers.get(int(transfer_id))
        if transfer is None:
            raise TransferNotFound
        self.back = f"pay/statements/{transfer.statement_id}/"
        return transfer

    async def post(self, transfer_id: str) -> None:
        transfer = await self.find(transfer_id)

        async def note(tx: Transaction, fresh: PayTransfer) -> None:
            facts: dict[str, Any] = {"amount_fen": fresh.amount_fen, "out_bill_no": fresh.out_bill_no}
            await self.audit(tx, f"pay.{self.act}", ("statement", fresh.statement_id), after=facts)

        try:
            done = await self.work(transfer.id, note)
        except Refused as error:
            await self.show(transfer.statement_id, self.form_error(error).for_staff)
        else:
            self.redirect_done(self.back, done)

    async def work(self, transfer_id: int, note: Any) -> str:
        """Do it; the key of what the page says then."""
        raise NotImplementedError


class AskHandler(TransferAct):
    act = "transfer_ask"

    async def work(self, transfer_id: int, note: Any) -> str:
        await self.services.transfers.ask(transfer_id, note)
        return "transfer-asked"


class CancelHandler(TransferAct):
    act = "transfer_cancel"

    async def work(self, transfer_id: int, note: Any) -> str:
        state = await self.services.transfers.cancel(transfer_id, self.caller.id, note)
        return "transfer-cancelled" if state == TransferState.CANCELLED else "transfer-cancelling"


class GiveUpHandler(TransferAct):
    act = "transfer_give_up"

    async def work(self, transfer_id: int, note: Any) -> str:
        await self.services.transfers.give_up(transfer_id, note)
        return "transfer-given-up"


class DecideHandler(TransferAct):
    """How a transfer has ended of which WeChat does not tell: paid (with a day and a proof), or not paid (with a
    reason). Two forms, of which that for 没有付成 has no day."""

    act = "transfer_decide"

    async def post(self, transfer_id: str, outcome: str) -> None:
        transfer = await self.find(transfer_id)
        seen = self.shown_fingerprint()
        try:
            given = self.load(TransferPaid() if outcome == "paid" else TransferNotPaid())
        except ApiError as error:
            await self.show(transfer.statement_id, self.form_error(error).for_staff, self.body_fields)
            return
        decision = Decision(transfer.id, seen, self.caller.id, given.get("day", ""), given["note"])
        said = f"已经在 {decision.day} 付给本人" if decision.day else "没有付成，结算单可以重新付款"
        if not await self.confirmed(f"记录：{amount_text(transfer.amount_fen)} 的微信转账{said}。不能撤回"):
            return
        await self.carry_out(transfer, outcome, decision)

    async def carry_out(self, transfer: PayTransfer, outcome: str, decision: Decision) -> None:
        async def note(tx: Transaction, fresh: PayTransfer) -> None:
            facts = {"amount_fen": fresh.amount_fen, "out_bill_no": fresh.out_bill_no, "day": decision.day}
            after = {"outcome": outcome, **facts, "note": decision.note}
            await self.audit(tx, f"pay.{self.act}", ("statement", fresh.statement_id), after=after)

        try:
            await self.services.transfers.decide(decision, note)
        except (PayInput, Refused) as error:
            await self.show(transfer.statement_id, self.form_error(error).for_staff, self.body_fields)
        else:
            self.redirect_done(self.back, f"transfer-decided-{outcome}")


TRANSFER = r"/admin/pay/transfers/([0-9]{1,18})"
routes = [
    (r"/admin/pay/statements/([0-9]{1,18})/transfer/", StartHandler),
    (rf"{TRANSFER}/ask/", AskHandler),
    (rf"{TRANSFER}/cancel/", CancelHandler),
    (rf"{TRANSFER}/give-up/", GiveUpHandler),
    (rf"{TRANSFER}/decide/(paid|unpaid)/", DecideHandler),
]
