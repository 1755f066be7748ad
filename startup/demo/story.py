"""Three weeks of a company with twelve escorts: who orders, who comes, what goes wrong, day by day."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx
from PIL import Image, ImageDraw

from clock import HOUR, MINUTE, day_bounds
from startup.demo.clock import StoryClock
from startup.demo.people import INTRODUCTIONS, WISHES, Customer, People
from startup.demo.phones import Desk, Phone, Refusal

CUSTOMERS = 70
ESCORTS = 12
AT_ONCE = 6
TIMES = ("08:00", "08:30", "08:30", "09:00", "09:30", "10:00", "13:30", "14:00", "14:30", "15:00")
Say = Callable[[str], None]


@dataclass
class Escort:
    phone: Phone
    name: str
    id: int = 0
    busy: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class Booked:
    """An order of the story, as its phone knows it."""

    id: int
    customer: Customer
    phone: Phone
    patient: str
    hospital: str
    day: str
    time: str
    paid_on: str = ""
    """The day on which it was paid; empty: it was not."""
    escort: Escort | None = None
    over: bool = False
    served: bool = False
    by_phone: bool = False
    """Its customer has no mini-program: nothing is done on ``phone``."""

    @property
    def paid(self) -> bool:
        return bool(self.paid_on)

    @property
    def halves(self) -> tuple[str, ...]:
        return ("am",) if self.time < "12:00" else ("pm",)

    @property
    def begins_at(self) -> int:
        hours, minutes = map(int, self.time.split(":"))
        return day_bounds(self.day)[0] + hours * HOUR + minutes * MINUTE


class Company:
    """Everything that the chapters of the story work with."""

    def __init__(self, root: str, clock: StoryClock, office: tuple[Desk, Desk]) -> None:
        self.http = httpx.AsyncClient(base_url=root, trust_env=False, timeout=30)
        self.clock = clock
        self.owner, self.clerk = office
        self.people = People()
        self.chance = self.people.chance
        self.escorts: list[Escort] = []
        self.customers: list[Customer] = []
        self.phones: dict[str, Phone] = {}
        self.orders: list[Booked] = []
        self.proposals: list[tuple[Booked, int]] = []
        """Supplements that the office has not decided about: the order, and the supplement's number."""
        self.catalog: dict[str, Any] = {}
        self.refused: list[str] = []
        """What the server did not do, for the end of the story: a made-up day may be full."""

    async def close(self) -> None:
        await self.http.aclose()

    def served_on(self, day: str) -> list[Booked]:
        """The visits of a day that took place, of families with the mini-program."""
        return [each for each in self.orders if each.served and each.day == day and not each.by_phone]

    def phone(self, login: str) -> Phone:
        return self.phones.setdefault(login, Phone(self.http, login))

    async def at(self, day: str, time: str) -> None:
        """It is this time of this day now. What WeChat was about to say has been said: a notification that is hours old
        when it arrives is refused."""
        for _ in range(60):
            pending = {"state": "pending", "limit": "1"}
            if not (await self.http.get("sandbox/notifications/", params=pending)).json()["total"]:
                break
            await asyncio.sleep(0.05)
        hours, minutes = map(int, time.split(":"))
        self.clock.set_to(day_bounds(day)[0] + hours * HOUR + minutes * MINUTE)

    async def all(self, works: Iterable[Awaitable[None]]) -> None:
        """Some at once. What is refused does not stop the others."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(work: Awaitable[None]) -> None:
            async with slots:
                await self.note_refusal(work)

        await asyncio.gather(*(one(work) for work in works))

    async def note_refusal(self, work: Awaitable[None]) -> None:
        """Wait for one act; what is refused is noted in ``refused``, and the story goes on."""
        try:
            await work
        except Refusal as error:
            self.refused.append(str(error))

    def picture(self, words: str, size: tuple[int, int] = (640, 480)) -> bytes:
        """A made-up photo: a coloured sheet with a word on it."""
        colour = tuple(self.chance.randint(120, 220) for _ in range(3))
        sheet = Image.new("RGB", size, colour)
        ImageDraw.Draw(sheet).text((size[0] // 4, size[1] // 2), words, fill="white")
        buffer = io.BytesIO()
        sheet.save(buffer, "JPEG", quality=80)
        return buffer.getvalue()


async def hire(company: Company) -> None:
    """Twelve escorts apply, are approved, and tell about themselves."""
    people, desk = company.people, company.owner

    async def one(number: int, name: str) -> None:
        phone = company.phone(f"escort{number}")
        await phone.post("user/apply2be1caregiver/", name=name, phone=people.phone())
        escort = Escort(phone, name)
        company.escorts.append(escort)

    for number, name in enumerate(people.escort_names(ESCORTS), 1):
        await one(number, name)
    listed = await desk.page("runners/?state=pending")
    for escort in company.escorts:
        escort.id = _number_before(listed, escort)
    for escort in company.escorts:
        page = f"runners/{escort.id}/"
        await desk.act(f"{page}approve/", on=page)
        told = {"introduction": company.chance.choice(INTRODUCTIONS), "years": company.chance.randint(2, 12)}
        await escort.phone.post("escort/profile/", **told, shown="y")
        await desk.act(f"{page}profile/approve/", on=page)
        await desk.act(f"{page}verify/", on=page)


def _number_before(page: str, escort: Escort) -> int:
    """The escort's number: the link around the name in the list."""
    before = page.partition(f">{escort.name}<")[0]
    number = int(before.rpartition("runners/")[2].partition("/")[0])
    if not before:
        raise Refusal(f"{escort.name} is not in the list")
    return number


