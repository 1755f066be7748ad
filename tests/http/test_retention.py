"""What is kept for a time only goes in time, step by step; the evidence of what is not finished stays."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from clock import DAY, HOUR
from config import ConfigError, load_settings
from payment.books.ledger import self_check
from storage import Transaction
from storage.models import AnswerSource, ContentKind, ContentState
from storage.writes import ContentMove, NewContentCheck
from tests.http.conftest import StartProduct
from tests.http.keeping import add_event, events, forget
from tests.http.test_refused_notifications import administrator, post
from tests.payment.conftest import ADMIN


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


async def test_texts_and_pictures_go_that_were_replaced_or_decided_and_what_waits_stays(
    start_keeping: StartProduct,
) -> None:
    product = await start_keeping()
    await product.login("li")
    at = product.clock()

    async def wait(tx: Transaction, kind: ContentKind) -> int:
        return await tx.content.add(NewContentCheck(1, kind, 1, ContentState.REVIEW, at))

    async with product.storage.transaction() as tx:
        for days, state in ((0, ContentState.APPROVED), (2, ContentState.REJECTED)):
            decided = ContentMove(decided_at=at + days * DAY)
            assert await tx.content.move(
                await wait(tx, ContentKind.COMMENT), ContentState.REVIEW, state, decided
            )
        await wait(tx, ContentKind.QUESTION)
        await wait(tx, ContentKind.NICKNAME)
        await tx.content.replace(1, ContentKind.NICKNAME)
        await tx.commit()
    product.clock.offset = 10 * DAY - HOUR
    assert await forget(product) == {}
    product.clock.offset = 10 * DAY + HOUR
    assert await forget(product) == {"content": 2}, "what was approved, and what was replaced"
    product.clock.offset = 12 * DAY + HOUR
    assert await forget(product) == {"content": 1}, "what was rejected later"
    product.clock.offset = 90 * DAY
    await forget(product)
    assert await product.count("content_checks") == 1, "what waits for the office stays"


async def test_single_answers_about_messages_go_after_a_day(start_keeping: StartProduct) -> None:
    product = await start_keeping()
    await product.login("li")
    at = product.clock()
    async with product.storage.transaction() as tx:
        for hours in (0, 2):
            await tx.message_answers.add((1, "paid", AnswerSource.CLIENT, at + hours * HOUR))
        await tx.commit()
    product.clock.offset = DAY - HOUR
    assert await forget(product) == {}
    product.clock.offset = DAY + HOUR
    assert await forget(product) == {"answers": 1}
    assert await product.count("message_answers") == 1


def test_the_periods_have_bounds(tmp_path: Path) -> None:
    defaults = dataclasses.asdict(load_settings(tmp_path, environment={}).privacy)
    assert (defaults["admin_sessions_days"], defaults["payment_events_days"]) == (180, 400)
    for name, value in (("ADMIN_SESSIONS", "0"), ("PAYMENT_EVENTS", "29"), ("MESSAGES", "6")):
        with pytest.raises(ConfigError):
            load_settings(tmp_path, environment={f"HA_PRIVACY_{name}_DAYS": value})
