"""The plan of a day, to print and to hand out: a page per escort with who is met when and where."""

from __future__ import annotations

import re
from datetime import date, timedelta

from clock import DAY, shanghai_date
from frozen_dataclasses import frozen
from handlers.admin.formats import day_text
from handlers.admin.labels import HALF, HEARING, MOBILITY
from handlers.admin.page import AdminPage
from orders.escorts.desk import Job, by_hour
from orders.serving import held_half
from privacy import ORDER_CONTACT_PHONE, PATIENT_PHONE, masked_phone
from schemas.admin_arranging import PlanDay
from storage import Reader


@frozen()
class Visit:
    """A line of the plan; ``phone``: masked, or in full when it was revealed."""

    job: Job
    phone: str
    request: str
    """A request of the user that nobody has decided, as its kind."""


@frozen()
class Sheet:
    """What one escort does on the day."""

    escort_id: int
    name: str
    visits: list[Visit]


def text_of(sheet: Sheet, day: str) -> str:
    """The sheet as text, to be sent to its escort: a visit a paragraph."""
    lines = [f"{sheet.name}，{day_text(day)}，{len(sheet.visits)} 单"]
    for number, visit in enumerate(sheet.visits, 1):
        order = visit.job.order
        when = order.visit_time or f"{HALF.get(visit.job.half, '')}（时间待确认）"
        where = " ".join(filter(None, (order.hospital_name, order.campus, order.department)))
        facts = [f"{number}. {when} {order.patient_name}", visit.phone, where]
        facts += [f"见面：{order.meeting_point}"] if order.meeting_point else []
        facts += [MOBILITY.get(order.mobility, ""), HEARING.get(order.hearing, ""), order.service_name]
        facts += [f"要求：{' '.join(order.wishes.split())}"] if order.wishes else []
        lines.append("，".join(filter(None, facts)))
    return "\n".join(lines)


class PlanPage(AdminPage):
    """Shows the plan of a day."""

    section = "runners"
    back = "runners/plan/"

    async def show(self, day: str, *, revealed: bool = False) -> None:
        async with self.services.storage.reading() as reader:
            sheets = await self.sheets(reader, day, revealed=revealed)
            waiting = await reader.order_lists.waiting_by_day(day, day)
        self.render(
            "admin/orders/plan.html",
            day=day,
            sheets=sheets,
            waiting=waiting.get(day, 0),
            revealed=revealed,
            text_of=lambda sheet: text_of(sheet, day),
            now=self.now(),
            earlier=_moved(day, -1),
            later=_moved(day, 1),
        )

    async def sheets(self, reader: Reader, day: str, *, revealed: bool) -> list[Sheet]:
        """By the names of the escorts; their visits by the hour."""
        halves: dict[tuple[int, int], list[str]] = {}
        for booking in await reader.escorts.bookings(day, day):
            halves.setdefault((booking.escort_id, booking.order_id), []).append(booking.half)
        orders = await reader.escort_jobs.some({order_id for _, order_id in halves})
        requests = await reader.refunds.waiting_kinds(set(orders))
        names = {
            escort.id: escort.name
            for escort in await reader.escorts.some({escort_id for escort_id, _ in halves})
        }
        jobs: dict[int, list[Job]] = {}
        for (escort_id, order_id), held in halves.items():
            jobs.setdefault(escort_id, []).append(Job(orders[order_id], held_half(held)))
        sheets = []
        for escort_id, own in jobs.items():
            visits = [
                Visit(job, await self._phone(reader, job, revealed=revealed), requests.get(job.order.id, ""))
                for job in by_hour(own)
            ]
            sheets.append(Sheet(escort_id, names.get(escort_id, ""), visits))
        return sorted(sheets, key=lambda sheet: (sheet.name, sheet.escort_id))

    async def _phone(self, reader: Reader, job: Job, *, revealed: bool) -> str:
        """Whom to call on the day: the contact of the order, else the patient."""
        vault, order = self.services.vault, job.order
        phone = vault.open(order.contact_phone_sealed, ORDER_CONTACT_PHONE)
        patient = None if phone else await reader.patients.get(order.patient_id)
        if patient is not None:
            phone = vault.open(patient.phone_sealed, PATIENT_PHONE)
        return phone if revealed else masked_phone(phone)


def _moved(day: str, days: int) -> str:
    """Another day; at the ends of the calendar the same one."""
    try:
        return (date.fromisoformat(day) + timedelta(days)).isoformat()
    except OverflowError:
        return day


class PlanHandler(PlanPage):
    """The plan of tomorrow, or of another day, with masked phones."""

    async def get(self) -> None:
        await self.show(self._day())

    def _day(self) -> str:
        """The asked-for day, else tomorrow."""
        given = self.query_fields.get("day", "")
        try:
            if re.fullmatch(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}", given):
                return date.fromisoformat(given).isoformat()
        except ValueError:
            """No day of the calendar."""
        return shanghai_date(self.now() + DAY)


class RevealPlanHandler(PlanPage):
    """The plan with the phones in full, to print: an audited act that names every order."""

    async def post(self) -> None:
        day = self.load(PlanDay())["day"]
        async with self.services.storage.transaction() as tx:
            sheets = await self.sheets(tx, day, revealed=False)
            orders = sorted(visit.job.order.id for sheet in sheets for visit in sheet.visits)
            await self.audit(tx, "plan.reveal", ("plan", day), after={"what": "phone", "orders": orders})
            await tx.commit()
        await self.show(day, revealed=True)


routes = [
    (r"/admin/runners/plan/", PlanHandler),
    (r"/admin/runners/plan/reveal/", RevealPlanHandler),
]
