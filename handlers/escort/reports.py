"""The report of a visit as its escort writes it, and what the escort adds and answers below it."""

from __future__ import annotations

from typing import Any

from handlers.escort.base import EscortHandler
from handlers.operation import operation
from orders.sharing import access
from orders.sharing.access import Act
from orders.visits import reports
from orders.visits.jobs import run_once
from orders.visits.reports import Author, Entry
from orders.visits.sealing import open_report
from schemas.escort_visits import (
    Draft,
    DraftReply,
    OwnReportReply,
    ReportAddition,
    ReportAnswer,
    SendReport,
    own_report_row,
)
from schemas.user import Done
from schemas.visits import OneVisit


class ReportHandler(EscortHandler):
    @operation(query=OneVisit, reply=OwnReportReply, auth="escort", errors=(404,))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """The report of the caller's job, draft or sent."""
        async with self.services.storage.reading() as reader:
            found = await access.find(reader, given["id"], self.caller.id, Act.WRITE_RECORD)
            report = await reader.reports.get(found.order.id)
        body = open_report(self.services.vault, report.body_sealed) if report is not None else {}
        return own_report_row(report, body)

    @operation(body=Draft, reply=DraftReply, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Save a draft with the ``version`` that was edited; the answer has the new one. 409 ``report_newer`` when
        another draft has been saved since, ``report_sent`` when it is too late."""
        at, escort_id = self.now(), self.escort.id
        draft = given["body"], given["version"]
        version = await run_once(
            self.services.storage,
            lambda tx: reports.save_draft(tx, self.services.vault, given["id"], escort_id, draft, at),
        )
        return {"version": version}


class SendReportHandler(EscortHandler):
    @operation(body=SendReport, reply=Done, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Send the report to the family: once, and for good."""
        at, escort_id = self.now(), self.escort.id
        await self.services.storage.run(
            lambda tx: reports.send(tx, self.services.vault, given["id"], escort_id, given["version"], at)
        )
        return {}


class EntryHandler(EscortHandler):
    """Common to what is written below a report."""

    def entry(self, given: dict[str, Any]) -> Entry:
        return Entry(Author("escort", self.escort.id), given["action_id"], given["text"])


class AddToReportHandler(EntryHandler):
    @operation(body=ReportAddition, reply=Done, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Add something to a report that has been sent."""
        at, entry = self.now(), self.entry(given)
        await run_once(
            self.services.storage,
            lambda tx: reports.add(tx, self.services.vault, given["id"], entry, at),
        )
        return {}


class AnswerHandler(EntryHandler):
    @operation(body=ReportAnswer, reply=Done, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """ReportAnswer a question of the family."""
        at, entry = self.now(), self.entry(given)
        await run_once(
            self.services.storage,
            lambda tx: reports.answer_as_escort(
                tx, self.services.vault, given["id"], given["question_id"], entry, at
            ),
        )
        return {}


routes = [
    (r"/escort/report/", ReportHandler),
    (r"/escort/sendReport/", SendReportHandler),
    (r"/escort/addToReport/", AddToReportHandler),
    (r"/escort/answerQuestion/", AnswerHandler),
]
