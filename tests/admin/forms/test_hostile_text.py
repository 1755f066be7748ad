"""What users type is shown as text and nothing else, and no spreadsheet program runs it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import openpyxl
import pytest

from handlers.admin.catalog.forms import TABLES
from handlers.admin.spreadsheets import as_text, disarmed
from tests.admin.clients import Client, error_of
from tests.admin.scenario import HOSTILE, Scenario

pytestmark = pytest.mark.promise(27)

FORMULAS = ['=HYPERLINK("http://evil/")', "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"]
# The last but one is what a template makes of ``{{ 8641*7919 }}``: no number of the page ever reads so.
RAW = ("<script>alert(1)", "<img src=x", "68428079", "'><img")


def assert_harmless(page: str, path: str) -> None:
    assert "&lt;script&gt;" in page, path
    assert not any(piece in page for piece in RAW), path


def hostile_catalog() -> dict[str, dict[str, Any]]:
    """A row for each of the catalog's tables."""
    short, of_a_hospital = HOSTILE[:60], {"hospital_id": 1}
    texts = {"introduction": HOSTILE, "picture": HOSTILE}
    place = {"longitude": "108.9", "latitude": "34.2", "address": HOSTILE, "phone": HOSTILE[:32], "logo": ""}
    about = {"summary": HOSTILE, "included": HOSTILE, "notice": HOSTILE}
    doctor = {"title": short, "department": short, "specialty": HOSTILE, "sample": 1}
    case = {"title": HOSTILE, "body": HOSTILE, "service_name": short, "visit_date": "2026-01-02"}
    return {
        "hospitals": {"name": short, "grade": short[:16], "kind": short[:32], **place, **texts},
        "services": {"name": short, "unit": short[:16], "price_fen": 100, **about, **texts},
        "experts": {"name": short, **doctor, **texts, **of_a_hospital},
        "banners": {"title": short, "link": HOSTILE, "picture": HOSTILE},
        "showcases": {**case, **of_a_hospital},
    }


async def hostile_world(scenario: Scenario) -> tuple[int, int, int]:
    """One of everything, with hostile text in every field that a user or a colleague fills in."""
    short = HOSTILE[:60]
    user = await scenario.user(short)
    content: dict[str, Any] = {
        "hospital_id": 0,
        "hospital_name": short,
        "department": short,
        "wishes": HOSTILE,
    }
    order = await scenario.order(
        user_id=user, patient=short, service_name=short, service_unit="次<b>", **content
    )
    escort = await scenario.escort(short, "pending")
    at = scenario.clock()
    async with scenario.storage.transaction() as tx:
        await tx.orders.set_notes(order, HOSTILE, at)
        await tx.escorts.set_remark(escort, HOSTILE)
        await tx.users.set_remark(user, HOSTILE)
        await tx.finance.open_case(
            "payment_mismatch", "x" * 20, json.dumps({"<script>": "<script>alert(1)"}), at
        )
        for table, values in hostile_catalog().items():
            await tx.catalog.add(table, {**values, "position": 1})
        await tx.commit()
    return order, escort, user


async def test_hostile_text_is_only_ever_text(owner: Client, scenario: Scenario):
    order, escort, user = await hostile_world(scenario)
    await owner.post(f"admin/orders/{order}/refund/", {"amount": "1", "sure": "1", "reason": HOSTILE[:80]})
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
        *(f"admin/catalog/{table}/" for table in TABLES),
        *(f"admin/catalog/{table}/1/" for table in TABLES),
        "admin/catalog/experts/?q=%3Cscript%3Ealert(1)&hospital=1",
        "admin/audit/",
    ):
        assert_harmless(await owner.page(path), path)


async def test_hostile_text_comes_back_harmless_when_it_is_refused(owner: Client, scenario: Scenario):
    await hostile_world(scenario)
    for table in TABLES:
        hostile = dict.fromkeys((item.name for item in TABLES[table].fields), HOSTILE)
        for path in ("new/", "1/"):
            answer = await owner.post(f"admin/catalog/{table}/{path}", hostile)
            assert answer.code == 400, table
            assert_harmless(answer.body.decode(), table)
    answer = await owner.post("admin/login/", {"username": HOSTILE, "password": "x", "next": HOSTILE})
    assert_harmless(answer.body.decode(), "login")
    answer = await owner.post(
        "admin/accounts/", {"name": HOSTILE[:30], "role": "clerk", "password": "long enough 1x"}
    )
    assert "<script>alert" not in answer.body.decode()
    scenario.clock.at += 3_600_000
    answer = await owner.post("admin/orders/1/refund/", {"amount": "1", "sure": "1", "reason": HOSTILE[:80]})
    assert answer.code == 403
    assert_harmless(answer.body.decode(), "confirmation")


async def test_hostile_text_of_a_colleague_is_harmless_beside_ones_own(owner: Client, scenario: Scenario):
    _, escort, user = await hostile_world(scenario)
    grade = {
        "name": HOSTILE[:60],
        "grade": "三甲",
        "longitude": "108.9",
        "latitude": "34.2",
        "fingerprint": "grade:0 address:0",
    }
    for path, fields, code in (
        ("catalog/hospitals/1/", grade, 409),
        ("catalog/hospitals/order/", {"position-1": HOSTILE}, 400),
        ("catalog/hospitals/order/", {"position-1": "5", "was-1": HOSTILE}, 409),
        (f"runners/{escort}/remark/", {"status": HOSTILE, "fingerprint": "0"}, 409),
        (f"users/{user}/remark/", {"remark": HOSTILE, "fingerprint": "0"}, 409),
    ):
        answer = await owner.post(f"admin/{path}", fields)
        assert answer.code == code, path
        assert_harmless(answer.body.decode(), path)


