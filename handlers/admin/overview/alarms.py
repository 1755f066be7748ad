"""Notifications of WeChat that could not be verified: how many a day, why, and what to do."""

from __future__ import annotations

from clock import DAY, shanghai_date
from handlers.admin.overview.alarm_reasons import reason_and_advice
from handlers.admin.page import AdminPage
from schemas.admin import SeenAlarm
from storage import Transaction

SHOWN_DAYS = 30
COUNTED_DAYS = 7
"""So many days back the overview counts what was not looked at."""


def first_counted_day(at: int) -> str:
    return shanghai_date(at - (COUNTED_DAYS - 1) * DAY)


class AlarmsHandler(AdminPage):
    """The refused notifications of the last thirty days, by day and reason."""

    section = "overview"

    async def get(self) -> None:
        at = self.now()
        async with self.services.storage.reading() as reader:
            alarms = await reader.alarms.since(shanghai_date(at - SHOWN_DAYS * DAY))
        self.render("admin/overview/alarms.html", alarms=alarms, reason_and_advice=reason_and_advice)


class SeenHandler(AdminPage):
    """Mark those that the page showed as seen: what comes after them is counted on the overview again."""

    back = "alarms/"

    async def post(self) -> None:
        seen = self.load(SeenAlarm())

        async def mark(tx: Transaction) -> None:
            if await tx.alarms.mark_seen(seen["day"], seen["event"], seen["reason"], seen["count"]):
                after = {"reason": reason_and_advice(seen["reason"])[0], "count": seen["count"]}
                await self.audit(tx, "alarm.seen", ("alarm", seen["day"]), after=after)

        await self.services.storage.run(mark)
        self.redirect_done("alarms/", "alarm-seen")


routes = [(r"/admin/alarms/", AlarmsHandler), (r"/admin/alarms/seen/", SeenHandler)]
