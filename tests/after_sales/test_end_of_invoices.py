"""Invoices in a user's export, and after the user's data has been erased."""

from __future__ import annotations

import base64

import pytest

from storage.models import InvoiceState
from tests.after_sales.invoicing import COMPANY, PDF_FILE, ask, finished, issue, stored
from tests.http.product import Product


@pytest.mark.promise(24)
async def test_a_user_exports_their_invoices_with_the_files(product: Product) -> None:
    owner = await product.login("li")
    await issue(product, (await ask(owner, await finished(product, owner)))["id"])
    await ask(owner, await finished(product, owner), kind="person")
    issued, waiting = (await owner.get("user/export/"))["data"]["invoices"]
    assert (issued["title"], issued["taxNumber"], issued["email"]) == (
        COMPANY["title"],
        COMPANY["taxNumber"],
        COMPANY["email"],
    )
    assert base64.b64decode(issued["pdf"]) == PDF_FILE
    assert (waiting["stateText"], waiting["pdf"]) == ("等待开票", "")
    assert (await (await product.login("wang")).get("user/export/"))["data"]["invoices"] == []


@pytest.mark.promise(24, 35)
async def test_an_erasure_leaves_number_and_amount_and_takes_back_what_waits(product: Product) -> None:
    owner = await product.login("li")
    issued = (await ask(owner, await finished(product, owner)))["id"]
    file = await issue(product, issued)
    waiting = (await ask(owner, await finished(product, owner)))["id"]
    await owner.post("user/deleteMe/", confirm="删除")
    left = await stored(product, issued)
    assert (left.title, left.tax_number, left.email_sealed, left.file) == ("", "", "", "")
    assert (left.state, left.number, left.amount_fen) == (
        InvoiceState.ISSUED,
        "24617000000012345678",
        19800,
    )
    taken_back = await stored(product, waiting)
    assert (taken_back.state, taken_back.open_order_id) == (InvoiceState.WITHDRAWN, None)
    assert not (product.settings.data / "documents" / file).exists()
    contents = str(await product.contents())
    assert not any(COMPANY[name] in contents for name in ("title", "taxNumber", "email"))


@pytest.mark.promise(35)
async def test_no_file_and_no_log_holds_an_address_or_a_pdf_in_clear(product: Product) -> None:
    owner = await product.login("li")
    await issue(product, (await ask(owner, await finished(product, owner)))["id"])
    contents = str(await product.contents())
    data = b"".join(
        file.read_bytes() for file in (product.settings.data / "documents").iterdir() if file.is_file()
    )
    assert COMPANY["email"] not in contents + product.logs.text
    assert PDF_FILE not in data
