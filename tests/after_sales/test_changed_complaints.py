"""What was changed after a lost answer is not taken for what arrived."""

from __future__ import annotations

from tests.after_sales.complaining import MORE, TEXT, action, complain, complaints
from tests.http.product import Product


async def test_a_complaint_with_other_words_is_not_the_one_that_arrived(product: Product) -> None:
    owner = await product.login("li")
    order_id = await product.paid_order(owner)
    mine = action()
    sent = await complain(owner, order_id, actionId=mine)
    assert await complain(owner, order_id, actionId=mine) == sent
    refused = await complain(owner, order_id, 409, actionId=mine, text=MORE)
    assert refused["error"] == "action_reused"
    assert [row["text"] for row in await complaints(owner)] == [TEXT]


async def test_an_addition_with_other_words_is_not_the_one_that_arrived(product: Product) -> None:
    owner = await product.login("li")
    sent = await complain(owner, await product.paid_order(owner))
    mine = action()
    for _ in range(2):
        await owner.post("user/addToComplaint/", id=sent["id"], actionId=mine, text=MORE)
    refused = await owner.post("user/addToComplaint/", 409, id=sent["id"], actionId=mine, text=f"{MORE}！")
    assert refused["error"] == "action_reused"
    (row,) = await complaints(owner)
    assert [entry["text"] for entry in row["entries"]] == [MORE]
