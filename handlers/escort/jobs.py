"""An order as its escort reads it, from acceptance on, and 我会准时到."""

from __future__ import annotations

from typing import Any

from handlers.escort.base import EscortHandler
from handlers.escort.supplements import limits_of
from handlers.operation import operation
from money import amount_text
from orders.escorts.desk import Job
from orders.serving import held_half
from orders.sharing import access
from orders.sharing.access import Act
from orders.supplements.proposing import may_propose
from orders.supplements.reading import proposed_by
from orders.visits import reading, reminders
from orders.visits.steps import nodes_of
from schemas.escort import JobReply, former_job_detail, job_detail
from schemas.escort_visits import job_visit_row
from schemas.supplement import own_supplement_row
from schemas.user import Done, OneId
from storage import Reader
from storage.models import Order


class JobHandler(EscortHandler):
    @operation(query=OneId, reply=JobReply, auth="escort", errors=(404,))
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """The order ``id`` with all that its escort has to know, never an ID number. One who was taken off it reads
        their own steps, and nothing of the patient any more (``former``)."""
        async with self.services.storage.reading() as reader:
            found = await access.find(reader, given["id"], self.caller.id, Act.READ_OWN_STEPS)
            former = not found.may(Act.WRITE_RECORD)
            visit = await reading.read(reader, found.order)
            detail = former_job_detail(found.order) if former else await self._detail(reader, found.order)
            proposed = [] if former else await proposed_by(reader, found.order.id, self.escort.id)
        if not former:
            detail["notesAllowed"] = visit.consent.given
            limits = limits_of(self.services.settings)
            detail["maySupplement"] = may_propose(found.order, limits, self.now())
            detail["supplementMax"] = amount_text(limits.max_fen)
        rows = job_visit_row(visit, self.services.vault, self.escort.id, former=former)
        return {"job": detail, **rows, "supplements": [own_supplement_row(each) for each in proposed]}

    async def _detail(self, reader: Reader, order: Order) -> dict[str, Any]:
        held = [booking.half for booking in await reader.escorts.bookings_of_order(order.id)]
        job = Job(order, held_half(held) or order.half)
        patient = await reader.patients.get(order.patient_id)
        hospital = (await self.services.catalog.get()).hospitals.get(order.hospital_id)
        detail = job_detail(job, patient, hospital, self.services.vault, self.now())
        return {**detail, "nodes": await nodes_of(reader, order)}


class ConfirmJobHandler(EscortHandler):
    @operation(body=OneId, reply=Done, auth="escort", errors=(404, 409))
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """我会准时到: the caller will serve the order ``id`` in time. Repeating it changes nothing."""
        at = self.now()
        await self.services.storage.run(
            lambda tx: reminders.confirm_by_escort(tx, given["id"], self.caller.id, at)
        )
        return {}


routes = [
    (r"/escort/job/", JobHandler),
    (r"/escort/confirmJob/", ConfirmJobHandler),
]
