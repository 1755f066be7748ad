"""The story from its first day to now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from clock import DAY, day_bounds, now_ms, shanghai_date, shanghai_time
from startup.demo import office_work, story, visits
from startup.demo.clock import StoryClock
from startup.demo.phones import Desk
from startup.demo.story import Company, Say

ARRANGED_AHEAD = 2
"""So many days ahead the office has found escorts at the end of a day; on the last days it is behind with that."""


def first_day(days: int) -> str:
    """Where a story of so many days until today begins."""
    return shanghai_date(now_ms() - days * DAY)


async def tell(root: str, clock: StoryClock, office: tuple[Desk, Desk], length: int, say: Say) -> Company:
    """Tell so many days over HTTP, with the clock moved from the first one to now; the company as it is then."""
    company = Company(root, clock, office)
    begin = date.fromisoformat(first_day(length))
    days = [str(begin + timedelta(number)) for number in range(length + 1)]
    say("第 0 天：十二位陪诊员通过审核，顾客注册")
    await company.at(days[0], "08:00")
    await _log_in(company)
    await story.hire(company)
    await story.welcome(company)
    await office_work.prepare(company, days[0])
    for number, day in enumerate(days):
        await _one_day(company, day, last=number >= length - 1)
        done = len([each for each in company.orders if each.over])
        say(f"第 {number + 1}/{len(days)} 天（{day}）：共 {len(company.orders)} 个订单，完成或结束 {done} 个")
    clock.catch_up()
    if days[0][:7] < days[-1][:7]:
        await _log_in(company)
        await office_work.pay_escorts(company, days[0][:7])
    return company


async def _log_in(company: Company) -> None:
    await company.owner.log_in()
    await company.clerk.log_in()


async def _one_day(company: Company, day: str, *, last: bool) -> None:
    """The hours of a day; of today only those that have begun."""
    ahead = 0 if last else ARRANGED_AHEAD
    until = str(date.fromisoformat(day) + timedelta(ahead))
    chapters: tuple[tuple[str, Callable[[], Awaitable[None]]], ...] = (
        ("07:30", lambda: _log_in(company)),
        ("07:50", lambda: visits.set_out(company, day, "am")),
        ("08:40", lambda: visits.meet(company, day, "am")),
        ("09:30", lambda: story.order(company, day, company.chance.randint(5, 8))),
        ("10:20", lambda: _log_in(company)),
        ("10:30", lambda: office_work.take_cash(company, day)),
        ("10:45", lambda: company.note_refusal(office_work.take_a_call(company, day))),
        ("11:50", lambda: visits.finish(company, day, "am")),
        ("12:00", lambda: _log_in(company)),
        ("12:05", lambda: _reconcile(company, day)),
        ("13:10", lambda: visits.set_out(company, day, "pm")),
        ("14:10", lambda: visits.meet(company, day, "pm")),
        ("16:50", lambda: visits.finish(company, day, "pm")),
        ("17:00", lambda: _log_in(company)),
        ("17:30", lambda: story.order(company, day, company.chance.randint(4, 7))),
        ("17:40", lambda: visits.cancel_some(company, day)),
        ("17:50", lambda: office_work.decide_about_supplements(company)),
        ("18:30", lambda: company.note_refusal(office_work.complain(company, day))),
        ("18:40", lambda: company.note_refusal(office_work.invoice(company, day))),
        ("18:00", lambda: story.arrange(company, until)),
        ("20:00", lambda: visits.rate(company, day)),
    )
    for time, chapter in chapters:
        if _has_come(day, time):
            await company.at(day, time)
            await chapter()


def _has_come(day: str, time: str) -> bool:
    return f"{day} {time}:00" <= shanghai_time(now_ms())


async def _reconcile(company: Company, day: str) -> None:
    """The bill of the day before is compared, as the daily job does it after ten."""
    before = shanghai_date(day_bounds(day)[0] - DAY)
    if any(each.paid_on <= before for each in company.orders if each.paid):
        await company.owner.act("reconcile/", {"day": before})
