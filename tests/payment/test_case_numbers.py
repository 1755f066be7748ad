"""A case is found by each number that it is about, without looking through the evidence of the others."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import MetaData, insert

from config import DatabaseSettings
from payment.reconciliation.unlisted_cases import NEWEST, list_numbers_of_new_cases
from payment.reopened_cases import update_case
from storage import Transaction, migrate, sqlite_path
from storage.filters import WHOLE_NUMBER, case_numbers
from storage.migrations import connect, upgrade
from tests.payment.conftest import Shop

WECHATS, OURS = "4200009999202611200000000007", "20261120101010ABCDEFGHJKMNPQRST7"


def test_the_numbers_of_a_case_are_its_own_and_those_that_the_evidence_names() -> None:
    detail = {
        "total": 100,
        "wechat": {"transaction_id": WECHATS, "out_trade_no": OURS},
        "why": f"there is {WECHATS[:-1]}8 in these words",
        "short": "ab1",
        "old": "T1|x*",
    }
    for text in (json.dumps(detail), json.dumps(detail, separators=(",", ":"))):
        assert case_numbers("a", text) == {"a", WECHATS, OURS}
    assert case_numbers("a", '{"old": "T1|x*9"}') == {"a", "T1|x*9"}
    assert WHOLE_NUMBER.fullmatch(OURS)
    assert case_numbers(OURS, "") == {OURS}


async def test_a_case_is_found_by_what_its_evidence_names_now(shop: Shop) -> None:
    async def opened(tx: Transaction) -> bool:
        return await tx.finance.open_case("refund_closed", OURS, json.dumps({"one": WECHATS}), shop.at)

    async def about(number: str) -> list[str]:
        async with shop.storage.reading() as reader:
            return [each.reference for each in await reader.finance.cases_about({number, "none"}, 20)]

    assert await shop.storage.run(opened)
    assert not await shop.storage.run(opened)
    assert await about(WECHATS) == await about(OURS) == [OURS]
    other = f"{WECHATS[:-1]}8"

    async def changed(tx: Transaction) -> None:
        case = await tx.finance.case_about("refund_closed", OURS)
        assert case is not None
        await update_case(tx, case, {"another": other}, shop.at)

    await shop.storage.run(changed)
    assert await about(other) == await about(OURS) == [OURS]
    assert await about(WECHATS) == []


def test_of_old_cases_the_numbers_are_listed(empty: DatabaseSettings, tmp_path: Path) -> None:
    upgrade(empty, sqlite_path(empty, tmp_path), "0035")
    engine = connect(empty, sqlite_path(empty, tmp_path))
    tables = MetaData()
    tables.reflect(engine)
    case = {"kind": "refund_closed", "state": "closed", "note": "", "opened_at": 1}
    with engine.begin() as connection:
        for number in range(1, 2_003):  # one more than are read at once
            about = {"reference": f"R{number}", "detail": json.dumps({"wechat": f"4200{number:024d}"})}
            connection.execute(insert(tables.tables["finance_cases"]).values({**case, **about}))
    migrate(empty, tmp_path)
    with engine.begin() as connection:
        rows = connection.exec_driver_sql(
            "SELECT number, case_id FROM case_numbers WHERE case_id IN (1, 2002) ORDER BY case_id, number"
        ).all()
        count = connection.exec_driver_sql("SELECT COUNT(*) FROM case_numbers").scalar()
    engine.dispose()
    assert [tuple(row) for row in rows] == [
        (f"4200{1:024d}", 1),
        ("R1", 1),
        (f"4200{2002:024d}", 2002),
        ("R2002", 2002),
    ]
    assert count == 2 * 2_002


async def test_cases_that_an_older_process_opened_are_listed_by_their_numbers_once(shop: Shop) -> None:
    async def open_as_before(tx: Transaction) -> None:
        """Version 1.0.0 writes the case alone."""
        for reference in (OURS, "R2"):
            detail = json.dumps({"wechat": WECHATS})
            await tx.finance.open_case("refund_closed", reference, detail, shop.at)
        await tx.connection.execute("DELETE FROM case_numbers")

    await shop.storage.run(open_as_before)
    rounds = await asyncio.gather(*(list_numbers_of_new_cases(shop.storage) for _ in range(3)))
    assert sum(rounds) == 2, "each is listed by one of those who try it at once"
    assert await list_numbers_of_new_cases(shop.storage) == 0
    async with shop.storage.reading() as reader:
        assert [each.reference for each in await reader.finance.cases_about({WECHATS}, 20)] == ["R2", OURS]
        assert [each.reference for each in await reader.finance.cases_about({"R2"}, 20)] == ["R2"]


async def test_of_cases_without_numbers_the_newest_are_looked_at(shop: Shop) -> None:
    async def open_two_far_apart(tx: Transaction) -> None:
        await tx.finance.open_case("refund_closed", "R1", "{}", shop.at)
        await tx.connection.execute("UPDATE finance_cases SET id = 1")
        await tx.finance.open_case("refund_closed", "R2", "{}", shop.at)
        await tx.connection.execute("DELETE FROM case_numbers")
        await tx.connection.execute(
            "UPDATE finance_cases SET id = :id WHERE reference = 'R2'", {"id": NEWEST + 1}
        )

    await shop.storage.run(open_two_far_apart)
    async with shop.storage.reading() as reader:
        assert await reader.finance.unlisted_cases(NEWEST) == [NEWEST + 1]
        assert await reader.finance.unlisted_cases(NEWEST + 1) == [1, NEWEST + 1]


async def test_only_what_was_listed_is_told(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING", "hospital.reconciliation")
    assert await list_numbers_of_new_cases(shop.storage) == 0
    assert caplog.messages == []

    async def open_as_before(tx: Transaction) -> None:
        await tx.finance.open_case("refund_closed", "R2", json.dumps({"wechat": WECHATS}), shop.at)
        await tx.connection.execute("DELETE FROM case_numbers")

    await shop.storage.run(open_as_before)
    assert await list_numbers_of_new_cases(shop.storage) == 1
    assert caplog.messages == ["cases of an older version: listed by their numbers: 1"]
