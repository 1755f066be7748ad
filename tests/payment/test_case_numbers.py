"""A case is found by each number that it is about, without looking through the evidence of the others."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import MetaData, insert

from config import DatabaseSettings
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