async def test_a_hostile_table_is_harmless_before_it_is_imported(owner: Client, scenario: Scenario):
    await hostile_world(scenario)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["医院", "姓名", "科室", "专长"])
    rows.writerow([HOSTILE[:60], HOSTILE[:60], HOSTILE[:60], HOSTILE + "!"])
    rows.writerow([HOSTILE[:60], HOSTILE[:50], HOSTILE[:60], HOSTILE])
    page = (await owner.post("admin/catalog/experts/import/", {"text": text.getvalue()})).body.decode()
    assert "新增 1 位，更新 1 位" in page
    assert_harmless(page, "dry run")
    rows.writerow([HOSTILE, "", "", ""])
    page = (await owner.post("admin/catalog/experts/import/", {"text": text.getvalue()})).body.decode()
    assert "没有这家医院" in page
    assert_harmless(page, "dry run with problems")


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_that_would_be_a_formula_gets_an_apostrophe(text: str):
    assert disarmed(text) == "'" + text


@pytest.mark.parametrize("text", ["", "王芳", "a=b", "2026-11-23", "588.00"])
def test_other_cells_stay_as_they_are(text: str):
    assert disarmed(text) == text


GUESSED = (
    "0012",
    "3-2",
    "3/2",
    "1-2-3",
    "2026-11-23",
    "2026年3月2日",
    "3月2日",
    "8:30",
    "8:30 AM",
    "下午3点",
    "4200000000000001",
    "110105194912310021",
    "123456789012",
    "1e5",
    "2E3",
    "12E10",
    "1.50",
    "1,588",
    "5%",
    "(12)",
    "￥588",
    "$5",
    "TRUE",
    "false",
    "Mar-2",
    "2 MAY",
    "12 Sept",
    " 0012",
    "００１２",
    "３-２",
    "#N/A",
    "007",
    "1/2",
    "00:00",
)


@pytest.mark.parametrize("text", GUESSED)
def test_a_text_that_excel_would_take_for_something_else_is_written_as_a_text(text: str):
    assert as_text(text) == f'="{text}"'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "7",
        "1234",
        "13900130012",
        "王芳",
        "3-2病区",
        "2楼",
        "B超",
        "CT 2",
        "E",
        "三甲",
        "a=b",
        "Mar",
        "A1",
        "上午",
        "全程陪诊 5-6 小时",
        "N95",
        '5"',
        '3-2"',
        "12床",
        "x" * 300,
        "1-" * 150,
    ],
)
def test_what_excel_leaves_alone_is_written_as_it_is(text: str):
    assert as_text(text) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_in_a_csv_too_a_formula_gets_an_apostrophe(text: str):
    assert as_text(text) == "'" + text


async def test_a_ward_and_the_end_of_a_phone_number_reach_excel_unchanged(owner: Client, scenario: Scenario):
    await scenario.order(patient="王芳", department="3-2", phone="13900130012")
    answer = await owner.get("admin/orders/export/?format=csv")
    [row] = csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"), newline=""))
    assert (row["科室"], row["电话尾号"]) == ('="3-2"', '="0012"')
    answer = await owner.get("admin/orders/export/")
    [sheet] = openpyxl.load_workbook(io.BytesIO(answer.body)).worksheets
    head, cells = list(sheet.iter_rows())
    found = {title.value: cell for title, cell in zip(head, cells, strict=True)}
    for column, text in (("科室", "3-2"), ("电话尾号", "0012")):
        assert (found[column].value, found[column].data_type) == (text, "s")


async def test_the_csv_of_hostile_orders_holds_no_formula(owner: Client, scenario: Scenario):
    for text in FORMULAS:
        await scenario.order(
            patient=text, hospital_name=text, department=text, wishes=text + ',"\n' + HOSTILE
        )
    answer = await owner.get("admin/orders/export/?format=csv")
    assert answer.code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert len(rows) == len(FORMULAS) + 1
    assert not [cell for row in rows for cell in row if cell.lstrip(" ")[:1] in tuple("=+-@\t\r\n＝")]
    assert (await scenario.audited())[-1] == "order.export"


async def test_the_xlsx_is_a_workbook_with_the_same_texts(owner: Client, scenario: Scenario):
    for text in [*FORMULAS, HOSTILE[:60], "王\x01芳"]:
        await scenario.order(patient=text, wishes=HOSTILE)
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


async def test_an_export_follows_the_filter(owner: Client, scenario: Scenario):
    await scenario.order()
    await scenario.order("finished", patient="张三")
    answer = await owner.get("admin/orders/export/?format=csv&state=finished")
    text = answer.body.decode("utf-8-sig")
    assert "张三" in text
    assert "李雷" not in text
    answer = await owner.get("admin/orders/export/?format=exe")
    assert answer.code == 400
    answer = await owner.post_json("admin/orders/1/assign/", {})
    assert (answer.code, error_of(answer)) == (400, "invalid_input")
