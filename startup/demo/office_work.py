"""What the office does beside giving orders to escorts: supplements, money in cash, orders by phone, complaints,
invoices, documents and pay."""

from __future__ import annotations

import html
from datetime import date, timedelta

from startup.demo.people import Customer
from startup.demo.phones import Refusal, action_id, form_on
from startup.demo.story import Booked, Company

COMPLAINTS = (
    ("escort", "陪诊员迟到了二十分钟，也没有提前打电话"),
    ("fee", "补的钱不知道是怎么算的，希望给个说明"),
    ("service", "报告写得太简单，医生的话没有记全"),
)
RECEPTION = "前台小王"
PERCENT_OF_ALL, FEN_OF_VIP = "60", "300"


async def prepare(company: Company, day: str) -> None:
    """Rules of pay, and the health certificates of the escorts, two of which end soon."""
    every = {"service_id": 0, "escort_id": 0, "kind": "percent", "typed": PERCENT_OF_ALL, "valid_from": day}
    await company.owner.act("pay/rules/", every, on="pay/rules/")
    vip = next(each for each in company.catalog["services"] if "VIP" in each["name"])
    await company.owner.act(
        "pay/rules/",
        {**every, "service_id": vip["id"], "kind": "fixed", "typed": FEN_OF_VIP},
        on="pay/rules/",
    )
    for number, escort in enumerate(company.escorts):
        days = 30 if number < 2 else company.chance.randint(90, 300)
        last_day = str(date.fromisoformat(day) + timedelta(days))
        await escort.phone.upload(
            f"escort/qualification/?kind=health&expiresOn={last_day}", "file", company.picture("health")
        )
        page = f"runners/{escort.id}/"
        act = (await company.owner.page(page)).partition("/approve/#document")[0].rpartition("documents/")[2]
        path = f"{page}documents/{act}/approve/"
        await company.owner.act(path, {"expires_date": last_day}, on=page)


async def decide_about_supplements(company: Company) -> None:
    """The clerk opens what escorts have proposed; most families pay, one now and then does not agree."""
    proposals, company.proposals = company.proposals, []
    for booked, number in proposals:
        try:
            await _open(company, booked, number)
        except Refusal as error:
            company.refused.append(str(error))
            continue
        drawn = company.chance.random()
        if drawn < 0.7:
            parameters = await booked.phone.post("user/paySupplement/", id=number)
            await booked.phone.pay(parameters["payment"])
        elif drawn < 0.85:
            reason = "这笔钱当时没有说，请解释一下"
            await booked.phone.post("user/disputeSupplement/", id=number, reason=reason)


async def _open(company: Company, booked: Booked, number: int) -> None:
    page, path = f"orders/{booked.id}/", f"orders/{booked.id}/supplements/{number}/open/"
    shown = await company.clerk.page(page)
    form = form_on(shown, path)
    fields = {name: _field(shown, path, name) for name in ("amount", "reason")}
    await company.clerk.act(path, {**form, **fields})


def _field(page: str, path: str, name: str) -> str:
    """What a field of the form that is sent to ``path`` holds."""
    form = page.partition(path)[2].partition("</form>")[0]
    return html.unescape(form.partition(f'name="{name}"')[2].partition('value="')[2].partition('"')[0])


async def take_cash(company: Company, day: str) -> None:
    """Some who have not paid on the phone come by and pay in cash."""
    for booked in company.orders:
        skipped = booked.paid or booked.over or booked.by_phone or booked.day <= day
        if skipped or company.chance.random() < 0.5:
            continue
        try:
            await _receive(company, booked.id, day, "10:20")
        except Refusal as error:
            company.refused.append(str(error))
            continue
        booked.paid_on = day


async def _receive(company: Company, order_id: int, day: str, time: str) -> None:
    page, path = f"orders/{order_id}/", f"orders/{order_id}/receipt/"
    amount = _field(await company.clerk.page(page), path, "amount")
    handled = {
        "method": "cash",
        "handled_by": RECEPTION,
        "day": day,
        "time": time,
        "reference": "",
        "note": "",
    }
    await company.clerk.act(path, {"amount": amount, **handled}, on=page)


