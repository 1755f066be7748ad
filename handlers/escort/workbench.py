"""The desk of the escort who calls: today, what comes next, invitations, and what is still to be written."""

from __future__ import annotations

from typing import Any

from handlers.escort.base import EscortHandler
from handlers.escort.invitations import open_invitations
from handlers.operation import operation
from orders.escort_pay import statements
from orders.escorts import desk as escort_desk
from orders.escorts import qualifications
from schemas.escort import WorkbenchReply, job_row


class WorkbenchHandler(EscortHandler):
    @operation(reply=WorkbenchReply, auth="escort")
    async def get(self) -> dict[str, Any]:
        """Today's jobs by their hour, the next one, open invitations with the time left, questions that wait, visits
        without a report, statements to check, documents that end soon, and the caller's rating."""
        at, escort_id = self.now(), self.escort.id
        hospitals = (await self.services.catalog.get()).hospitals
        async with self.services.storage.reading() as reader:
            today = await escort_desk.today(reader, escort_id, at, self.services.settings.orders.horizon_days)
            questions = await escort_desk.questions(reader, escort_id)
            reports = await escort_desk.missing_reports(reader, escort_id, at)
            invitations = await open_invitations(reader, escort_id, hospitals, at)
            unanswered = await reader.escort_jobs.count_questions(escort_id)
            to_check = await statements.count_to_check(reader, escort_id)
            documents = await reader.qualifications.of_escort(escort_id)
            record = (await reader.escort_records.of({escort_id})).get(escort_id)
        return {
            "name": self.escort.name,
            "today": [job_row(job, at) for job in today.jobs],
            "next": job_row(today.next, at) if today.next else None,
            "invitations": invitations,
            "unanswered": unanswered,
            "questions": [job_row(job, at) for job in questions],
            "reports": [job_row(job, at) for job in reports],
            "ratings": {
                "stars": record.average if record else "",
                "count": record.ratings if record else 0,
            },
            "statementsToCheck": to_check,
            "documentsWarning": qualifications.warning(
                documents, at, self.services.settings.office.qualification_notice_days
            ),
        }


routes = [(r"/escort/workbench/", WorkbenchHandler)]
