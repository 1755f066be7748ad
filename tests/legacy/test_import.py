"""The way in from the older system: every row accounted for, no money lost, old phones go on."""

from __future__ import annotations

import logging
from collections.abc import Sized
from datetime import date, datetime

import pytest

from accounts.personal_data import erase
from accounts.tokens import token_hash
from clock import now_ms
from payment.books.ledger import self_check
from privacy import Vault, new_key
from startup.legacy.importing import LegacyImport
from startup.legacy.money import CASE, Merchant
from startup.legacy.report import TABLES, ImportReport, Outcome
from startup.legacy.source import LegacyAddress, LegacyDatabaseError, read_legacy
from startup.seed import seed_catalog
from storage import Storage
from storage.models import Ending, OrderState
from tests.core.rows import count, order_of
from tests.legacy.older_system import LATER, OlderSystem, warrant
from tests.mariadb import MariaDB

PAST = date(2026, 11, 5)


VAULT = Vault(new_key())


async def run(storage: Storage, older: OlderSystem, *, dry_run: bool = False) -> ImportReport:
    await seed_catalog(storage)
    importing = LegacyImport(storage, VAULT, Merchant("wx-app", "1900000001"), 24, now_ms)
    return await importing.run(read_legacy(older.address), dry_run=dry_run)


def rows_of(report: ImportReport, table: str) -> dict[str, int]:
    return {name: number for name, number in report.counts(table).items() if number}


async def test_a_company_with_all_its_troubles_is_taken_over_to_the_last_row_and_fen(
    storage: Storage, older: OlderSystem
) -> None:
    for number in (1, 2, 3):
        older.user(number)
    older.user(4, wx_openid="")
    older.user(5, warrant=warrant(3))  # the same token as user 3: whose is it?
    older.patient(11, 1)
    older.patient(12, 1, name="王😀", sex="x", using="n")
    older.patient(13, 2)
    older.patient(14, 99)  # of nobody
    older.add("app_runner", id=2, name="赵敏", phone="13900001111", status="已通过")
    older.add("app_runner", id=3, name="孙倩", phone="13900002222", status="周三面谈，人不错")
    older.paid_order(101, 1, 11, PAST, 19800, iffinish="y", whofinished="赵敏", notes="老客户")
    older.paid_order(102, 1, 11, LATER, 19800, more="请带轮椅😀")
    older.order(103, 1, 11, LATER)
    older.order(104, 1, 11, LATER, department="骨科")  # a second unpaid one of the same patient
    older.order(105, 2, 13, PAST)  # its day is over
    older.order(106, 2, 13, LATER, serviceid=78)  # no price
    older.order(107, 2, 55, LATER, ifpaid="y", paidmoneyTimes100=5000)  # no patient, no payment
    older.order(108, 3, 11, LATER)  # another user's patient
    older.payment(108, 108, 0, transactionId="")  # a number without a payment
    older.order(109, 3, 56, LATER)  # paid, and the older server did not notice
    older.payment(109, 109, 19800, friendName="周奶奶")
    older.paid_order(110, 3, 56, PAST, 19800, hospitalid=0, hospitalCustom="第二医院")
    older.payment(111, 110, 19800)  # twice
    older.payment(112, 4711, 100)  # of no order
    older.paid_order(113, 4, 11, LATER, 700)  # of a user that cannot be imported

    data = read_legacy(older.address)
    dry = await run(storage, older, dry_run=True)
    assert [await count(storage, table) for table in ("users", "orders", "ledger", "finance_cases")] == [
        0
    ] * 4
    report = await run(storage, older)
    assert dry.lines()[1:] == report.lines()[1:], "a dry run tells what the import will do"

    totals: dict[str, Sized] = {
        "app_user": data.users,
        "app_friend": data.patients,
        "app_runner": data.escorts,
        "app_log": data.orders,
        "app_money": data.payments,
        "app_hospital": data.hospitals,
        "app_service": data.services,
    }
    assert {table: report.total(table) for table in TABLES} == {
        table: len(rows) for table, rows in totals.items()
    }
    assert rows_of(report, "app_user") == {"imported": 4, "left_out": 1}
    assert rows_of(report, "app_friend") == {"imported": 3, "left_out": 1}
    assert rows_of(report, "app_runner") == {"imported": 2}
    assert rows_of(report, "app_log") == {"imported": 10, "left_out": 1}
    assert rows_of(report, "app_money") == {"imported": 6, "case": 2}
    assert rows_of(report, "app_hospital") == {"imported": 1, "already_there": 1}
    assert rows_of(report, "app_service") == {"imported": 1, "already_there": 1}
    assert report.sessions == 2
    paid = sum(payment.amount_fen for payment in data.payments if payment.transaction_id) + 5000
    assert (report.received_fen, report.booked_fen, report.case_fen) == (paid, paid - 800, 800)
    async with storage.reading() as reader:
        assert await reader.ledger.totals() == {"payment": paid - 800}
        cases = await reader.finance.cases(limit=50)
    assert await self_check(storage) == []
    assert {(case.kind, case.order_id) for case in cases} == {(CASE, 107), (CASE, 110), (CASE, None)}
    assert len(cases) == 4

    states = {number: (await order_of(storage, number)).state for number in (*range(101, 108), 109, 110)}
    assert states == {
        101: OrderState.FINISHED,
        102: OrderState.PAID,
        103: OrderState.CANCELLED,
        104: OrderState.UNPAID,
        105: OrderState.CANCELLED,
        106: OrderState.CANCELLED,
        107: OrderState.PAID,
        109: OrderState.PAID,
        110: OrderState.PAID,
    }
    first = await order_of(storage, 101)
    assert (first.hospital_name, first.service_name, first.service_unit) == (
        "旧名西京医院",
        "全心全程陪诊服务",
        "半天",
    )
    assert first.ending == Ending.SERVED
    assert first.admin_notes == "老客户\n旧系统完成人：赵敏"
    assert first.created_at == int(datetime.fromisoformat("2026-11-01T16:30:01+00:00").timestamp() * 1000)
    assert (await order_of(storage, 102)).wishes == "请带轮椅😀"
    assert (await order_of(storage, 109)).patient_name == "周奶奶"
    assert (await order_of(storage, 110)).hospital_name == "第二医院"
    strange = await order_of(storage, 108)
    async with storage.reading() as reader:
        stand_in = await reader.patients.get(strange.patient_id)
        history = await reader.orders.history(101)
        open_attempt = await reader.attempts.open_of_order(108)
        escorts = {escort.id: escort.state for escort in await reader.escorts.page()}
    assert stand_in is not None
    assert (stand_in.user_id, stand_in.deleted_at is not None) == (3, True), "not the other user's patient"
    assert [(step.from_state, step.to_state) for step in history] == [
        ("", "unpaid"),
        ("unpaid", "paid"),
        ("paid", "finished"),
    ]
    assert open_attempt is not None, "WeChat is asked about a number that could still pay"
    assert escorts == {2: "approved", 3: "pending"}