async def take_a_call(company: Company, day: str) -> None:
    """A customer without the mini-program calls: the clerk enters the order, paid by transfer at once or later."""
    people, patient = company.people, company.people.patient("本人")
    hospital = company.chance.choice(company.catalog["hospitals"][:8])
    service = next(each for each in company.catalog["services"] if each["takes"] == "half")
    form = await company.clerk.page("orders/new/")
    fields = {
        **form_on(form, "orders/new/"),
        "act": "place",
        "customer_phone": patient.phone,
        "customer_name": patient.name,
        "patient_id": "0",
        "patient_name": patient.name,
        "patient_phone": patient.phone,
        "patient_sex": patient.sex,
        "patient_adult": "y",
        "relation": "本人",
        "idcardKind": "身份证",
        "idcard": patient.id_number,
        "consent": "y",
        "service_id": service["id"],
        "hospital_id": hospital["id"],
        "department": people.chance.choice(hospital["departments"] or ["内科"]),
        "visit_date": str(date.fromisoformat(day) + timedelta(people.chance.choice((2, 3)))),
        "visit_time": "09:00",
        "wishes": "打电话来订的，听力不太好",
    }
    placed = await company.clerk.act("orders/new/", fields)
    number = placed.headers.get("location", "").partition("orders/")[2].partition("/")[0]
    if not number.isdigit():
        raise Refusal("orders/new/: the form was not accepted")
    caller = Customer("", patient.name, [patient])
    when = {"day": fields["visit_date"], "time": fields["visit_time"]}
    booked = Booked(
        int(number), caller, company.phone(""), patient.name, hospital["name"], **when, by_phone=True
    )
    company.orders.append(booked)
    if people.chance.random() < 0.8:
        await _receive(company, booked.id, day, "10:40")
        booked.paid_on = day


async def complain(company: Company, day: str) -> None:
    """A family complains now and then; the clerk answers most of it in the evening and closes some."""
    for booked in company.served_on(day):
        if company.chance.random() < 0.05:
            kind, text = company.chance.choice(COMPLAINTS)
            given = {"id": booked.id, "kind": kind, "text": text, "actionId": action_id(), "photos": ""}
            number = int((await booked.phone.post("user/complain/", **given))["id"])
            if company.chance.random() < 0.7:
                await _answer(company, number)


async def _answer(company: Company, number: int) -> None:
    page = f"complaints/{number}/"
    opened = await company.clerk.act(f"{page}reveal/", on=page)
    answer = {"text": "对不起，给您添麻烦了。我们已经和陪诊员谈过，下次一定提前联系您。"}
    await company.clerk.act(f"{page}answer/", {**form_on(opened.text, f"{page}answer/"), **answer})
    if company.chance.random() < 0.5:
        await company.clerk.act(f"{page}close/", {"text": "电话沟通过，客户满意"}, on=page)


async def invoice(company: Company, day: str) -> None:
    """Some ask for an invoice; the owner issues the older ones."""
    for booked in company.served_on(day):
        if company.chance.random() < 0.12:
            given = {"id": booked.id, "kind": "person", "title": "", "taxNumber": "", "email": ""}
            number = int((await booked.phone.post("user/requestInvoice/", **given))["id"])
            if company.chance.random() < 0.75:
                page = f"invoices/{number}/"
                file = ("file", "invoice.pdf", made_up_pdf(number), "application/pdf")
                fields = {"number": f"2661{number:016d}"}
                await company.owner.send_file(f"{page}issue/", fields, file, on=page)


def made_up_pdf(number: int) -> bytes:
    """A page that says that it is none."""
    text = f"BT /F1 18 Tf 60 740 Td (Demonstration invoice {number}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
    )
    out, places = b"%PDF-1.4\n", []
    for index, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (index, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer


async def pay_escorts(company: Company, month: str) -> None:
    """The owner issues the statements of a month that is over."""
    page = f"pay/?month={month}"
    shown = await company.owner.page(page)
    fields = form_on(shown, "pay/issue/")
    ticked = {name.replace("seen_", "escort_"): "y" for name in fields if name.startswith("seen_")}
    await company.owner.act("pay/issue/", {**fields, **ticked})
