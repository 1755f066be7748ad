"""What is kept for a time only goes in time, step by step; the evidence of what is not finished stays."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from accounts import forgetting
from clock import DAY, HOUR
from config import ConfigError, load_settings
from payment.ledger import self_check
from storage import StorageUnavailable, Transaction
from storage.repositories.retention import Retention
from tests.http.client import id_number
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.http.test_refused_notifications import administrator, post
from tests.payment.conftest import ADMIN

KEEP = {"admin_sessions_days": 30, "payment_events_days": 60, "messages_days": 10}


@pytest.fixture
def start_keeping(start_product: StartProduct) -> StartProduct:
    async def start(**options: Any) -> Product:
        return await start_product(privacy=KEEP, **options)

    return start


async def forget(product: Product) -> dict[str, int]:
    """How many rows of each kind the round deleted."""
    services = product.services
    await forgetting.forget_due(
        product.storage, product.clock, services.settings.privacy, services.visit_photos, "test"
    )
    async with product.storage.reading() as reader:
        job = await reader.jobs.get(forgetting.JOB)
    assert job is not None
    assert job.last_error == "", job.last_error
    return {name: count for name, count in json.loads(job.last_result).items() if count}


async def events(product: Product) -> set[str]:
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT event_id FROM payment_events")
    return {str(row[0]) for row in rows}


async def add_event(tx: Transaction, name: str, reference: str, at: int) -> None:
    await tx.payment_events.add(name, "TRANSACTION.SUCCESS", reference, "{}", "paid", at)


async def test_administrators_sessions_that_ended_go_and_living_ones_stay(
    start_keeping: StartProduct,
) -> None:
    product = await start_keeping()
    first = await administrator(product)  # ended by logging out
    await post(first, "admin/logout/")
    await first.send("GET", "admin/login/")
    await post(first, "admin/login/", username="owner", password="a long Passphrase 7")  # ended by its time
    product.clock.offset = 30 * DAY - 60_000
    assert await forget(product) == {}
    product.clock.offset = 30 * DAY + 60_000
    assert await forget(product) == {"admin_sessions": 1}, "the one that ended first"
    product.clock.offset = 31 * DAY
    last = await product.client()
    await last.send("GET", "admin/login/")
    await post(last, "admin/login/", username="owner", password="a long Passphrase 7")
    assert await forget(product) == {"admin_sessions": 1}
    assert await product.count("admin_sessions") == 1
    assert (await last.send("GET", "admin/")).status_code == 200
    async with product.storage.reading() as reader:
        assert len(await reader.audit.page()) >= 3, "who did what when stays in the log of acts"


@pytest.mark.promise(24)
async def test_notifications_go_and_the_books_stay(start_keeping: StartProduct) -> None:
    product = await start_keeping()
    user = await product.login("li")
    order_id = await product.paid_order(user)
    assert len(await events(product)) == 1
    product.clock.offset = 59 * DAY
    assert "payment_events" not in await forget(product)
    product.clock.offset = 61 * DAY
    before = await product.contents()
    assert (await forget(product))["payment_events"] == 1
    after = await product.contents()
    changed = {table for table in after if after[table] != before[table]}
    assert changed <= {"payment_events", "outbox"}
    assert await self_check(product.storage) == []
    async with product.storage.reading() as reader:
        (attempt,) = await reader.attempts.of_order(order_id)
    assert attempt.transaction_id


@pytest.mark.promise(4)
async def test_the_evidence_of_what_is_not_finished_stays_until_it_is(start_keeping: StartProduct) -> None:
    product = await start_keeping()
    user = await product.login("li")
    order_id = await product.paid_order(user)
    at = product.clock()
    async with product.storage.transaction() as tx:
        (attempt,) = await tx.attempts.of_order(order_id)
        await tx.connection.execute("DELETE FROM payment_events")
        await add_event(tx, "of the order", attempt.out_trade_no, at)
        await add_event(tx, "of a case's number", "20260101STRANGER", at)
        await add_event(tx, "named by a case's evidence", "20260101NAMED", at)
        await add_event(tx, "of nothing", "20260101GONE", at)
        await tx.finance.open_case("bill_amount_differs", "x", "{}", at, order_id)
        await tx.finance.open_case("payment_unknown", "20260101STRANGER", "{}", at)
        await tx.finance.open_case("refund_made_elsewhere", "y", '{"number": "20260101NAMED"}', at)
        await tx.commit()
    product.clock.offset = 400 * DAY
    assert (await forget(product))["payment_events"] == 1
    kept = {"of the order", "of a case's number", "named by a case's evidence"}
    assert await events(product) == kept
    async with product.storage.transaction() as tx:
        for case in await tx.finance.cases():
            await tx.finance.close_case(case.id, "已核对", 1, at)
        await tx.connection.execute("UPDATE payment_attempts SET state = 'mismatch'")
        await tx.commit()
    assert (await forget(product))["payment_events"] == 2
    assert await events(product) == {"of the order"}, "its money is still in question"
    async with product.storage.transaction() as tx:
        await tx.connection.execute("UPDATE payment_attempts SET state = 'paid'")
        await tx.commit()
    assert (await forget(product))["payment_events"] == 1


@pytest.mark.parametrize(
    ("state", "stays"),
    [
        ("requested", True),
        ("approved", True),
        ("processing", True),
        ("abnormal", True),
        ("succeeded", False),
        ("closed", False),
        ("rejected", False),
    ],
)
async def test_the_evidence_of_a_refund_stays_until_the_refund_has_ended(
    start_keeping: StartProduct, state: str, stays: bool
) -> None:
    product = await start_keeping()
    order_id = await product.paid_order(await product.login("li"))
    await product.services.payments.start_refund(order_id, ADMIN, 100)
    at = product.clock()
    async with product.storage.transaction() as tx:
        await tx.connection.execute("DELETE FROM payment_events")
        await tx.connection.execute("UPDATE refunds SET state = :state", {"state": state})
        (refund,) = await tx.refunds.of_order(order_id)
        await add_event(tx, "of the refund", refund.out_refund_no, at)
        await tx.commit()
    product.clock.offset = 61 * DAY
    await forget(product)
    assert await events(product) == ({"of the refund"} if stays else set())


async def test_messages_that_were_sent_go_and_waiting_ones_stay(start_keeping: StartProduct) -> None:
    product = await start_keeping()
    at = product.clock()
    async with product.storage.transaction() as tx:
        for number in range(3):
            await tx.outbox.add("paid", str(number), 1, "{}", at)
        await tx.outbox.finish(1, "sent", at, None)
        await tx.outbox.finish(2, "failed", at, None)
        await tx.commit()
    product.clock.offset = 9 * DAY
    assert await forget(product) == {}
    product.clock.offset = 11 * DAY
    assert await forget(product) == {"messages": 2}
    assert await product.count("outbox") == 1


async def test_old_cards_and_reminders_go_and_those_of_now_stay(start_keeping: StartProduct) -> None:
    product = await start_keeping()
    owner = await product.login("li")
    order_id = await product.paid_order(owner)
    await owner.post("user/inviteMember/", id=order_id, role="family")
    at = product.clock()
    async with product.storage.transaction() as tx:
        order = await tx.orders.get(order_id)
        assert order is not None
        for user_id, visit_at in ((1, at), (2, at + 30 * DAY)):
            await tx.reminders.put(order, user_id, "user", "evening", (visit_at, at, at))
        await tx.commit()
    product.clock.offset = 10 * DAY + HOUR
    assert await forget(product) == {"reminders": 1}
    product.clock.offset = 12 * DAY
    assert await forget(product) == {"cards": 1}
    assert await product.count("reminders") == 1


async def test_counts_of_alarms_hold_addresses_and_go_too(start_keeping: StartProduct) -> None:
    product = await start_keeping()
    product.services.alarms.note("notification_refused", "bad_signature", "203.0.113.9")
    await product.services.alarms.write()
    product.clock.offset = 29 * DAY
    assert await forget(product) == {}
    product.clock.offset = 32 * DAY
    assert await forget(product) == {"alarms": 1}


async def test_many_rows_go_in_small_steps_behind_rows_that_stay(
    start_keeping: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 4)
    product = await start_keeping()
    at, steps = product.clock(), []
    async with product.storage.transaction() as tx:
        for number in range(30):
            await add_event(tx, f"e{number}", f"n{number}", at + number)
        for number in range(9):  # more than two steps of evidence stand in front
            await tx.finance.open_case("payment_unknown", f"n{number}", "{}", at)
        await add_event(tx, "young", "y", at + 20 * DAY)
        await tx.commit()
    real = Retention.delete_payment_events

    async def counted(self: Retention, after: int, last: int, before: int) -> int:
        steps.append(last - after)
        return await real(self, after, last, before)

    monkeypatch.setattr(Retention, "delete_payment_events", counted)
    product.clock.offset = 61 * DAY
    assert (await forget(product))["payment_events"] == 21
    assert await events(product) == {*(f"e{number}" for number in range(9)), "young"}
    assert len(steps) == 8
    assert await forget(product) == {}


async def test_one_kind_that_fails_holds_up_no_other_and_no_row_the_rows_behind_it(
    start_keeping: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await start_keeping()
    user = await product.login("li")
    patients = [await user.add_patient(idcard=id_number(number)) for number in range(3)]
    for patient_id in patients:
        await user.post("user/delete1friend/", id=patient_id)
    async with product.storage.transaction() as tx:
        await add_event(tx, "old", "n", product.clock())
        await tx.commit()
    product.clock.offset = 61 * DAY
    real = forgetting.forget_patient

    async def fail(tx: Transaction, patient_id: int, at: int) -> bool:
        if patient_id == patients[0]:
            raise ValueError("a row that nobody understands, of 李四")
        return await real(tx, patient_id, at)

    async def broken(self: Retention, after: int, last: int, before: int) -> int:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "forget_patient", fail)
        patch.setattr(Retention, "delete_admin_sessions", broken)
        assert await administrator(product)  # a session of today does not matter: nothing is old enough
        assert (
            await forgetting.forget_due(
                product.storage,
                product.clock,
                product.services.settings.privacy,
                product.services.visit_photos,
                "test",
            )
            == 2
        )
    async with product.storage.reading() as reader:
        job = await reader.jobs.get(forgetting.JOB)
    assert job is not None
    assert (job.last_error, job.failures) == ("patients: 1 failed", 1)
    assert '"payment_events": 1' in job.last_result
    assert "李四" not in product.logs.text
    assert await forget(product) == {"forgotten": 1}


async def test_a_database_that_goes_away_in_the_middle_ends_the_round(
    start_keeping: StartProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = await start_keeping()

    async def away(*_: object) -> tuple[int, int]:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "_alarms", away)
        with pytest.raises(StorageUnavailable):
            await forgetting.forget_due(
                product.storage,
                product.clock,
                product.services.settings.privacy,
                product.services.visit_photos,
                "test",
            )
    assert await forget(product) == {}, "the claim was given back"


def test_the_periods_have_bounds(tmp_path: Path) -> None:
    defaults = dataclasses.asdict(load_settings(tmp_path, environment={}).privacy)
    assert (defaults["admin_sessions_days"], defaults["payment_events_days"]) == (180, 400)
    for name, value in (("ADMIN_SESSIONS", "0"), ("PAYMENT_EVENTS", "29"), ("MESSAGES", "6")):
        with pytest.raises(ConfigError):
            load_settings(tmp_path, environment={f"HA_PRIVACY_{name}_DAYS": value})
