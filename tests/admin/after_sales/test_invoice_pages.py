"""The pages of invoices: what an accountant copies, issues, replaces, rejects and reverses."""

from __future__ import annotations

import re
from pathlib import Path

from payment.invoicing.pdf_files import MAX_BYTES
from storage.models import Invoice, InvoiceState
from tests.admin.acts_after_sales import FILE, NUMBER, invoice, seen_invoice
from tests.admin.clients import Client
from tests.admin.scenario import HOSTILE, Scenario
from tests.after_sales.invoicing import COMPANY, PDF_FILE

OTHER_PDF = PDF_FILE.replace(b"1.7", b"1.4")


async def read_invoice(scenario: Scenario, invoice_id: int) -> Invoice:
    async with scenario.storage.reading() as reader:
        found = await reader.invoices.get(invoice_id)
    assert found is not None
    return found


def files_of(scenario: Scenario) -> set[str]:
    folder: Path = scenario.services.settings.data / "documents"
    return {file.name for file in folder.iterdir()} if folder.exists() else set()


async def test_an_accountant_copies_everything_and_issues_it(accountant: Client, scenario: Scenario):
    invoice_id = await invoice(scenario)
    path = f"admin/invoices/{invoice_id}/"
    assert "去开票" in await accountant.page("admin/invoices/")
    page = await accountant.page(path)
    for name, value in (("title", COMPANY["title"]), ("tax", COMPANY["taxNumber"]), ("amount", "588")):
        assert re.search(rf'id="copy-{name}"[^>]*>{value}<', page), name
        assert f'data-copy="copy-{name}"' in page
    assert COMPANY["email"] not in page
    revealed = await accountant.post(f"{path}reveal/")
    assert COMPANY["email"] in revealed.body.decode()
    answer = await accountant.upload(f"{path}issue/", {"number": NUMBER}, FILE)
    assert answer.code == 302, answer.body.decode()
    issued = await read_invoice(scenario, invoice_id)
    assert (issued.state, issued.number, issued.amount_fen) == (InvoiceState.ISSUED, NUMBER, 58800)
    downloaded = await accountant.post(f"{path}file/")
    assert (downloaded.code, downloaded.body) == (200, PDF_FILE)
    assert downloaded.headers["Content-Type"] == "application/pdf"
    assert await scenario.audited() == [
        "invoice.reveal.email",
        "invoice.issue",
        "invoice.reveal.file",
    ]


async def test_what_is_no_pdf_is_refused_with_the_reason_and_leaves_nothing(
    clerk: Client, scenario: Scenario
):
    invoice_id = await invoice(scenario)
    path = f"admin/invoices/{invoice_id}/issue/"
    for content, word in (
        (b"\x89PNG\r\n\x1a\n picture", "不是 PDF"),
        (PDF_FILE[:20], "不完整"),
        (b"", "请选择"),
        (PDF_FILE + bytes(MAX_BYTES - len(PDF_FILE) + 1), "5 MB"),
    ):
        refused = await clerk.upload(path, {"number": NUMBER}, ("file", "发票.pdf", content))
        assert (refused.code, word in refused.body.decode()) == (400, True), word
        assert f'value="{NUMBER}"' in refused.body.decode(), "the number is not typed again"
    wrong = await clerk.upload(path, {"number": "123"}, FILE)
    assert wrong.code == 400
    assert (await read_invoice(scenario, invoice_id)).state == InvoiceState.REQUESTED
    assert files_of(scenario) == set()


async def test_a_wrong_pdf_is_replaced_and_the_old_one_goes(clerk: Client, scenario: Scenario):
    invoice_id = await invoice(scenario, "issued")
    before = await read_invoice(scenario, invoice_id)
    path = f"admin/invoices/{invoice_id}/"
    answer = await clerk.upload(
        f"{path}replace/", {"number": "24617000000000000009"}, ("file", "x.pdf", OTHER_PDF)
    )
    assert answer.code == 302
    after = await read_invoice(scenario, invoice_id)
    assert (after.number, after.state) == ("24617000000000000009", InvoiceState.ISSUED)
    assert files_of(scenario) == {after.file} != {before.file}
    assert (await clerk.post(f"{path}file/")).body == OTHER_PDF


