"""What a search of the office finds: by number, phone, name, several words, a day; of many, of few, of none."""

from __future__ import annotations

from typing import Any

import pytest

from storage import Storage, Transaction
from storage.filters import OrderFilter
from storage.models import NameKind
from storage.repositories import order_words
from storage.repositories.names import Names
from tests.storage.rows import Row, fill

TODAY = "2026-11-03"
PAID_NUMBER, REFUND_NUMBER, WECHATS, NOTED = "P" * 27 + "1", "R" * 27 + "2", "4" * 28, "9" * 28
ORDERS: dict[int, Row] = {
    1: {"patient_id": 11, "patient_name_key": "王小芳", "hospital_name": "西京医院", "hospital_id": 8},
    2: {
        "patient_id": 12,
        "patient_name_key": "王大明",
        "hospital_name": "唐都医院",
        "hospital_id": 9,
        "escort_id": 3,
    },
    3: {
        "patient_id": 13,
        "patient_name_key": "李小芳",
        "hospital_name": "西京医院",
        "hospital_id": 8,
        "visit_date": TODAY,
    },
    1234: {"patient_id": 11, "patient_name_key": "王小芳", "hospital_name": "老院", "hospital_id": 8},
}
FOUND: dict[str, list[int]] = {
    "王小芳": [1234, 1],
    "小芳": [1234, 3, 1],
    "王": [1234, 2, 1],
    "芳": [1234, 3, 1],
    "赵敏": [2],
    "敏": [],
    "王小 西京": [1],
    "小芳 今天": [3],
    "小芳 11-03": [3],
    "李小芳 明天": [],
    "王大明 赵敏": [2],
    "小芳 赵敏": [],
    "王 今天": [],
    "小 王": [1234, 1],
    "王 医": [],
    "1234 王小": [1234, 1],
    "5678 王大": [2],
    "5678": [2],
    "1234": [1234, 1],
    "#2": [2],
    "3": [3],
    "99": [],
    PAID_NUMBER: [1],
    WECHATS: [2],
    REFUND_NUMBER: [3],
    NOTED: [3],
    "Q" * 27 + "1": [],
    "西京医院": [],
}  # fmt: skip


async def business(tx: Transaction) -> None:
    names = Names(tx.connection)
    for number, row in ORDERS.items():
        await fill(tx, "orders", {"id": number, "user_id": 1, "state": "finished", "display_rank": 4, **row})
        await names.add(NameKind.PATIENT, row["patient_name_key"])
    for number, tail in ((11, "1234"), (12, "5678"), (13, "9999")):
        await fill(tx, "patients", {"id": number, "phone_tail": tail, "phone_hash": f"h{number}"})
    await fill(tx, "escorts", {"id": 3, "name_key": "赵敏"})
    await fill(tx, "escorts", {"id": 4, "name_key": "钱多"})
    for number, name in ((8, "西京医院"), (9, "唐都医院")):
        await fill(tx, "hospitals", {"id": number, "name": name})
    await fill(tx, "payment_attempts", {"order_id": 1, "out_trade_no": PAID_NUMBER})
    await fill(tx, "payment_attempts", {"order_id": 2, "transaction_id": WECHATS})
    await fill(tx, "refunds", {"order_id": 3, "out_refund_no": REFUND_NUMBER})
    detail = f'{{"transaction": "{NOTED}"}}'
    await tx.finance.open_case("refund_closed", "R1", detail, 7, 3)
    await tx.finance.open_case("payment_unknown", "R2", detail, 7, None)


async def search(tx: Transaction, text: str, **given: Any) -> list[int]:
    wanted = OrderFilter(search=text, today=TODAY, **given)
    return sorted((order.id for order in await tx.order_lists.page(wanted, None, 20)), reverse=True)


@pytest.mark.parametrize("text", FOUND)
async def test_a_search_finds_these_orders(storage: Storage, text: str) -> None:
    async with storage.transaction() as tx:
        await business(tx)
        assert await search(tx, text) == FOUND[text]
        assert await tx.order_lists.count(OrderFilter(search=text, today=TODAY)) == len(FOUND[text])


@pytest.mark.parametrize("text", FOUND)
async def test_it_finds_the_same_when_every_name_is_one_of_very_many(
    storage: Storage, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then names are compared along the list, and of several words the fewest are looked up."""
    monkeypatch.setattr(order_words, "MAX_LOOKED_UP", 1)
    async with storage.transaction() as tx:
        await business(tx)
        assert await search(tx, text) == FOUND[text]


async def test_a_phone_finds_orders_by_its_hash_and_of_old_rows_by_its_end(storage: Storage) -> None:
    async with storage.transaction() as tx:
        await business(tx)
        assert await search(tx, "13800005678", phone_hashes=("h12", "?")) == [2]
        assert await search(tx, "13800005678", phone_hashes=("?",)) == []
        await tx.connection.execute("UPDATE patients SET phone_hash = '' WHERE id = 12")
        assert await search(tx, "13800005678", phone_hashes=("?",)) == [2]
        assert await search(tx, "13800009999", phone_hashes=("?",)) == []


@pytest.mark.parametrize(("oldest", "found", "more"), [(10_001, [], True), (10_000, [1], False)])
async def test_what_no_index_serves_is_looked_for_among_the_newest(
    storage: Storage, oldest: int, found: list[int], more: bool
) -> None:
    async with storage.transaction() as tx:
        await fill(tx, "orders", {"id": 1, "patient_name_key": "王小芳", "state": "paid", "display_rank": 0})
        await fill(tx, "orders", {"id": oldest, "patient_name_key": "李四", "state": "paid"})
        assert await search(tx, "芳") == found
        assert tx.order_lists.of_newest is more
