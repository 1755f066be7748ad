"""Invoices, customers by phone and the links by which orders are claimed: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage
from storage.models import OfficeCustomer
from storage.writes import InvoiceMove, NewClaim, NewInvoice, columns
from tests.storage.contract import Added, Found, Listed, Promise, Swept, Written
from tests.storage.rows import Row, all_rows, fill, made

MINE: Row = {"user_id": 1}
THEIRS: Row = {"user_id": 2}
ORDER: Row = {"order_id": 5}
OTHER: Row = {"order_id": 6}
ORDERS: list[tuple[str, Row]] = [("orders", {"id": 5, "service_name": "s"}), ("orders", {"id": 6})]
OPEN_CLAIM: Row = {**ORDER, "expires_at": 101, "used_at": None, "revoked_at": None}
NOT_OPEN: list[Row] = [{"used_at": 3}, {"revoked_at": 3}]
CUSTOMER = {"name": "Li", "name_key": "li", "phone_sealed": "p", "phone_tail": "1234", "phone_hash": "h"}
NEW_INVOICE = made(NewInvoice)
NEW_CLAIM = made(NewClaim)


def numbers(found: Any) -> list[Any]:
    return [each.invoice.id for each in found]


INVOICES: dict[str, Promise] = {
    "an invoice": Found("invoices", {}, lambda tx, row: tx.invoices.get(row["id"])),
    "the newest invoices": Listed(
        "invoices", MINE, limited=lambda tx, _, limit: tx.invoices.newest_of_user(1, limit), wrong=[THEIRS],
        order=("-id",)
    ),
    "invoices of an order": Listed("invoices", ORDER, lambda tx: tx.invoices.of_order(5), wrong=[OTHER]),
    "invoices of a user": Listed("invoices", MINE, lambda tx: tx.invoices.of_user(1), wrong=[THEIRS]),
    "invoices of a user page by page": Listed(
        "invoices", MINE, page=lambda tx, behind, limit: tx.invoices.page_of_user(1, None, behind, limit),
        wrong=[THEIRS], also=[ORDER, OTHER], order=("-id",),
    ),
    "invoices of a user's order": Listed(
        "invoices", {**MINE, **ORDER}, page=lambda tx, behind, limit: tx.invoices.page_of_user(1, 5, behind, limit),
        wrong=[THEIRS, OTHER], order=("-id",),
    ),
    "an invoice by its file": Found(
        "invoices", {**MINE, "file": "f"}, lambda tx, row: tx.invoices.of_file(row["user_id"], row["file"]),
        wrong=[THEIRS, {"file": "g"}], by="file",
    ),
    "invoices with a number": Listed(
        "invoices", {"taken_number": "n"}, lambda tx: tx.invoices.with_number("n"), wrong=[{"taken_number": "m"}],
        also=[{"taken_number": None, "reversal_number": "n"}],
    ),
    "a new invoice": Added(
        "invoices", lambda tx: tx.invoices.add(NEW_INVOICE),
        {**columns(NEW_INVOICE), "open_order_id": NEW_INVOICE.order_id, "state": "requested",
         "updated_at": NEW_INVOICE.requested_at, "file": "", "number": ""},
    ),
    "a moved invoice": Written(
        "invoices", {"state": "requested"},
        lambda tx, row: tx.invoices.move(row["id"], "requested", "rejected", 9, InvoiceMove(decided_at=8)),
        {"state": "rejected", "decided_at": 8, "updated_at": 9}, wrong=[{"state": "issued"}],
    ),
    "all invoices oldest first": Listed(
        "invoices", ORDER, page=lambda tx, behind, limit: tx.invoices.page((), behind, limit, oldest_first=True),
        also=[{"state": "issued"}, {}], beside=ORDERS, told=numbers,
    ),
    "invoices of states newest first": Listed(
        "invoices", {**ORDER, "state": "issued"},
        page=lambda tx, behind, limit: tx.invoices.page(("issued", "reversed"), behind, limit, oldest_first=False),
        wrong=[{"state": "requested"}], also=[{"state": "reversed"}, {}], beside=ORDERS, told=numbers, order=("-id",),
    ),
    "e-mail addresses erased": Swept(
        "invoices", {**MINE, "state": "issued", "email_sealed": "e"}, lambda tx: tx.invoices.erase_emails_of_user(1),
        {"email_sealed": ""}, wrong=[THEIRS, {"state": "requested"}, {"email_sealed": ""}],
    ),
    "invoices erased": Swept(
        "invoices", {**MINE, "title": "t", "tax_number": "n", "email_sealed": "e", "file": "f", "note": "x"},
        lambda tx: tx.invoices.erase_of_user(1),
        {"title": "", "tax_number": "", "email_sealed": "", "file": "", "note": ""}, wrong=[THEIRS],
        told=lambda rows: [row["file"] for row in rows],
    ),
    "invoices that waited erased": Swept(
        "invoices", {**MINE, "state": "requested", "title": "t"}, lambda tx: tx.invoices.erase_of_user(1),
        {"title": "", "state": "withdrawn", "open_order_id": None}, wrong=[{**THEIRS, "open_order_id": 77}],
        also=[{"open_order_id": 78}], told=lambda rows: [],
    ),
}  # fmt: skip
CUSTOMERS: dict[str, Promise] = {
    "a customer": Found(
        "office_customers", {}, lambda tx, row: tx.customers.get(row["user_id"]), by="user_id", key="user_id",
        order=("user_id",), told=lambda found: found and found.user_id,
    ),
    "a renamed customer": Written(
        "office_customers", {"user_id": 3}, lambda tx, row: tx.customers.rename(row["user_id"], "Wu", "wu"),
        {"name": "Wu", "name_key": "wu"}, key="user_id", tells=False,
    ),
    "an erased customer": Written(
        "office_customers", {"user_id": 3, **CUSTOMER}, lambda tx, row: tx.customers.erase(row["user_id"]),
        dict.fromkeys(CUSTOMER, ""), key="user_id", tells=False,
    ),
    "a new link": Added("order_claims", lambda tx: tx.claims.add(NEW_CLAIM), columns(NEW_CLAIM)),
    "a link by token": Found("order_claims", {}, lambda tx, row: tx.claims.by_token(row["token_hash"]),
    by="token_hash"),
    "a link by code": Found(
        "order_claims", {}, lambda tx, row: tx.claims.by_code(("?", row["code_hash"])), by="code_hash"
    ),
    "links of an order": Listed("order_claims", ORDER, lambda tx: tx.claims.of_order(5), wrong=[OTHER]),
    "a used link": Written(
        "order_claims", OPEN_CLAIM, lambda tx, row: tx.claims.use(row["id"], 3, 100), {"used_at": 100, "used_by": 3},
        wrong=[*NOT_OPEN, {"expires_at": 100}],
    ),
    "open links revoked": Swept(
        "order_claims", OPEN_CLAIM, lambda tx: tx.claims.revoke_open(5, 100), {"revoked_at": 100},
        wrong=[*NOT_OPEN, OTHER, {"expires_at": 100}],
    ),
    "links of a user revoked": Swept(
        "order_claims", OPEN_CLAIM, lambda tx: tx.claims.revoke_of_user(1, 100), {"revoked_at": 100},
        wrong=[*NOT_OPEN, OTHER], also=[{"expires_at": 5}],
        beside=[("orders", {"id": 5, "user_id": 1}), ("orders", {"id": 6, "user_id": 2})],
    ),
}  # fmt: skip
PROMISES = {**INVOICES, **CUSTOMERS}


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_customers_are_found_by_user_and_the_newest_by_phone(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for user_id, mark in ((1, "h1"), (2, "h2"), (3, "h1"), (4, "h4")):
            await fill(tx, "office_customers", {"user_id": user_id, "phone_hash": mark})
        found = await tx.customers.with_phone(("h0", "h1"))
        assert found is not None
        assert found.user_id == 3
        assert await tx.customers.with_phone(("h0",)) is None
        assert await tx.customers.some(set()) == {}
        assert sorted(await tx.customers.some({1, 2, 9})) == [1, 2]


async def test_a_customers_name_is_listed_as_long_as_somebody_has_it(storage: Storage) -> None:
    async with storage.transaction() as tx:

        async def listed() -> list[str]:
            return sorted(
                {row["name_key"] for row in await all_rows(tx, "name_parts") if row["kind"] == "user"}
            )

        for user_id, name in ((1, "王芳"), (2, "李明"), (3, "李明")):
            await tx.customers.add(made(OfficeCustomer, user_id=user_id, name=name, name_key=name))
        assert await listed() == ["李明", "王芳"]
        await tx.customers.rename(1, "王 方", "王方")
        assert await listed() == ["李明", "王方"]
        await tx.customers.rename(1, "王·方", "王方")
        await tx.customers.rename(2, "李亮", "李亮")
        await tx.customers.rename(9, "没有", "没有")
        assert await listed() == ["李亮", "李明", "王方"]
        await tx.customers.erase(2)
        await tx.customers.erase(9)
        assert await listed() == ["李明", "王方"]
        await tx.customers.erase(3)
        assert await listed() == ["王方"]