async def test_a_second_run_changes_nothing_and_takes_what_was_paid_meanwhile(
    storage: Storage, older: OlderSystem
) -> None:
    older.user(1)
    older.patient(11, 1)
    older.order(101, 1, 11, LATER)
    older.paid_order(102, 1, 11, LATER, 19800)
    first = await run(storage, older)
    again = await run(storage, older)
    assert rows_of(again, "app_user") == rows_of(again, "app_friend") == {"already_there": 1}
    assert rows_of(again, "app_log") == {"already_there": 2}
    assert rows_of(again, "app_money") == {"already_there": 1}
    assert (again.sessions, again.booked_fen) == (0, first.booked_fen)

    older.execute("UPDATE app_log SET ifpaid = 'y', paidmoneyTimes100 = 19800 WHERE id = 101")
    older.payment(101, 101, 19800)
    later = await run(storage, older)
    assert rows_of(later, "app_money") == {"imported": 1, "already_there": 1}
    assert later.booked_fen == 2 * first.booked_fen
    assert (await order_of(storage, 101)).state == OrderState.PAID
    assert await self_check(storage) == []
    assert await count(storage, "ledger") == 2


async def test_who_has_come_first_keeps_the_number_and_who_was_erased_stays_so(
    storage: Storage, older: OlderSystem
) -> None:
    async with storage.transaction() as tx:
        early = await tx.users.find_or_add("o-legacy-user-5", now_ms())
        stranger = await tx.users.find_or_add("o-somebody-new", now_ms())
        await tx.commit()
    older.user(5)
    older.user(6)
    older.user(stranger, wx_openid="o-legacy-other")
    older.patient(11, 5)
    older.paid_order(101, 5, 11, LATER, 19800)
    report = await run(storage, older)
    assert rows_of(report, "app_user") == {"already_there": 1, "imported": 1, "left_out": 1}
    assert (await order_of(storage, 101)).user_id == early
    async with storage.reading() as reader:
        found = await reader.sessions.find(token_hash(warrant(5)))
    assert found is not None
    assert found[1].id == early, "the phone that still holds the older token reaches the same account"

    async with storage.transaction() as tx:
        erased = await tx.users.lock(6)
        assert erased is not None
        await erase(tx, erased, now_ms())
        await tx.commit()
    again = await run(storage, older)
    assert rows_of(again, "app_user") == {"already_there": 1, "left_out": 2}
    async with storage.reading() as reader:
        assert await reader.sessions.find(token_hash(warrant(6))) is None


async def test_the_report_and_the_log_hold_no_personal_data(
    storage: Storage, older: OlderSystem, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    older.user(1)
    older.patient(11, 1, sex="?")
    older.order(101, 1, 11, PAST, ifpaid="y", paidmoneyTimes100=1)
    text = "\n".join((await run(storage, older)).lines()) + caplog.text
    for secret in ("李建国", "13822223333", "610102195001011234", warrant(1), "o-legacy-user-1"):
        assert secret not in text
    assert "101" in text


def test_a_database_that_is_not_the_older_systems_is_told_in_one_line(mariadb: MariaDB, worker: str) -> None:
    name = mariadb.fresh_database(f"older_{worker}")
    address = LegacyAddress(mariadb.host, mariadb.port, name, mariadb.user, mariadb.password)
    with pytest.raises(LegacyDatabaseError, match="app_user"):
        read_legacy(address)
    wrong = LegacyAddress(mariadb.host, mariadb.port, name, mariadb.user, "not-the-password")
    with pytest.raises(LegacyDatabaseError, match="no connection") as refused:
        read_legacy(wrong)
    assert "not-the-password" not in str(refused.value)


def test_every_outcome_of_a_row_has_its_own_word() -> None:
    assert len({outcome.value for outcome in Outcome}) == len(Outcome)