async def welcome(company: Company) -> None:
    """The customers enter with their patients."""
    company.catalog = (await company.http.get("catalog/")).json()
    company.customers = [company.people.customer(number) for number in range(1, CUSTOMERS + 1)]

    async def one(customer: Customer) -> None:
        phone = company.phone(customer.login)
        await phone.post("user/setAvatarAndNickname/", avatarURL="", nickname=customer.nickname)
        for patient in customer.patients:
            patient.id = int((await phone.post("user/add1friend/", **patient.form))["id"])

    await company.all(one(each) for each in company.customers)


async def order(company: Company, today: str, count: int) -> None:
    """So many orders of this day, for the next days; a few are never paid."""
    chance = company.chance
    services = [each for each in company.catalog["services"] if each["takes"] == "half"]
    hospitals = company.catalog["hospitals"]
    wanted = []
    for _ in range(count):
        customer = chance.choice(company.customers)
        patient, hospital = chance.choice(customer.patients), chance.choice(hospitals[:8])
        day = str(date.fromisoformat(today) + timedelta(chance.choice((1, 1, 1, 2, 2, 3, 4))))
        form = {
            "hospitalId": hospital["id"],
            "hospitalCustom": "",
            "department": chance.choice(hospital["departments"] or ["内科"]),
            "wantTime": day,
            "visitTime": chance.choice(TIMES),
            "serviceId": chance.choice(services)["id"],
            "friendid": patient.id,
            "more": chance.choice(WISHES),
            "meetingPoint": chance.choice(hospital["meetingPoints"] or [""]),
            "appointment": "registered",
            "mobility": chance.choice(("independent", "independent", "cane", "wheelchair")),
            "hearing": chance.choice(("good", "good", "impaired")),
        }
        wanted.append((customer, patient.name, hospital["name"], form, chance.random() < 0.94))

    async def one(customer: Customer, patient: str, hospital: str, form: dict[str, Any], pays: bool) -> None:
        phone = company.phone(customer.login)
        placed = await phone.post("user/create1order/", **form)
        booked = Booked(
            int(placed["id"]), customer, phone, patient, hospital, form["wantTime"], form["visitTime"]
        )
        if any(known.id == booked.id for known in company.orders):
            return  # the same patient's unpaid order was changed
        company.orders.append(booked)
        if pays:
            await phone.pay(placed["payment"])
            booked.paid_on = today
            await until_paid(booked)

    async def one_after_the_other(of_customer: list[tuple[Any, ...]]) -> None:
        for each in of_customer:
            await one(*each)

    groups: dict[str, list[tuple[Any, ...]]] = {}
    for each in wanted:
        groups.setdefault(each[0].login, []).append(each)
    await company.all(one_after_the_other(group) for group in groups.values())


async def until_paid(booked: Booked) -> None:
    """Opening the order asks WeChat when its notification is late."""
    for _ in range(40):
        found = (await booked.phone.get("user/getOrder/", id=booked.id))["order"]
        if found["progress"] != "待付款":
            break
        await asyncio.sleep(0.05)
    consent = (await booked.phone.get("user/getVisit/", id=booked.id))["consent"]
    if consent["askNow"]:
        await booked.phone.post("user/giveVisitConsent/", version=consent["version"], agree="y")


async def arrange(company: Company, until_day: str) -> None:
    """The clerk gives the orders of the next days to escorts who are free."""
    for booked in sorted(company.orders, key=lambda each: each.begins_at):
        if not booked.paid or booked.escort or booked.over or booked.day > until_day:
            continue
        free = [
            each
            for each in company.escorts
            if all((booked.day, half) not in each.busy for half in booked.halves)
        ]
        if not free:
            continue
        escort = company.chance.choice(free)
        path = f"orders/{booked.id}/"
        try:
            half = booked.halves[0]
            await company.clerk.act(f"{path}assign/", {"escort_id": escort.id, "half": half})
        except Refusal as error:
            company.refused.append(str(error))
            continue
        booked.escort = escort
        escort.busy |= {(booked.day, half) for half in booked.halves}
