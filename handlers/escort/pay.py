"""What the escort who calls has earned, and their monthly statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.escort.base import EscortHandler
from handlers.operation import operation
from money import amount_text
from orders.escort_pay import months, statements
from orders.escort_pay.statements import StatementNotFound
from schemas.escort_pay import (
    CheckReply,
    OneStatement,
    PayPage,
    PayReply,
    ReceiveReply,
    StatementPage,
    StatementQuestion,
    StatementReply,
    pay_line,
    statement_detail,
    statement_row,
)
from schemas.user import Done
from storage.pay_views import EarningLine

PAGE = 24
LINES = 100


def _open(lines: Sequence[EarningLine]) -> dict[str, Any]:
    return {
        "amount": amount_text(sum(line.earning.amount_fen for line in lines)),
        "count": len(lines),
        "lines": [pay_line(line) for line in reversed(lines[-LINES:])],
    }


class PayHandler(EscortHandler):
    @operation(query=PayPage, reply=PayReply, auth="escort")
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """What the calling escort has earned and is on no statement yet, what of it is held and why, and their
        statements, newest first."""
        async with self.services.storage.reading() as reader:
            found = await reader.pay_statements.of_escort(self.escort.id, given["before"], PAGE + 1)
            waiting = await months.preview(reader, self.escort.id, months.month_of(self.now()))
            shown = found[:PAGE]
            transfers = await reader.transfers.live_of([each.id for each in shown])
        return {
            "open": _open(waiting.included),
            "held": _open(waiting.held),
            "data": [statement_row(each, transfers.get(each.id), self.now()) for each in shown],
            "next": shown[-1].id if len(found) > PAGE else 0,
        }


class StatementHandler(EscortHandler):
    @operation(query=StatementPage, reply=StatementReply, auth="escort", errors=(404,))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """A statement of the calling escort, with its lines, the earliest earning first."""
        async with self.services.storage.reading() as reader:
            statement = await reader.pay_statements.get(given["id"])
            if statement is None or statement.escort_id != self.escort.id:
                raise StatementNotFound
            found = await reader.escort_pay.lines_of(statement.id, given["after"], LINES + 1)
            transfers = await reader.transfers.of_statement(statement.id)
        shown = found[:LINES]
        return {
            "statement": statement_detail(statement, transfers[-1] if transfers else None, self.now()),
            "lines": [pay_line(line, on_statement=True) for line in shown],
            "next": shown[-1].earning.id if len(found) > LINES else 0,
        }


class ConfirmStatementHandler(EscortHandler):
    @operation(body=OneStatement, reply=Done, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """The escort agrees with a statement; once more changes nothing."""
        await self.services.storage.run(
            lambda tx: statements.confirm(tx, given["id"], self.escort.id, self.now())
        )
        return {}


class QuestionStatementHandler(EscortHandler):
    @operation(body=StatementQuestion, reply=Done, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """The escort does not agree with a statement and says why; the same text again changes nothing."""
        await self.services.storage.run(
            lambda tx: statements.question(tx, given["id"], self.escort.id, given["text"], self.now())
        )
        return {}


class ReceiveTransferHandler(EscortHandler):
    @operation(body=OneStatement, reply=ReceiveReply, auth="escort", errors=(409,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """With what the escort's phone opens WeChat's page, on which a statement's transfer is confirmed. Nothing is
        paid by this."""
        found = await self.services.transfers.receive(given["id"], self.escort.id)
        return {"mchId": found.mchid, "appId": found.appid, "package": found.package}


class CheckTransferHandler(EscortHandler):
    @operation(body=OneStatement, reply=CheckReply, auth="escort", errors=(404,))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """WeChat is asked what became of a statement's transfer, at most every three seconds; the statement's state."""
        await self.services.transfers.look(given["id"], self.escort.id)
        async with self.services.storage.reading() as reader:
            statement = await reader.pay_statements.get(given["id"])
        if statement is None or statement.escort_id != self.escort.id:
            raise StatementNotFound
        return {"state": statement.state}


routes = [
    (r"/escort/pay/", PayHandler),
    (r"/escort/statement/", StatementHandler),
    (r"/escort/confirmStatement/", ConfirmStatementHandler),
    (r"/escort/questionStatement/", QuestionStatementHandler),
    (r"/escort/receiveTransfer/", ReceiveTransferHandler),
    (r"/escort/checkTransfer/", CheckTransferHandler),
]