async def test_a_stale_second_tab_issues_nothing_and_its_file_is_removed(
    clerk: Client, owner: Client, scenario: Scenario
):
    invoice_id = await invoice(scenario)
    seen = await seen_invoice(scenario, invoice_id)
    path = f"admin/invoices/{invoice_id}/"
    assert (await owner.post(f"{path}reject/", {"note": "抬头与税号不一致"})).code == 302
    refused = await clerk.upload(f"{path}issue/", {"number": NUMBER, "fingerprint": seen}, FILE)
    assert (refused.code, "刚刚有变化" in refused.body.decode()) == (409, True)
    assert files_of(scenario) == set()
    assert (await read_invoice(scenario, invoice_id)).note == "抬头与税号不一致"


async def test_one_that_has_to_be_reversed_stands_in_its_queue_until_its_number_is_there(
    accountant: Client, clerk: Client, scenario: Scenario
):
    invoice_id = await invoice(scenario, "issued")
    path = f"admin/invoices/{invoice_id}/"
    assert (await accountant.post(f"{path}demand-reversal/", {"note": "抬头写错"})).code == 302
    overview = await clerk.page("admin/")
    assert "发票待红冲" in overview
    assert "invoices/?tab=to_reverse" in overview
    assert "去红冲" in await accountant.page("admin/invoices/?tab=to_reverse")
    assert (await accountant.post(f"{path}reverse/", {"number": "24617000000087654321"})).code == 302
    reversed_ = await read_invoice(scenario, invoice_id)
    assert (reversed_.state, reversed_.reversal_number) == (InvoiceState.REVERSED, "24617000000087654321")
    assert "发票待红冲" not in await clerk.page("admin/")
    assert (await accountant.post(f"{path}reverse/", {"number": NUMBER, "fingerprint": "x"})).code == 409


async def test_hostile_titles_are_shown_as_text(clerk: Client, scenario: Scenario):
    invoice_id = await invoice(scenario, title=HOSTILE[:100])
    for path in ("admin/invoices/", f"admin/invoices/{invoice_id}/"):
        assert "<script>alert" not in await clerk.page(path)


async def test_lists_have_pages_the_longest_waiting_first(clerk: Client, scenario: Scenario):
    ids = [await invoice(scenario) for _ in range(32)]
    first = await clerk.page("admin/invoices/")
    rows = [int(found) for found in re.findall(r'<tr data-href="[^"]*invoices/(\d+)/"', first)]
    assert rows == ids[:30]
    following = re.search(r'href="\?([^"]*)" rel="next"', first)
    assert following
    second = await clerk.page("admin/invoices/?" + following[1].replace("&amp;", "&"))
    assert [int(found) for found in re.findall(r'<tr data-href="[^"]*invoices/(\d+)/"', second)] == ids[30:]
    assert "发票待开" in await clerk.page("admin/")


async def test_each_kind_that_waits_says_how_many_wait_and_holds_them_alone(
    accountant: Client, scenario: Scenario
):
    asked = [await invoice(scenario) for _ in range(2)]
    wrong = await invoice(scenario, "to_reverse")
    page = await accountant.page("admin/invoices/")
    chips = [" ".join(chip.split()) for chip in re.findall(r'<a href="\?tab=[a-z_]+"[^>]*>([^<]*)</a>', page)]
    assert chips == ["待开票 2", "待红冲 1", "已开具", "已红冲、不通过或撤回", "全部"]

    async def listed(tab: str) -> list[int]:
        shown = await accountant.page(f"admin/invoices/?tab={tab}")
        return list(dict.fromkeys(int(number) for number in re.findall(r"/invoices/([0-9]+)/", shown)))

    assert await listed("requested") == asked, "the longest waiting first"
    assert await listed("nonsense") == asked
    assert await listed("to_reverse") == [wrong]
    assert await listed("issued") == []
    assert await listed("all") == [wrong, *reversed(asked)]
