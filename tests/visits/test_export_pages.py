"""A user's export is read page by page, however much was recorded."""

from __future__ import annotations

import pytest

from accounts import visit_export
from orders import serving
from storage.models import Cause
from tests.http.product import Product
from tests.visits.scenario import OFFICE, begin_visit


async def test_the_export_of_many_visits_and_steps_is_read_page_by_page_and_has_each_once(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit_export, "PAGE", 1)
    monkeypatch.setattr(visit_export, "STEPS_AT_ONCE", 1)
    visit = await begin_visit(product)
    another = await product.paid_order(visit.owner, friendid=1)
    await product.storage.run(
        lambda tx: serving.assign(tx, another, visit.escort_id, "pm", Cause(OFFICE, product.clock()))
    )
    for order_id in (visit.order_id, another):
        for kind in ("departed", "met"):
            given = {"id": order_id, "actionId": visit.action(), "kind": kind}
            await visit.escort.post("escort/step/", **given)
    mine = (await visit.owner.get("user/export/"))["data"]
    assert [(row["orderId"], len(row["steps"])) for row in mine["visits"]] == [
        (visit.order_id, 2),
        (another, 2),
    ]
    theirs = (await visit.escort.get("user/export/"))["data"]
    assert [row["orderId"] for row in theirs["escortSteps"]] == [visit.order_id] * 2 + [another] * 2
