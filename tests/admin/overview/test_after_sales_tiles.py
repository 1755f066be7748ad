"""The tiles of complaints and invoices: how urgent they are, in words, and which of them stands first."""

from __future__ import annotations

from typing import Any, cast

import pytest

from clock import HOUR
from handlers.admin.overview.queues import Tile, _after_sales_tiles
from payment.complaints.following import UNREAD_AFTER
from storage.views import WaitingComplaints, WaitingInvoices

NOW = 1_795_000_000_000
TO_ANSWER, TO_SETTLE = "complaints/?tab=open", "complaints/?tab=answered"


class ReaderOf:
    """Reads these numbers."""

    def __init__(self, complaints: WaitingComplaints, urgent: dict[str, int]) -> None:
        self.complaints = self.invoices = self.wechat_complaints = self
        self._complaints, self._urgent = complaints, urgent

    async def waiting(self, at: int | None = None) -> Any:
        """Of complaints as of a moment; of invoices."""
        if at is None:
            return WaitingInvoices(5, 6)
        assert at == NOW
        return self._complaints

    async def most_urgent(self) -> dict[str, int]:
        return self._urgent

    async def count_unread(self, before: int) -> int:
        assert before == NOW - UNREAD_AFTER
        return 3

    async def count_refused(self) -> int:
        return 4


async def tiles(*numbers: int, **urgent: int) -> list[Tile]:
    reader = ReaderOf(WaitingComplaints(*numbers), urgent)
    return await _after_sales_tiles(cast(Any, reader), NOW)


async def test_what_wechat_is_about_stands_before_complaints_and_invoices_behind() -> None:
    assert await tiles(0, 0, 0, 0) == [
        (3, "件微信投诉读不到内容，期限还不知道", "complaints/wechat/"),
        (4, "件微信投诉的答复或退款微信没有接受", "complaints/wechat/#refused"),
        (0, "投诉待答复", TO_ANSWER),
        (0, "投诉待解决", TO_SETTLE),
        (5, "发票待开", "invoices/?tab=requested"),
        (6, "发票待红冲", "invoices/?tab=to_reverse"),
    ]


@pytest.mark.parametrize(
    ("numbers", "urgent", "found"),
    [
        (
            (7, 0, 8, 0),
            {"open": NOW + 5 * HOUR, "answered": NOW + 2 * HOUR},
            [
                (7, "投诉待答复，最急的还有 5 小时", TO_ANSWER),
                (8, "投诉待解决，最急的还有 2 小时", TO_SETTLE),
            ],
        ),
        (
            (7, 0, 8, 2),
            {"open": NOW + 5 * HOUR, "answered": NOW - HOUR},
            [(8, "投诉待解决，其中 2 件超时", TO_SETTLE), (7, "投诉待答复，最急的还有 5 小时", TO_ANSWER)],
        ),
        (
            (7, 1, 8, 2),
            {"open": NOW - HOUR, "answered": NOW - HOUR},
            [(7, "投诉待答复，其中 1 件超时", TO_ANSWER), (8, "投诉待解决，其中 2 件超时", TO_SETTLE)],
        ),
        ((7, 0, 8, 0), {"open": NOW}, [(7, "投诉待答复", TO_ANSWER), (8, "投诉待解决", TO_SETTLE)]),
    ],
)
async def test_overdue_complaints_stand_first_and_say_how_many(
    numbers: tuple[int, ...], urgent: dict[str, int], found: list[Tile]
) -> None:
    assert (await tiles(*numbers, **urgent))[2:4] == found
