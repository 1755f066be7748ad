"""What an escort was offered and when they were on leave is in their own export, and is erased with them."""

from __future__ import annotations

from tests.escort.scenario import begin
from tests.http.product import Product


async def test_an_escort_exports_invitations_and_leave_and_leaves_none_of_it_behind(product: Product) -> None:
    offering = await begin(product)
    escort = offering.escorts[0]
    assert (await offering.owner.get("user/export/"))["data"]["escortWork"] is None
    await offering.offer(0)
    await escort.post("escort/decline/", id=await offering.invitation(0), reason="孩子家长会")
    await offering.offer(0)
    await escort.post("escort/leave/", day=product.day(3), half="am", on="y", reason="家里有事")
    work = (await escort.get("user/export/"))["data"]["escortWork"]
    assert [(row["outcome"], row["reason"], row["pay"]) for row in work["invitations"]] == [
        ("offered", "", "￥120"),
        ("declined", "孩子家长会", "￥120"),
    ]
    assert [row["orderId"] for row in work["invitations"]] == [offering.order_id] * 2
    assert [sorted(row) for row in work["invitations"]] == [
        ["answeredTime", "offeredTime", "orderId", "outcome", "pay", "reason"]
    ] * 2
    assert work["leave"] == [{"day": product.day(3), "half": "am", "reason": "家里有事"}]
    await escort.post("user/deleteMe/", confirm="删除")
    stored = str(await product.contents())
    assert "孩子家长会" not in stored
    assert "家里有事" not in stored
    async with product.storage.reading() as reader:
        assert await reader.invitations.open_of_orders({offering.order_id}, product.clock()) == []
