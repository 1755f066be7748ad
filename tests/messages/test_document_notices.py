"""An escort is told once of each document that ends soon, in office hours, and of nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clock import DAY, HOUR
from orders.escorts import document_notices
from storage import Storage
from storage.models import EscortState, QualificationKind
from tests.core.escorts import NOON, add_escort
from tests.core.test_qualifications import HEALTH, day, documents, review, upload
from wechat.message_facts import MessageFacts, MessageKind
from wechat.outbox import page_of

NIGHT = NOON + 12 * HOUR


async def tell(storage: Storage, at: int = NOON) -> int:
    return await document_notices.tell_due(storage, lambda: at, 30, "08:00-20:00", "test")


async def told(storage: Storage) -> list[tuple[int, MessageFacts]]:
    async with storage.reading() as reader:
        rows = await reader.connection.fetch_all(
            "SELECT user_id, payload FROM outbox WHERE kind = 'qualification' ORDER BY id"
        )
    return [(int(row[0]), MessageFacts.from_json(str(row[1]))) for row in rows]


async def approved(storage: Storage, escort_id: int, days: int, kind: QualificationKind = HEALTH) -> Any:
    document = await upload(storage, escort_id, day(days), kind)
    await review(storage, document)
    return document


async def test_an_escort_is_told_thirty_days_before_once(storage: Storage) -> None:
    escort_id = await add_escort(storage, "王芳", 900)
    await approved(storage, escort_id, 31)
    assert await tell(storage) == 0
    tomorrow = NOON + DAY
    assert await tell(storage, tomorrow) == 1
    assert await tell(storage, tomorrow + 2 * HOUR) == 0
    ((user_id, facts),) = await told(storage)
    assert user_id == 900
    assert (facts.document, facts.last_day, facts.outcome) == ("健康证", day(31), "ends_soon")
    assert facts.order_id == 0
    assert page_of(MessageKind.QUALIFICATION, facts) == "packages/escort/documents/documents"


async def test_nothing_is_told_at_night_nor_of_what_waits_or_does_not_expire(storage: Storage) -> None:
    escort_id = await add_escort(storage, "王芳", 900)
    await approved(storage, escort_id, 10)
    await upload(storage, escort_id, day(10), QualificationKind.TRAINING)
    forever = await upload(storage, escort_id, "", QualificationKind.ID_CARD)
    await review(storage, forever)
    assert await tell(storage, NIGHT) == 0
    assert await tell(storage, NIGHT + 12 * HOUR) == 1
    assert [facts.document for _, facts in await told(storage)] == ["健康证"]


async def test_a_newer_document_is_told_of_again_and_the_older_one_is_not(storage: Storage) -> None:
    escort_id = await add_escort(storage, "王芳", 900)
    await approved(storage, escort_id, 5)
    await approved(storage, escort_id, 20)
    assert await tell(storage) == 1
    assert [facts.last_day for _, facts in await told(storage)] == [day(20)]


async def test_who_is_suspended_is_not_told_and_is_told_that_it_is_over_when_back(storage: Storage) -> None:
    escort_id = await add_escort(storage, "王芳", 900)
    await approved(storage, escort_id, 5)
    await storage.run(
        lambda tx: tx.escorts.move(escort_id, EscortState.APPROVED, EscortState.SUSPENDED, NOON)
    )
    assert await tell(storage) == 0
    back = NOON + 6 * DAY
    await storage.run(
        lambda tx: tx.escorts.move(escort_id, EscortState.SUSPENDED, EscortState.APPROVED, back)
    )
    assert await tell(storage, back) == 1
    assert [facts.outcome for _, facts in await told(storage)] == ["expired"]
    assert (await documents(storage, escort_id))[0].reminded_at == back


@pytest.mark.promise(44)
async def test_two_processes_tell_once(storage: Storage) -> None:
    escort_id = await add_escort(storage, "王芳", 900)
    await approved(storage, escort_id, 5)
    counts = await asyncio.gather(*(tell(storage) for _ in range(4)))
    assert sum(counts) == 1
    assert len(await told(storage)) == 1
