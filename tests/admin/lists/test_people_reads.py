"""The search for people reads names, phones and orders along their indexes, on either engine."""

from __future__ import annotations

from typing import Any

from accounts.people_search import find_people
from bench.filler import Filled
from privacy import Vault
from tests.admin.conftest import KEY
from tests.admin.lists.test_index_use import explained, plenty

__all__ = ["plenty"]

SMALL = ("reads all of escorts:", "reads all of office_customers:")
"""Escorts are few enough to be looked through; of customers of the office there are none here."""


def test_every_search_for_people_is_read_along_an_index(plenty: Any):
    async def work(reader: Any, filled: Filled, at: int) -> None:
        texts = (
            "建国",
            "王建国",
            "王",
            "芳 王",
            "没有",
            f"建国 {filled.phone_tail}",
            filled.phone,
            filled.phone_tail,
        )
        for text in (*texts, "#7", filled.out_trade_no, filled.transaction_id, filled.out_refund_no):
            found = await find_people(reader, Vault(KEY), text)
            people = await reader.people.by_last_order(found.ids)
            await reader.people.summaries(people[:20])

    explained(plenty, work, SMALL)
