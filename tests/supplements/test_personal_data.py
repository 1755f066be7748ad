"""Supplements in the export and in the erasure of those whom they concern."""

from __future__ import annotations

import base64

import pytest

from tests.http.product import Product
from tests.members.cards import member
from tests.supplements.scenario import REASON, begin


@pytest.mark.promise(24)
async def test_owner_and_escort_take_along_what_is_stored_about_them(product: Product) -> None:
    given = await begin(product)
    action = given.visit.action()
    supplement_id = (await given.propose(actionId=action))["id"]
    await given.receipt(action)
    await given.open(supplement_id)
    await given.dispute(supplement_id, reason="发票不是我们的")
    owners = (await given.visit.owner.get("user/export/"))["data"]
    (row,) = owners["supplements"]
    assert (row["reason"], row["dispute"], row["amount"], row["disputedByMe"]) == (
        REASON,
        "发票不是我们的",
        "￥38.50",
        True,
    )
    assert base64.b64decode(row["receiptJpeg"]).startswith(b"\xff\xd8")
    assert owners["proposedSupplements"] == []
    escorts = (await given.visit.escort.get("user/export/"))["data"]
    assert escorts["supplements"] == []
    assert [row["reason"] for row in escorts["proposedSupplements"]] == [REASON]
    assert "发票不是我们的" not in str(escorts)


@pytest.mark.promise(24, 38)
async def test_an_erasure_withdraws_what_is_unpaid_and_takes_words_and_receipts(product: Product) -> None:
    given = await begin(product)
    payer = await member(product, given.visit.owner, "son", "payer", id=given.visit.order_id)
    action = given.visit.action()
    supplement_id = (await given.propose(actionId=action))["id"]
    await given.receipt(action)
    await given.open(supplement_id)
    await given.dispute(supplement_id, by=payer, reason="不认识这张发票")
    await given.visit.step("done")
    await payer.post("user/deleteMe/", confirm="删除")
    left = await given.get(supplement_id)
    assert (left.dispute, left.reason, left.state) == ("", REASON, "disputed"), "the payer's words alone"
    await given.visit.owner.post("user/deleteMe/", confirm="删除")
    left = await given.get(supplement_id)
    assert (left.state, left.reason, left.dispute, left.receipt_file, left.closing_note) == (
        "withdrawn",
        "",
        "",
        "",
        "",
    )
    assert left.amount_fen == 3850, "the books stay"
    assert list((product.settings.data / "documents").iterdir()) == []
    refused = await given.propose(409)
    assert refused["error"] == "no_supplement", "nobody is left to pay"
