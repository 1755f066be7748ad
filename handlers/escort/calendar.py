"""The month of the escort who calls, and the half-days on which they do not work."""

from __future__ import annotations

from typing import Any

from handlers.escort.base import EscortHandler
from handlers.operation import operation
from orders.escorts import desk as escort_desk
from orders.escorts import leaves
from orders.escorts.leaves import HalfDays
from schemas.escort import CalendarReply, LeaveChange, LeaveReply, OneMonth, job_row
from storage import Transaction


class CalendarHandler(EscortHandler):
    @operation(query=OneMonth, reply=CalendarReply, auth="escort")
    async def get(self, given: dict[str, Any]) -> dict[str, Any]:
        """The days of a month on which the caller has a job or leave."""
        at, escort_id, month = self.now(), self.escort.id, given["month"]
        first, last = f"{month}-01", f"{month}-31"
        async with self.services.storage.reading() as reader:
            jobs = await escort_desk.jobs_between(reader, escort_id, first, last)
            leave = await reader.leaves.of_escort(escort_id, first, last)
        days: dict[str, dict[str, Any]] = {}
        for day in sorted({job.order.visit_date for job in jobs} | {each.visit_date for each in leave}):
            days[day] = {"day": day, "jobs": [], "leave": []}
        for job in jobs:
            days[job.order.visit_date]["jobs"].append(job_row(job, at))
        for each in leave:
            days[each.visit_date]["leave"].append(each.half)
        return {"days": list(days.values())}


class LeaveHandler(EscortHandler):
    @operation(body=LeaveChange, reply=LeaveReply, auth="escort")
    async def post(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take leave of half a day or a whole one, or give it back. What is booked then stays the caller's until the
        office has decided; ``conflicts`` names it."""
        services, escort_id = self.services, self.escort.id
        when = HalfDays(given["day"], given["half"])

        async def work(tx: Transaction) -> list[int]:
            if given["on"] == "y":
                return await leaves.take(tx, escort_id, when, given["reason"], services.clock)
            return await leaves.give_back(tx, escort_id, when, services.clock)

        return {"conflicts": await services.storage.run(work)}


routes = [
    (r"/escort/calendar/", CalendarHandler),
    (r"/escort/leave/", LeaveHandler),
]
