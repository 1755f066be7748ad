"""A complaint of the second channel, as WeChat pushes it, whatever is wrong with the events: one row, one deadline."""

from __future__ import annotations

from typing import Any

import pytest

from clock import HOUR
from privacy import COMPLAINT_ENTRY
from storage.models import Complaint, ComplaintSource
from tests.http.conftest import StartProduct
from tests.http.product import Product
from tests.http.test_confirming import act, shipped_order, waiting
from tests.http.test_from_wechat import fault
from tests.push.test_settlement_events import settled_by_events

EVENT = "complaint_callback"
pytestmark = pytest.mark.promise(43)


async def complaints(product: Product) -> list[Complaint]:
    async with product.storage.reading() as reader:
        rows = await reader.connection.fetch_all("SELECT id FROM complaints ORDER BY id")
        found = [await reader.complaints.get(int(row[0])) for row in rows]
    return [each for each in found if each]


async def notes(product: Product, complaint_id: int) -> set[str]:
    async with product.storage.reading() as reader:
        entries = await reader.complaints.entries([complaint_id])
    return {product.services.vault.open(each.text_sealed, COMPLAINT_ENTRY) for each in entries}


@pytest.mark.parametrize(
    ("name", "parameters", "statuses"),
    [
        ("", {}, {"1", "4"}),
        ("push_duplicate", {"scope": EVENT, "times": 2}, {"1", "4"}),
        ("push_reorder", {"scope": EVENT, "seconds": 3600.0}, {"1", "4"}),
        ("push_number_as_text", {"scope": EVENT, "times": None}, {"1", "4"}),
        ("push_lost", {"scope": EVENT}, {"4"}),
    ],
)
async def test_the_payer_complains_and_takes_it_back(
    start_product: StartProduct, name: str, parameters: dict[str, Any], statuses: set[str]
) -> None:
    product = await start_product(notify_speed=1.0)
    product.sandbox.push_to(f"{product.root}wechat/push/")
    user = await product.login("li")
    order_id = await shipped_order(product, user)
    (row,) = await waiting(user, order_id)
    if name:
        await fault(user, name, **parameters)
    before = product.sandbox.context.clock()
    for wish in ("complain", "complain", "withdraw"):
        await act(user, row, wish)
    await settled_by_events(product, order_id)
    (complaint,) = await complaints(product)
    assert (complaint.source, complaint.order_id) == (ComplaintSource.TRADE, order_id)
    assert abs(complaint.answer_due_at - before - 48 * HOUR) < HOUR
    assert await notes(product, complaint.id) == {f"微信通知：状态 {each}" for each in statuses}
    assert sum(push.event == EVENT for push in product.sandbox.pushes.pushes.values()) == 2
