"""A day's visits, as escorts and families live them, and what follows: reports, ratings, requests."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from startup.demo.people import COMMENTS
from startup.demo.phones import Refusal, action_id
from startup.demo.story import Booked, Company

TAGS = ("准时", "耐心", "专业", "沟通清楚")
SUPPLEMENTS = (
    ("overtime", "80", "检查排队，多陪了两个小时"),
    ("overtime", "40", "取药窗口排队，多陪了一个小时"),
    ("outlay", "36.50", "代付打印检查单和复印病历"),
    ("outlay", "128", "代付核磁共振的押金差额"),
)
DOCTORS = (
    "血压控制得不错，药照旧吃，三个月后复查",
    "是轻度胃炎，注意饮食，先吃两周药再看",
    "膝关节退变，少爬楼，做理疗，一个月后复查",
)


def of_day(company: Company, day: str, half: str) -> list[Booked]:
    """The visits of a half-day that take place."""
    return [
        each
        for each in company.orders
        if each.day == day and half in each.halves and each.escort is not None and not each.over
    ]


async def _step(booked: Booked, kind: str, **more: Any) -> None:
    assert booked.escort is not None
    await booked.escort.phone.post("escort/step/", id=booked.id, actionId=action_id(), kind=kind, **more)


async def set_out(company: Company, day: str, half: str) -> None:
    async def one(booked: Booked) -> None:
        await _step(booked, "departed")
        await _step(booked, "arrived")

    await company.all(one(each) for each in of_day(company, day, half))


async def meet(company: Company, day: str, half: str) -> None:
    async def one(booked: Booked) -> None:
        await _step(booked, "met", note="已接到，精神不错")
        job = (await booked.escort.phone.get("escort/job/", id=booked.id))["job"]  # type: ignore[union-attr]
        for node in job["nodes"][:3]:
            await _step(booked, "node", node=node)

    await company.all(one(each) for each in of_day(company, day, half))


async def finish(company: Company, day: str, half: str) -> None:
    """Most visits end with a report; one now and then is forgotten."""

    async def one(booked: Booked) -> None:
        escort = booked.escort
        assert escort is not None
        await _step(booked, "parted", note="已送上车")
        if not booked.by_phone:  # without the customer's consent there is no report
            if company.chance.random() < 0.9:
                await _report(company, booked, day)
            if company.chance.random() < 0.1:
                await _propose_supplement(company, booked)
        await _step(booked, "done")
        booked.over = booked.served = True

    await company.all(one(each) for each in of_day(company, day, half))


async def _propose_supplement(company: Company, booked: Booked) -> None:
    """It took longer, or the escort has paid for something."""
    assert booked.escort is not None
    kind, amount, reason = company.chance.choice(SUPPLEMENTS)
    phone, action = booked.escort.phone, action_id()
    given = {"id": booked.id, "actionId": action, "kind": kind, "amount": amount, "reason": reason}
    proposed = await phone.post("escort/supplement/", **given)
    if kind == "outlay":
        address = f"escort/supplementReceipt/?id={booked.id}&actionId={action}"
        await phone.upload(address, "file", company.picture(f"{amount} CNY"))
    company.proposals.append((booked, int(proposed["id"])))


async def _report(company: Company, booked: Booked, day: str) -> None:
    chance, escort = company.chance, booked.escort
    assert escort is not None
    body = {
        "doctor": chance.choice(DOCTORS),
        "examinations": [{"name": "血常规", "resultOn": day}],
        "medicines": [{"name": "阿司匹林", "use": "每天早饭后一片"}],
        "nextVisit": {"day": str(date.fromisoformat(day) + timedelta(30)), "note": "带上这次的化验单"},
        "papers": ["病历本", "检查单"],
        "outlays": [],
        "summary": "一切顺利",
    }
    given = {"id": booked.id, "body": json.dumps(body, ensure_ascii=False), "version": 0}
    version = (await escort.phone.post("escort/report/", **given))["version"]
    await escort.phone.post("escort/sendReport/", id=booked.id, version=version)


async def rate(company: Company, day: str) -> None:
    """Two families of three rate what is over."""

    async def one(booked: Booked) -> None:
        chance = company.chance
        stars = chance.choices((5, 4, 3, 2), (70, 22, 5, 3))[0]
        tags = chance.sample(TAGS, 2) if stars > 3 else []
        await booked.phone.opens()
        await booked.phone.post(
            "user/rate1order/", id=booked.id, stars=stars, comment=chance.choice(COMMENTS[stars]), tags=tags
        )

    await company.all(one(each) for each in company.served_on(day) if company.chance.random() < 0.67)


async def cancel_some(company: Company, today: str) -> None:
    """One order or two that are to come are cancelled by their users; the office approves most of it at once."""
    coming = [
        each
        for each in company.orders
        if each.paid and not each.over and not each.by_phone and each.day > today
    ]
    for booked in company.chance.sample(coming, min(len(coming), company.chance.choice((0, 1, 1, 2)))):
        try:
            amount = (await booked.phone.get("user/getOrder/", id=booked.id))["refund"]["amount"]
            await booked.phone.post(
                "user/refund1order/",
                id=booked.id,
                kind="cancel",
                reason="老人身体不舒服，改天再去",
                amount=amount,
            )
            booked.over = True
            if company.chance.random() < 0.85:
                await approve_newest(company)
        except Refusal as error:
            company.refused.append(str(error))


async def approve_newest(company: Company) -> None:
    """The clerk approves the newest request with the amount that the page proposes."""
    listed = await company.clerk.page("refunds/")
    number = listed.partition("refunds/")[2]
    numbers = [part.partition("/")[0] for part in listed.split("/refunds/")[1:]]
    newest = max((int(each) for each in numbers if each.isdigit()), default=0)
    if not newest:
        raise Refusal(f"no request is listed {number[:20]}")
    page = f"refunds/{newest}/"
    shown = await company.clerk.page(page)
    amount = shown.partition('name="amount"')[2].partition('value="')[2].partition('"')[0]
    await company.clerk.act(f"{page}approve/", {"amount": amount, "note": ""}, on=page)
