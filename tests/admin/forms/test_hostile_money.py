"""What is typed about money is text and nothing else: on pages, on paper and in files."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest

from orders.escort_pay import statements
from tests.admin import acts_after_sales, supplements
from tests.admin.acts_about_cash import receipt_fields
from tests.admin.clients import Client
from tests.admin.forms.test_hostile_text import FORMULAS, RAW
from tests.admin.scenario import HOSTILE, Scenario
from tests.after_sales.invoicing import PDF_FILE
from tests.escort_pay.paying import finished, issue, rule

pytestmark = pytest.mark.promise(27)


async def received(scenario: Scenario, owner: Client, text: str) -> int:
    """An order whose receipt, reversal and correction are full of the text."""
    order_id = await scenario.order("unpaid", patient=text[:60])
    told = {"handled_by": text[:32], "reference": text, "note": text}
    path = f"admin/orders/{order_id}/receipt/"
    assert (await owner.post(path, receipt_fields(scenario, **told))).code == 302
    corrected = receipt_fields(scenario, **told, reason=text[:80])
    assert (await owner.post(f"{path}correct/", corrected)).code == 302
    return order_id


async def stated(scenario: Scenario, owner: Client, text: str) -> tuple[int, int]:
    """An escort with a statement that was questioned, answered and paid in these words; (escort, statement)."""
    await rule(scenario.storage, 8_000)
    escort = await scenario.escort(text[:40])
    await finished(scenario.storage, escort, patient_name=text[:60])
    path = f"pay/escorts/{escort}/"
    more = {"direction": "more", "amount": "5", "reason": text}
    assert (await owner.submit(f"admin/{path}", f"{path}correct/", more)).code == 302
    number = (await issue(scenario.storage, escort, at=scenario.clock())).id
    at = scenario.clock() + 1
    await scenario.storage.run(lambda tx: statements.question(tx, number, escort, text, at))
    path = f"pay/statements/{number}/"
    assert (await owner.submit(f"admin/{path}", f"{path}answer/", {"text": text})).code == 302
    paid = {"day": scenario.day(0), "reference": text}
    assert (await owner.submit(f"admin/{path}", f"{path}paid/", paid)).code == 302
    return escort, number


async def test_hostile_words_about_money_are_only_ever_text(owner: Client, scenario: Scenario) -> None:
    order_id = await received(scenario, owner, HOSTILE)
    for state in ("proposed", "disputed", "withdrawn"):
        found = await supplements.put(scenario, order_id, state, reason=HOSTILE)
        async with scenario.storage.transaction() as tx:
            words = {"dispute": HOSTILE, "closing_note": HOSTILE}
            await tx.supplements._update("supplements", words, "id = :id", {"id": found})
            await tx.commit()
    escort, number = await stated(scenario, owner, HOSTILE)
    for path in (
        f"admin/orders/{order_id}/",
        "admin/cash/",
        f"admin/supplements/{found}/refund/",
        "admin/pay/",
        f"admin/pay/escorts/{escort}/",
        f"admin/pay/statements/{number}/",
        f"admin/pay/statements/{number}/print/",
        "admin/books/",
        "admin/reports/?by=escort",
        "admin/customers/?q=" + "%3Cscript%3Ealert(1)%3C/script%3E",
        "admin/desk/",
        "admin/desk/today/",
        "admin/audit/",
    ):
        page = await owner.page(path)
        assert not any(piece in page for piece in RAW), path
    page = await owner.page("admin/cash/")
    assert "&lt;script&gt;" in page


async def test_a_refused_form_about_money_shows_hostile_words_as_text(
    owner: Client, scenario: Scenario
) -> None:
    order_id = await scenario.order("unpaid")
    told = {
        "handled_by": HOSTILE,
        "reference": HOSTILE,
        "note": HOSTILE,
        "amount": HOSTILE,
        "reason": HOSTILE,
    }
    refused: list[Any] = [
        await owner.post(f"admin/orders/{order_id}/receipt/", receipt_fields(scenario, **told)),
        await owner.post("admin/orders/new/", dict.fromkeys(("customer_name", "customer_phone"), HOSTILE)),
        await owner.post("admin/pay/rules/", {"typed": HOSTILE, "kind": "fixed"}),
        await owner.post("admin/catalog/prices/", {"price-1": HOSTILE, "valid_from": HOSTILE}),
        await owner.post("admin/books/close/", {"month": HOSTILE}),
    ]
    for answer in refused:
        assert answer.code in (400, 409), answer.code
        assert not any(piece in answer.body.decode() for piece in RAW)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
async def test_no_file_about_money_holds_a_formula(owner: Client, scenario: Scenario, kind: str) -> None:
    for text in FORMULAS[:4]:
        await received(scenario, owner, text)
    _, number = await stated(scenario, owner, FORMULAS[0])
    month = scenario.day(0)[:7]
    for path in (
        "admin/cash/export/",
        f"admin/pay/statements/{number}/file/",
        f"admin/pay/file/?month={month}",
        "admin/exports/file/",
    ):
        answer = await owner.get(f"{path}{'&' if '?' in path else '?'}format={kind}")
        assert answer.code == 200, path
        if answer.headers["Content-Type"].startswith("text/csv"):
            rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
            texts = [cell for row in rows for cell in row]
        else:
            [sheet] = openpyxl.load_workbook(io.BytesIO(answer.body)).worksheets
            cells = [cell for row in sheet.iter_rows() for cell in row]
            assert all(cell.data_type != "f" for cell in cells), path
            texts = [cell.value for cell in cells if isinstance(cell.value, str)]
        armed = [each for each in texts if each.lstrip(" ")[:1] in ("=", "+", "@") and each[:2] != '="']
        assert not armed, (path, armed)


async def test_a_pdf_that_is_a_page_with_a_script_as_well_is_only_ever_a_file_to_save(
    clerk: Client, scenario: Scenario
) -> None:
    both = b"%PDF-1.7\n<html><script>alert(1)</script></html>\n/*" + PDF_FILE
    invoice_id = await acts_after_sales.invoice(scenario)
    path = f"admin/invoices/{invoice_id}/"
    given = {"number": acts_after_sales.NUMBER}
    assert (await clerk.upload(f"{path}issue/", given, ("file", "<script>.pdf", both))).code == 302
    answer = await clerk.post(f"{path}file/")
    assert answer.body == both
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    page = b"<html><script>alert(1)</script></html>" + PDF_FILE
    assert (await clerk.upload(f"{path}replace/", given, ("file", "a.pdf", page))).code == 400
