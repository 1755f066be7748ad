"""What users type is shown as text and nothing else, and no spreadsheet program runs it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import openpyxl
import pytest

from handlers.admin.sheet import disarmed
from tests.admin.world import HOSTILE, Client, World, error_of

pytestmark = pytest.mark.promise(27)

FORMULAS = ['=HYPERLINK("http://evil/")', "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"]
RAW = ("<script>alert(1)", "<img src=x", "49</", "'><img")


def assert_harmless(page: str, path: str) -> None:
    assert "&lt;script&gt;" in page, path
    assert not any(piece in page for piece in RAW), path


async def hostile_world(world: World) -> tuple[int, int, int]:
    """One of everything, with hostile text in every field that a user or a colleague fills in."""
    short = HOSTILE[:60]
    user = await world.user(short)
    content: dict[str, Any] = {
        "hospital_id": 0,
        "hospital_name": short,
        "department": short,
        "wishes": HOSTILE,
    }
    order = await world.order(
        user_id=user, patient=short, service_name=short, service_unit="次<b>", **content
    )
    escort = await world.escort(short, "pending")
    at = world.clock()
    async with world.storage.transaction() as tx:
        await tx.orders.set_notes(order, HOSTILE, at)
        await tx.escorts.set_remark(escort, HOSTILE)
        await tx.users.set_remark(user, HOSTILE)
        await tx.finance.open_case(
            "payment_mismatch", "x" * 20, json.dumps({"<script>": "<script>alert(1)"}), at
        )
        for table, values in (
            ("hospitals", {"grade": short[:16], "kind": short[:32], "phone": "", "address": HOSTILE}),
            ("banners", {"title": short, "link": ""}),
        ):
            name = {"name": short} if table == "hospitals" else {}
            more = {"longitude": "1", "latitude": "1", "introduction": HOSTILE, "logo": ""} if name else {}
            await tx.catalog.add(table, {**values, **name, **more, "picture": HOSTILE, "position": 1})
        await tx.commit()
    return order, escort, user


async def test_hostile_text_is_only_ever_text(owner: Client, world: World):
    order, escort, user = await hostile_world(world)
    await owner.post(f"admin/orders/{order}/refund/", {"amount": "1", "reason": HOSTILE[:80]})
    await owner.post(f"admin/orders/{order}/notes/", {"notes": HOSTILE, "version": 1})
    for path in (
        "admin/orders/",
        f"admin/orders/{order}/",
        "admin/orders/?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "admin/runners/",
        f"admin/runners/{escort}/",
        "admin/money/",
        "admin/refunds/?tab=all",
        "admin/refunds/1/",
        "admin/cases/1/",
        "admin/users/",
        f"admin/users/{user}/",
        "admin/users/?q=%3Cscript%3E",
        "admin/catalog/hospitals/",
        "admin/catalog/hospitals/1/",
        "admin/catalog/banners/",
        "admin/audit/",
    ):
        assert_harmless(await owner.page(path), path)


async def test_hostile_text_comes_back_harmless_when_it_is_refused(owner: Client, world: World):
    await world.order()
    answer = await owner.post(
        "admin/catalog/hospitals/new/", {"name": HOSTILE, "longitude": HOSTILE, "latitude": "1"}
    )
    assert answer.code == 400
    assert_harmless(answer.body.decode(), "hospital form")
    answer = await owner.post("admin/login/", {"username": HOSTILE, "password": "x", "next": HOSTILE})
    assert_harmless(answer.body.decode(), "login")
    answer = await owner.post(
        "admin/accounts/", {"name": HOSTILE[:30], "role": "clerk", "password": "long enough 1x"}
    )
    assert "<script>alert" not in answer.body.decode()
    world.clock.at += 3_600_000
    answer = await owner.post("admin/orders/1/refund/", {"amount": "1", "reason": HOSTILE[:80]})
    assert answer.code == 403
    assert_harmless(answer.body.decode(), "confirmation")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_would_be_a_formula_gets_an_apostrophe(text: str):
    assert disarmed(text) == "'" + text


@pytest.mark.parametrize("text", ["", "王芳", "a=b", "2026-11-23", "588.00"])
def test_other_cells_stay_as_they_are(text: str):
    assert disarmed(text) == text


async def test_the_csv_of_hostile_orders_holds_no_formula(owner: Client, world: World):
    for text in FORMULAS:
        await world.order(patient=text, hospital_name=text, department=text, wishes=text + ',"\n' + HOSTILE)
    answer = await owner.get("admin/orders/export/?format=csv")
    assert answer.code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(FORMULAS) + 1
    assert not [cell for row in rows for cell in row if cell.lstrip(" ")[:1] in tuple("=+-@\t\r\n＝")]
    assert (await world.audited())[-1] == "order.export"


async def test_the_xlsx_is_a_workbook_with_the_same_texts(owner: Client, world: World):
    for text in [*FORMULAS, HOSTILE[:60], "王\x01芳"]:
        await world.order(patient=text, wishes=HOSTILE)
    answer = await owner.get("admin/orders/export/?format=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.body))
    [sheet] = book.worksheets
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == len(FORMULAS) + 3
    assert rows[0][0] == "订单号"
    column = rows[0].index("就诊人")
    shown = {row[column] for row in rows[1:]}
    assert {'\'=HYPERLINK("http://evil/")', "'@SUM(A1)", HOSTILE[:60], "王芳"} <= shown
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


async def test_an_export_follows_the_filter(owner: Client, world: World):
    await world.order()
    await world.order("finished", patient="张三")
    answer = await owner.get("admin/orders/export/?format=csv&state=finished")
    text = answer.body.decode("utf-8-sig")
    assert "张三" in text
    assert "李雷" not in text
    answer = await owner.get("admin/orders/export/?format=exe")
    assert answer.code == 400
    answer = await owner.post_json("admin/orders/1/assign/", {})
    assert (answer.code, error_of(answer)) == (400, "invalid_input")
