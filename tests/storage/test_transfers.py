"""Transfers to escorts, cases, bills: which rows each statement is about."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage, Transaction
from storage.models import TransferState
from storage.writes import NewBill, NewTransfer, TransferMove, columns
from tests.storage.contract import Added, Counted, Found, Listed, Promise, Stored, Swept, Written, ids
from tests.storage.rows import Row, fill, made

ORDER: Row = {"order_id": 5}
OTHER: Row = {"order_id": 6}
BILL: Row = {
    "bill_date": "2026-11-02",
    "kind": "trade",
    "sha1": "a",
    "file": "f",
    "summary": "s",
    "fetched_at": 1,
}
NEW_TRANSFER = made(NewTransfer)
CASE: Row = {"state": "open", "kind": "k1"}


async def _add_evidence(tx: Transaction, case_id: int, detail: str) -> Any:
    case = await tx.finance.case(case_id)
    return None if case is None else await tx.finance.update_open(case, detail)


async def _move_transfer(tx: Transaction, row: Row) -> Any:
    read = await tx.transfers.get(row["id"])
    if read is None:
        return False
    if row["fail_reason"] == "moved":
        await tx.connection.execute(
            "UPDATE pay_transfers SET state = 'waiting' WHERE id = :id", {"id": row["id"]}
        )
    told = await tx.transfers.move(read, TransferState.ACCEPTED, 9, TransferMove(accepted_at=8))
    await tx.connection.execute(
        "UPDATE pay_transfers SET state = 'created' WHERE id = :id AND state = 'waiting'", {"id": row["id"]}
    )
    return told


PROMISES: dict[str, Promise] = {
    "a transfer": Found("pay_transfers", {}, lambda tx, row: tx.transfers.get(row["id"])),
    "a transfer by number": Found(
        "pay_transfers", {}, lambda tx, row: tx.transfers.by_number(row["out_bill_no"]), by="out_bill_no"
    ),
    "transfers of a statement": Listed(
        "pay_transfers", {"statement_id": 5}, lambda tx: tx.transfers.of_statement(5), wrong=[{"statement_id": 6}]
    ),
    "transfers of an escort": Listed(
        "pay_transfers", {"escort_id": 3}, limited=lambda tx, _, limit: tx.transfers.of_escort(3, limit),
        wrong=[{"escort_id": 4}], order=("-id",),
    ),
    "the live transfer": Found(
        "pay_transfers", {"live_statement_id": 5}, lambda tx, row: tx.transfers.live(row["live_statement_id"]),
        wrong=[{"live_statement_id": None, "statement_id": 5}], by="live_statement_id",
    ),
    "live transfers": Listed(
        "pay_transfers", {"live_statement_id": 5, "statement_id": 5}, lambda tx: tx.transfers.live_of([5, 7]),
        wrong=[{"live_statement_id": 6, "statement_id": 6}, {"live_statement_id": None}],
        also=[{"live_statement_id": 7, "statement_id": 7}],
        told=lambda found: ids([found[number] for number in sorted(found)]),
    ),
    "a new transfer": Added(
        "pay_transfers", lambda tx: tx.transfers.add(NEW_TRANSFER, 7),
        {**columns(NEW_TRANSFER), "live_statement_id": NEW_TRANSFER.statement_id, "state": "created",
         "query_count": 0, "next_query_at": 7, "claimed_until": 0, "created_at": 7, "updated_at": 7},
    ),
    "a moved transfer": Written(
        "pay_transfers", {"state": "created"}, _move_transfer, {"state": "accepted", "accepted_at": 8, "updated_at": 9},
        wrong=[{"fail_reason": "moved"}],
    ),
    "transfers erased": Swept(
        "pay_transfers", {"escort_id": 3, "state": "failed", "request": "r", "package_sealed": "p"},
        lambda tx: tx.transfers.erase_of_escort(3), {"request": "", "package_sealed": ""},
        wrong=[{"escort_id": 4}, {"state": "waiting"}], also=[{"state": "succeeded"}, {"state": "cancelled"}],
    ),
    "a case": Found("finance_cases", {}, lambda tx, row: tx.finance.case(row["id"])),
    "a case by what it is about": Found(
        "finance_cases", {"kind": "k", "reference": "r"},
        lambda tx, row: tx.finance.case_about(row["kind"], row["reference"]),
        wrong=[{"kind": "l"}, {"reference": "s"}], by="reference",
    ),
    "a new case": Added(
        "finance_cases", lambda tx: tx.finance.open_case("k", "r", "{}", 7, 5),
        {"kind": "k", "reference": "r", "detail": "{}", "state": "open", "note": "", "opened_at": 7, **ORDER},
        told=lambda row: True,
    ),
    "more evidence": Written(
        "finance_cases", {"state": "closed", "closed_at": 4, "closed_by": 3, "note": "n"},
        lambda tx, row: _add_evidence(tx, row["id"], "{1}"),
        {"detail": "{1}", "state": "open", "closed_at": None, "closed_by": None}, tells=False,
    ),
    "a closed case": Written(
        "finance_cases", {"state": "open"}, lambda tx, row: tx.finance.close_case(row["id"], "done", 3, 9),
        {"state": "closed", "note": "done", "closed_at": 9, "closed_by": 3}, wrong=[{"state": "closed"}],
    ),
    "cases page by page": Listed(
        "finance_cases", CASE, page=lambda tx, behind, limit: tx.finance.cases("open", behind, limit),
        wrong=[{"state": "closed"}], also=[{"kind": "k2"}, {}], order=("-id",),
    ),
    "cases of a kind": Listed(
        "finance_cases", CASE, page=lambda tx, behind, limit: tx.finance.cases("open", behind, limit, kind="k1"),
        wrong=[{"state": "closed"}, {"kind": "k2"}], order=("-id",),
    ),
    "cases that no list of their own shows": Listed(
        "finance_cases", {"kind": "refund_abnormal", "state": "open"},
        lambda tx: tx.finance.cases(others=True), wrong=[{"kind": "payment_mismatch"}, {"reference": "R1"}],
        also=[{"kind": "k2"}, {"reference": "R2"}], order=("-id",),
        beside=[("refunds", {"out_refund_no": "R1", "state": "abnormal"}),
        ("refunds", {"out_refund_no": "R2", "state": "closed"})],
    ),
    "cases of an order": Listed("finance_cases", ORDER, lambda tx: tx.finance.cases_of_order(5), wrong=[OTHER]),
    "how many cases of each kind": Counted(
        "finance_cases", CASE, lambda tx: tx.finance.open_cases(), wrong=[{"state": "closed"}],
        also=[{"kind": "k2"}, {}], total=lambda rows: {"k1": 2, "k2": 1} if rows else {},
    ),
    "a bill": Found(
        "bills", BILL, lambda tx, row: tx.finance.bill(row["bill_date"], row["kind"]),
        wrong=[{"bill_date": "2026-11-01"}, {"kind": "fund"}], by="bill_date",
    ),
    "a kept bill": Stored(
        "bills", BILL, lambda tx, row: tx.finance.save_bill(NewBill(**row)),
        {"sha1": "b", "file": "g", "summary": "t", "fetched_at": 2},
        others=[{"bill_date": "2026-11-01"}, {"kind": "fund"}],
    ),
    "bills between": Listed(
        "bills", BILL, lambda tx: tx.finance.bills_between("trade", "2026-11-02", "2026-11-04"),
        wrong=[{"bill_date": "2026-11-01"}, {"bill_date": "2026-11-05"}, {"kind": "fund"}],
        also=[{"bill_date": "2026-11-03"}, {"bill_date": "2026-11-04"}],
    ),
    "how many bills": Counted(
        "bills", BILL, lambda tx: tx.finance.count_bills("trade", "2026-11-02", "2026-11-04"),
        wrong=[{"bill_date": "2026-11-01"}, {"bill_date": "2026-11-05"}, {"kind": "fund"}],
        also=[{"bill_date": "2026-11-03"}, {"bill_date": "2026-11-04"}],
    ),
    "the newest bills": Listed(
        "bills", BILL, limited=lambda tx, _, limit: tx.finance.bills(limit),
        also=[{"kind": "fund"}, {"bill_date": "2026-11-03"}], order=("-bill_date", "kind"),
    ),
    "the first bill": Counted(
        "bills", BILL, lambda tx: tx.finance.first_bill_date(),
        also=[{"bill_date": "2026-11-01"}, {"bill_date": "2026-11-03"}],
        total=lambda rows: "2026-11-01" if rows else "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_statement_is_about_these_rows_alone(storage: Storage, promise: str) -> None:
    await PROMISES[promise].check(storage)


async def test_money_that_is_on_its_way_counts_by_day_and_escort(storage: Storage) -> None:
    async with storage.transaction() as tx:
        for number, (created_at, live, escort_id) in enumerate(
            [(9, True, 3), (10, True, 3), (19, True, 4), (15, False, 3), (20, True, 3)], 1
        ):
            await fill(
                tx,
                "pay_transfers",
                {
                    "created_at": created_at,
                    "escort_id": escort_id,
                    "amount_fen": 10**number,
                    "live_statement_id": number if live else None,
                },
            )
        assert await tx.transfers.sent_fen(10, 20) == 100 + 1_000
        assert await tx.transfers.sent_fen(10, 20, 3) == 100
